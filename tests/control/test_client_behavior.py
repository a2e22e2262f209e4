"""``with client.behavior(…)``: exactly what was holds again, whatever happens meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control.clients import client_of, says_back
from tests.control.controlled import Controlled, controlled
from tests.control.test_live import SHOUT
from tests.peers import Backend
from vaurien.client import ClientError, Invalid, NotFound, Unreachable
from vaurien.client.behavior_calls import names_in
from vaurien.handlers import HANDLERS, BaseHandler


class Trouble(Exception):
    """What a test raises in a block."""


def now(api: Controlled) -> dict[str, Any]:
    """What the proxy does, as the API says it to others."""
    _, _, found = api.call("GET", "/v1/proxies/default/behavior")
    assert isinstance(found, dict)
    return found


def test_it_holds_for_the_block_only(api: Controlled) -> None:
    before = now(api)
    assert says_back(api)
    with client_of(api).behavior("100:blackout") as held:
        assert held.behavior == "100:blackout" == now(api)["behavior"]
        assert not says_back(api)
    assert says_back(api)
    assert now(api) == before


def test_options_are_restored_too(api: Controlled) -> None:
    client = client_of(api)
    client.set_behavior(
        "30:delay,5:error", handlers={"delay": {"sleep": 0.125, "before": False}, "hang": {"direction": "to_client"}}
    )
    before = now(api)
    with client.behavior("100:delay", sleep=2) as held:
        assert held.handlers["delay"]["sleep"] == 2
        assert held.handlers["delay"]["before"] is True
    assert now(api) == before
    assert before["handlers"]["delay"]["sleep"] == 0.125 and before["handlers"]["delay"]["before"] is False


def speaks(handler: type[BaseHandler]) -> bool:
    """Whether a handler is made for some protocols, and so none for plain tcp."""
    return bool(getattr(handler, "protocols", ()))


def test_each_option_of_each_handler_is_restored(api: Controlled) -> None:
    names = [
        name for name, handler in HANDLERS.built_in.items() if name not in ("dummy", "script") and not speaks(handler)
    ]
    client = client_of(api)
    client.set_behavior(",".join(f"1:{name}" for name in names), direction="to_client")
    before = now(api)
    assert {name: options["direction"] for name, options in before["handlers"].items()} == dict.fromkeys(
        names, "to_client"
    )
    with client.behavior("100:dummy"):
        pass
    assert now(api) == before


def test_what_was_configured_is_restored_and_no_default(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, "10:delay", {"delay.sleep": 0.5, "delay.jitter": 0.25}) as api:
        before = now(api)
        with client_of(api).behavior("50:delay", handlers={"delay": {"jitter": 0}}) as held:
            assert (held.handlers["delay"]["sleep"], held.handlers["delay"]["jitter"]) == (0.5, 0)
        assert now(api) == before
        assert before["handlers"]["delay"]["jitter"] == 0.25


def test_a_block_that_raises_is_restored(api: Controlled) -> None:
    before = now(api)
    with pytest.raises(Trouble) as caught, client_of(api).behavior("100:hang"):
        raise Trouble
    assert now(api) == before
    assert not hasattr(caught.value, "__notes__")


def test_clients_nest(api: Controlled) -> None:
    client_of(api).set_behavior("5:delay", sleep=0.25)
    outermost = now(api)
    with client_of(api).behavior("100:delay", sleep=0.5):
        outer = now(api)
        with pytest.raises(Trouble), client_of(api).behavior("100:delay", jitter=0.25):
            innermost_of_three(api)
        assert now(api) == outer
    assert now(api) == outermost


def innermost_of_three(api: Controlled) -> None:
    assert now(api)["handlers"]["delay"]["jitter"] == 0.25
    with client_of(api).behavior("100:blackout"):
        assert not says_back(api)
    assert now(api)["handlers"]["delay"]["jitter"] == 0.25
    raise Trouble


def test_it_is_a_decorator_too(api: Controlled) -> None:
    @client_of(api).behavior("100:blackout")
    def seen() -> bool:
        return says_back(api)

    assert (seen(), says_back(api), seen(), says_back(api)) == (False, True, False, True)


def test_other_changes_of_the_proxy_stay(api: Controlled) -> None:
    client = client_of(api)
    with client.behavior("100:hang"):
        client.change_proxy(max_sessions=7)
    assert (client.proxy().max_sessions, client.proxy().behavior) == (7, "100:dummy")


def test_what_is_set_in_the_block_ends_with_it(api: Controlled) -> None:
    client = client_of(api)
    client.set_behavior("5:delay", sleep=0.25)
    before = now(api)
    with client.behavior("100:hang"):
        client.set_behavior("20:error")
        assert now(api)["behavior"] == "20:error"
        client.change_proxy(handlers={"error": {"warmup": 7}})
        assert now(api)["handlers"]["error"]["warmup"] == 7
        with client_of(api).behavior("100:abort"):
            client.change_proxy(behavior="1:drip", timeout=3)
            client.set_behavior("30:delay", for_=60)
        assert (now(api)["behavior"], now(api)["handlers"]["error"]["warmup"]) == ("20:error", 7)
        client.set_behavior("30:delay", for_=60)
        client.change_proxy(handlers={"delay": {"sleep": 4}}, for_=60)
        assert now(api)["handlers"]["delay"]["sleep"] == 4
    assert now(api) == before
    assert (client.proxy().reverts, client.proxy().timeout) == ((), 3)


def test_blocks_may_end_in_any_order(api: Controlled) -> None:
    outermost = now(api)
    outer, inner = client_of(api).behavior("10:delay"), client_of(api).behavior("20:delay")
    outer.__enter__()
    inner.__enter__()
    client_of(api).set_behavior("30:delay", for_=60)
    outer.__exit__(None, None, None)
    assert now(api)["behavior"] == "30:delay"
    inner.__exit__(None, None, None)
    assert now(api) == outermost


def test_what_holds_for_a_while_goes_on_beneath(api: Controlled) -> None:
    client = client_of(api)
    client.set_behavior("20:delay", for_="1m")
    with client.behavior("100:hang") as held:
        assert held.reverts_in is None
        assert [revert.hold for revert in client.proxy().reverts] == [None, held.hold]
    found = client.get_behavior()
    assert found.behavior == "20:delay" and found.hold is None
    assert found.reverts_in is not None and 0 < found.reverts_in <= 60


def test_what_holds_for_a_while_may_end_beneath(api: Controlled) -> None:
    client = client_of(api)
    before = now(api)
    client.set_behavior("20:delay", for_=0.05)
    with client.behavior("100:hang"):
        api.running.wait_until(lambda: len(api.control.live.temporary("default")) == 1, "it ends")
        assert now(api)["behavior"] == "100:hang"
    assert now(api) == before


def test_a_block_may_have_an_end_besides(api: Controlled) -> None:
    before = now(api)
    with client_of(api).behavior("100:hang", for_=0.05) as held:
        assert held.reverts_in is not None
        api.running.wait_until(lambda: not api.control.live.temporary("default"), "it ends")
        assert now(api) == before
        client_of(api).set_behavior("20:delay")
    assert now(api)["behavior"] == "20:delay"


def test_a_block_whose_program_is_gone_can_be_ended(api: Controlled) -> None:
    client = client_of(api)
    before = now(api)
    with client.behavior("100:hang") as held:
        hold = client_of(api).get_behavior().hold
        assert hold is not None and hold == held.hold
        assert client.release(hold).json == before
        with pytest.raises(NotFound, match="hold: proxy 'default' has no such hold"):
            client.release(hold)
    assert now(api) == before


def test_a_text_is_restored_to_its_last_blank(echo_backend: Backend) -> None:
    blanks = "  two before, a line after\n"
    with controlled(echo_backend.address, f"0:{SHOUT}") as api:
        client = client_of(api)
        client.set_behavior("100:shout", text=blanks)
        before = now(api)
        assert before["handlers"]["shout"]["text"] == blanks
        with client.behavior("100:shout", text=" "):
            assert now(api)["handlers"]["shout"]["text"] == " "
        assert now(api) == before
        client.set_behavior("100:dummy")
        client.set_behavior(before["behavior"], handlers=before["handlers"])
        assert now(api) == before


def test_a_short_option_goes_to_each_handler_that_has_it(api: Controlled) -> None:
    held = client_of(api).set_behavior(
        "50:delay,10:error,5:hang", sleep=0.25, direction="to_backend", handlers={"hang": {"direction": "to_client"}}
    )
    directions = {name: options["direction"] for name, options in held.handlers.items()}
    assert directions == {"delay": "to_backend", "error": "to_backend", "hang": "to_client"}
    assert held.handlers["delay"]["sleep"] == 0.25


def test_a_short_option_that_no_handler_has_changes_nothing(api: Controlled) -> None:
    before = now(api)
    with pytest.raises(Invalid, match=r"^slep: no handler of '50:delay' .* delay has sleep") as caught:
        client_of(api).set_behavior("50:delay", slep=2)
    assert caught.value.status is None
    with pytest.raises(Invalid, match="sleep: "), client_of(api).behavior("100:dely", sleep=2):
        pytest.fail("not reached")
    assert now(api) == before


def test_handlers_are_found_in_all_forms_of_a_behavior() -> None:
    assert names_in(" 20:delay, 5:error\n1:hang,") == ["delay", "error", "hang"]


def test_a_daemon_that_is_gone_does_not_hide_what_the_block_raises(echo_backend: Backend) -> None:
    daemon = controlled(echo_backend.address)
    client = client_of(daemon.__enter__())

    def work() -> None:
        with client.behavior("100:hang"):
            daemon.__exit__(None, None, None)
            raise Trouble

    with pytest.raises(Trouble) as caught:
        work()
    (note,) = caught.value.__notes__
    assert note.startswith("the behavior of proxy default could not be restored: http://127.0.0.1:")


def test_a_daemon_that_is_gone_is_an_error_of_a_block_that_went_well(echo_backend: Backend) -> None:
    daemon = controlled(echo_backend.address)
    client = client_of(daemon.__enter__())
    with pytest.raises(Unreachable), client.behavior("100:hang"):
        daemon.__exit__(None, None, None)


def test_a_proxy_that_is_gone_cannot_be_restored(api: Controlled) -> None:
    client = client_of(api)
    with pytest.raises(NotFound), client.behavior("100:hang"):
        client.delete_proxy("default")


def test_an_interruption_is_restored(api: Controlled) -> None:
    before = now(api)
    with pytest.raises(KeyboardInterrupt), client_of(api).behavior("100:hang"):
        raise KeyboardInterrupt
    assert now(api) == before


def test_a_refusal_is_told_before_the_block(api: Controlled) -> None:
    before = now(api)
    with pytest.raises(ClientError, match="dely"), client_of(api).behavior("100:dely"):
        pytest.fail("not reached")
    assert now(api) == before
