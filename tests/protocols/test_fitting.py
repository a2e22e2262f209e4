"""What error and its like are to say must be known to its protocol: one rule for files, flags and live changes."""

from __future__ import annotations

import pytest

from tests.control.controlled import controlled
from tests.peers import Backend
from tests.protocols.lines import LINES, LinesProtocol
from tests.running import running
from vaurien.errors import ConfigError

NOWHERE = ("127.0.0.1", 1)
OF_TCP = "protocol tcp has no errors to choose from: say what the backend speaks, as protocol"
HANDLERS = ["error", "transient", "lost_response"]


def refusal(behavior: str, options: dict[str, object], protocol: str) -> str:
    with pytest.raises(ConfigError) as raised, running(NOWHERE, behavior, options, protocol=protocol):
        pass
    return str(raised.value)


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_unknown_choice_is_named_by_its_place(handler: str) -> None:
    said = refusal(f"10:{handler}", {f"{handler}.errors": "LOADING,NONSENSE*2"}, "redis")
    assert said.startswith(f"--handlers.{handler}.errors: expected one of ") and "'NONSENSE'" in said
    assert "LOADING" in said
    assert "--handlers.error.codes" in refusal("10:error", {"error.codes": "99"}, "http")
    own = refusal("10:error", {"error.errors": "small"}, LINES)
    assert own == "--handlers.error.errors: an error is a word in capitals"


def test_it_is_found_in_a_handler_that_is_not_at_work() -> None:
    assert "NONSENSE" in refusal("100:dummy", {"error.errors": "NONSENSE"}, "redis")


def test_a_list_of_another_protocol_names_the_one_that_counts() -> None:
    said = refusal("10:error", {"error.codes": "503"}, "redis")
    assert said == "--handlers.error.codes: protocol redis has no codes, but errors"


class WithoutErrors(LinesProtocol):
    name = "without_errors"
    errors = ()


def test_a_protocol_without_errors_has_none_either() -> None:
    path = f"{__name__}.WithoutErrors"
    for options in ({"error.codes": "503"}, {"error.codes": "503", "error.errors": "OOM"}):
        assert refusal("10:error", options, path).endswith("has no errors to choose from")


def test_plain_tcp_has_none() -> None:
    """Who forgets to say what is spoken would get random bytes."""
    said = refusal("10:error", {"error.codes": "503"}, "tcp")
    assert said == f"--handlers.error.codes: {OF_TCP}"
    with running(NOWHERE, "10:delay", {"error.codes": "503"}) as daemon:
        assert daemon.proxy.settings.protocol is None  # error is not at work


@pytest.mark.parametrize("protocol", ["http", "redis", "tcp"])
def test_proxies_of_several_protocols_may_share_the_options(protocol: str) -> None:
    options = {"error.codes": "503,500*3", "error.errors": "LOADING", "error.sqlstates": "40001"}
    with running(NOWHERE, "10:error", options, protocol=protocol) as daemon:
        assert daemon.proxy.settings.protocol_name == protocol


def test_unknown_protocols_say_what_is_known() -> None:
    said = refusal("100:dummy", {}, "reddis")
    assert said.startswith("--protocol: unknown protocol 'reddis'; did you mean 'redis'? choose from ")
    assert "tcp" in said and "http" in said
    assert "no protocol" in refusal("100:dummy", {}, "tests.handlers.own.Marking")
    assert "cannot load" in refusal("100:dummy", {}, "tests.nowhere.Lines")


def test_live_changes_are_held_to_the_same(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, "100:dummy", protocol="redis") as api:
        path = "/v1/proxies/default"

        def refused(body: object) -> tuple[str, str]:
            before = api.call("GET", path)[2]
            status, _, found = api.call("PATCH", path, body)
            assert status == 400, found
            assert api.call("GET", path)[2] == before
            return found["error"]["where"], found["error"]["message"]

        where, message = refused({"behavior": "10:error", "handlers": {"error": {"errors": ["NONSENSE"]}}})
        assert where == "handlers.error.errors" and message.startswith("expected one of ")
        where, message = refused({"behavior": "10:error", "handlers": {"error": {"codes": "503"}}})
        assert (where, message) == ("handlers.error.codes", "protocol redis has no codes, but errors")
        where, message = refused({"protocol": "reddis"})
        assert where == "protocol" and "redis" in message
        assert api.call("PATCH", path, {"behavior": "10:error", "handlers": {"error": {"errors": "OOM"}}})[0] == 200
        where, message = refused({"protocol": "http"})
        assert where == "protocol" and message == "handler error: option errors: protocol http has no errors, but codes"
        assert refused({"protocol": "tcp"}) == ("protocol", f"handler error: option errors: {OF_TCP}")
        status, _, made = api.call("PATCH", path, {"protocol": "tcp", "behavior": "10:delay"})
        assert (status, made["protocol"]) == (200, "tcp")
