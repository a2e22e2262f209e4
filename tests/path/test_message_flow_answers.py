"""Requests that the backend never sees are answered in their turn."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.tools import CLOSED, handled, seed_for, until_end
from tests.path.speaking import answered, asked, line, lines, speaking, told
from tests.path.tools import LARGE, script
from tests.running import Running
from vaurien.call import Call
from vaurien.handlers import BaseHandler
from vaurien.hooks import TAKEN, Reply

REFUSES = {"error.errors": "BUSY"}


def refusing(daemon: Running, *names: str) -> None:
    """Makes a hook answer the requests that have these names."""

    def before(call):  # type: ignore[no-untyped-def]
        if call.message is not None and call.message.to_backend and call.message.name in names:
            return Reply(b"no %s\n" % call.message.name.encode())
        return None

    daemon.do(lambda: daemon.proxy.hooks.on("before", before))


def test_answers_wait_for_the_replies_before_them() -> None:
    with told("100:dummy") as (backend, daemon, client):
        refusing(daemon, "b", "d")
        client.sendall(b"a\nb\nc\nd\n")
        assert backend.wait_data(4) == b"a\nc\n"
        backend.sock.sendall(b"push x\n~soon a\n")
        assert lines(client, 2) == [b"push x", b"~soon a"]
        backend.sock.sendall(b"re ")
        backend.sock.sendall(b"a\n")
        assert lines(client, 2) == [b"re a", b"no b"]
        backend.sock.sendall(b"re c\n")
        assert lines(client, 2) == [b"re c", b"no d"]


@pytest.mark.parametrize("behavior", ["100:delay", "100:drip", "100:tests.path.tools.PassOn"])
def test_answers_wait_for_replies_that_handlers_hold(behavior: str) -> None:
    options = {"delay.sleep": 0.1, "delay.direction": "to_client", "drip.interval": 0.01}
    with told(behavior, options) as (backend, daemon, client):
        refusing(daemon, "b")
        client.sendall(b"a\nb\nc\n")
        assert backend.wait_data(4) == b"a\nc\n"
        backend.sock.sendall(b"re a\nre c\n")
        assert lines(client, 3) == [b"re a", b"no b", b"re c"]


def test_an_answer_whose_turn_it_is_comes_at_once() -> None:
    with told("100:dummy") as (backend, daemon, client):
        refusing(daemon, "a")
        client.sendall(b"a\na\n")
        assert lines(client, 2) == [b"no a", b"no a"]
        client.sendall(b"b\n")
        backend.wait_data(2)
        backend.sock.sendall(b"re b\n")
        assert line(client) == b"re b"


def test_a_reply_in_the_middle_is_not_cut_by_an_answer() -> None:
    with told("50:error", REFUSES, seed=seed_of("!-")) as (backend, _, client):
        backend.sock.sendall(b"push a long")
        assert client.recv(65536) == b"push a long"
        client.sendall(b"b\na\n")
        backend.wait_data(2)
        backend.sock.sendall(b" one\nre a\n")
        assert lines(client, 3) == [b" one", b"ERR BUSY b", b"re a"]


def test_what_the_backend_gets_in_its_place_is_not_heard_of() -> None:
    with speaking("100:dummy") as (server, daemon, client):
        refusing(daemon, "in b")
        assert asked(client, b"a", b"in b", b"c", b"d") == [b"re a", b"no in b", b"re c", b"re d"]
        assert server.witness().wait_data(4) == b"a\nundo\nc\nd\n"


def test_with_closes_the_client_has_all_replies_before() -> None:
    with told("50:error", {"error.errors": "FATAL"}, seed=seed_of("--!")) as (backend, _, client):
        client.sendall(b"a\nb\nc\nd\n")
        assert backend.wait_data(4) == b"a\nb\n"
        backend.sock.sendall(b"re a\nre b\n")
        assert until_end(client) == (b"re a\nre b\nERR FATAL c\n", CLOSED)
        assert backend.wait_end()[0] == b"a\nb\n", "no backend would see what comes behind"


def test_with_closes_a_slow_client_gets_all_of_it() -> None:
    big = b"x" * LARGE

    with told("50:error", {"error.errors": "FATAL"}, seed=seed_of("-!")) as (backend, _, client):
        client.sendall(b"a\nb\n")
        backend.wait_data(2)
        backend.sock.sendall(big + b"\n")
        assert until_end(client) == (big + b"\nERR FATAL b\n", CLOSED)


def seed_of(pattern: str) -> int:
    """A seed with which half a behavior acts on the first requests as the pattern says."""
    return seed_for({(1, True, place): sign == "!" for place, sign in enumerate(pattern, 1)})


def test_a_request_that_nobody_replies_to_can_be_answered() -> None:
    with speaking("100:dummy") as (server, daemon, client):
        refusing(daemon, "quiet a")
        client.sendall(b"quiet a\n")
        assert line(client) == b"no quiet a"
        assert asked(client, b"b") == [b"re b"]
        assert server.witness().wait_data(2) == b"b\n"


def test_a_hook_that_has_taken_a_request_has_done_it_all() -> None:
    def before(call):  # type: ignore[no-untyped-def]
        if not (call.to_backend and call.message.name == "b"):
            return None
        assert call.session.client_sock.recv(65536) == b"b\n"
        call.session.backend_sock.sendall(b"B\n")
        return TAKEN

    with speaking("100:dummy") as (_, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on("before", before))
        assert asked(client, b"a", b"b", b"c") == [b"re a", b"re B", b"re c"]


def test_error_leaves_alone_what_nobody_would_answer() -> None:
    with speaking("100:error", REFUSES) as (server, daemon, client):
        client.sendall(b"quiet\n")
        assert asked(client, b"a") == [b"ERR BUSY a"]
        assert server.witness().wait_data(6) == b"quiet\n"
        assert handled(daemon, "error") == [0, 2]


def test_a_large_refused_request_is_dropped_as_a_whole() -> None:
    with speaking("50:error", REFUSES, seed=seed_of("!-")) as (server, _, client):
        client.sendall(b"large " + b"x" * LARGE + b"\nb\n")
        assert lines(client, 2) == [b"ERR BUSY large xx", b"re b"]
        assert server.witness().wait_data(2) == b"b\n"


def test_many_refused_at_once() -> None:
    with speaking("100:error", REFUSES) as (server, _, client):
        said = [b"n%d" % number for number in range(500)]
        assert asked(client, *said) == [b"ERR BUSY " + name for name in said]
        client.shutdown(1)
        assert server.witness().wait_end() == (b"", CLOSED)


def test_on_error_answers_in_turn() -> None:
    def fail(call):  # type: ignore[no-untyped-def]
        if call.to_backend and call.message.name == "b":
            raise ValueError("no")

    with told("100:dummy") as (backend, daemon, client):
        daemon.do(lambda: daemon.proxy.hooks.on("before", fail))
        daemon.do(lambda: daemon.proxy.hooks.on("on_error", lambda call, exc: Reply(b"sorry\n")))
        client.sendall(b"a\nb\nc\n")
        assert backend.wait_data(4) == b"a\nc\n"
        backend.sock.sendall(answered(b"a\nc\n"))
        assert lines(client, 3) == [b"re a", b"sorry", b"re c"]


def test_a_handler_that_reads_on_lets_an_answer_pass_in_its_turn() -> None:
    """Two replies in one call, and between them the answer to a request that the backend never saw."""

    def two(client_sock, backend_sock, to_backend):  # type: ignore[no-untyped-def]
        for _ in range(2):
            client_sock.sendall(backend_sock.recv(65536))

    behavior, options = "100:tests.path.tools.Scripted", {"scripted.direction": "to_client"}
    with script(two), told(behavior, options) as (backend, daemon, client):
        refusing(daemon, "b")
        client.sendall(b"a\nb\nc\n")
        assert backend.wait_data(4) == b"a\nc\n"
        backend.sock.sendall(b"re a\nre c\n")
        assert lines(client, 3) == [b"re a", b"no b", b"re c"]


def test_a_handler_may_ask_the_backend_itself() -> None:
    """As handlers of old do: it sends the request, reads the reply, and passes it on."""

    def exchange(client_sock, backend_sock, to_backend):  # type: ignore[no-untyped-def]
        if to_backend:
            backend_sock.sendall(client_sock.recv(65536))
        else:
            client_sock.sendall(backend_sock.recv(65536))

    with script(exchange), speaking("100:tests.path.tools.Scripted") as (_, _, client):
        for _ in range(3):
            assert asked(client, b"a") == [b"re a"]


class Failing(BaseHandler):
    """Reads the call, sends on what begins with ``sent``, and raises."""

    name = "failing"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        if data.startswith(b"sent"):
            self._send_data(client_sock, backend_sock, to_backend, data)
        raise ZeroDivisionError


def excusing(daemon: Running, *names: str) -> None:
    """Makes the handler of the messages that have these names fail, and a hook answer for it."""
    failing = Failing()

    def route(call: Call) -> None:
        assert call.message is not None
        call.handler = failing if call.message.name in names else "dummy"

    def excuse(call: Call, exc: BaseException) -> Reply:
        assert call.message is not None
        return Reply(b"sorry %s\n" % call.message.name.encode())

    daemon.do(lambda: daemon.proxy.hooks.on("on_route", route))
    daemon.do(lambda: daemon.proxy.hooks.on("on_error", excuse))


def test_the_answer_to_an_error_waits_for_the_replies_before_it() -> None:
    with told("100:dummy") as (backend, daemon, client):
        excusing(daemon, "lost b")
        client.sendall(b"a\nlost b\nc\n")
        assert backend.wait_data(4) == b"a\nc\n"
        backend.sock.sendall(b"re a\nre c\n")
        assert lines(client, 3) == [b"re a", b"sorry lost b", b"re c"]


def test_the_answer_to_an_error_takes_the_place_of_the_reply_where_the_backend_has_the_request() -> None:
    with told("100:dummy") as (backend, daemon, client):
        excusing(daemon, "sent b", "sent d")
        client.sendall(b"a\nsent b\nc\nsent d\n")
        assert backend.wait_data(18) == b"a\nsent b\nc\nsent d\n"
        backend.sock.sendall(b"re a\n~soon b\nre ")
        assert lines(client, 2) == [b"re a", b"sorry sent b"]
        backend.sock.sendall(b"sent b\npush x\nre c\n")
        assert lines(client, 3) == [b"push x", b"re c", b"sorry sent d"]
        backend.sock.sendall(b"re sent d\n")
        client.sendall(b"e\n")
        backend.wait_data(20)
        backend.sock.sendall(b"re e\n")
        assert line(client) == b"re e"


def test_the_answer_to_an_error_with_a_reply_takes_its_place() -> None:
    with told("100:dummy") as (backend, daemon, client):
        excusing(daemon, "re b")
        client.sendall(b"a\nb\nc\n")
        backend.wait_data(6)
        backend.sock.sendall(b"re a\nre b\nre c\n")
        assert lines(client, 3) == [b"re a", b"sorry re b", b"re c"]
