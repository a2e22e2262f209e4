"""What calls and sessions tell hooks of themselves, and what hooks may keep on them."""

import socket
import time
from typing import Any

import gevent.socket
import pytest

from tests.handlers.tools import CLOSED, ask, same, until_end, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import RAISING, Notes, hook, hooked, to_backend
from vaurien.call import Call
from vaurien.hooks import Hook, Reply


def test_what_a_call_has() -> None:
    notes = Notes()

    def told(call: Call) -> None:
        assert call.session.proxy is daemon.proxy
        assert abs(time.monotonic() - call.started_at) < 5
        assert call.error is None
        names = (call.session.ordinal, call.to_backend, call.ordinal, call.handler and call.handler.name)
        notes.note((*names, call.data))

    with witnesses(lambda data: data.upper()) as server, hooked(server.address) as daemon, daemon.connect() as client:
        daemon.proxy.hooks.on("on_route", told)
        daemon.proxy.hooks.on("before", told)
        assert ask(client, b"one") == b"ONE"
        assert ask(client, b"two") == b"TWO"
        assert list(notes) == [
            (1, True, 1, None, b"one"), (1, True, 1, "dummy", b"one"),
            (1, False, 1, None, b"ONE"), (1, False, 1, "dummy", b"ONE"),
            (1, True, 2, None, b"two"), (1, True, 2, "dummy", b"two"),
            (1, False, 2, None, b"TWO"), (1, False, 2, "dummy", b"TWO"),
        ]  # fmt: skip


def test_the_data_of_a_call_are_looked_at_and_not_read() -> None:
    """As often as one likes; up to 64 KiB of what waits."""
    sizes = Notes()

    def look(call: Call) -> None:
        assert call.data == call.data
        sizes.note(len(call.data))

    question = b"Q" * 300_000
    with witnesses() as server, hooked(server.address, hook(before=to_backend(look))) as daemon:
        with daemon.connect() as client:
            client.sendall(question)
        assert server.witness().wait_end() == (question, CLOSED)
    assert 0 < max(sizes) <= 65536


def test_a_hook_knows_the_call_that_it_acts_on() -> None:
    notes = Notes()

    class Knowing(Hook):
        def incoming(self, message: Any) -> Any:
            notes.note((self.call.ordinal, self.call.to_backend == message.to_backend))
            return message

        def session_started(self, session: Any) -> None:
            with pytest.raises(LookupError):
                _ = self.call

    with witnesses(same) as server, hooked(server.address, Knowing()) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == [(1, True), (1, True)]


def test_what_a_session_has() -> None:
    notes = Notes()

    def told(session: Any) -> None:
        assert session.proxy is daemon.proxy
        assert isinstance(session.client_sock, gevent.socket.socket)
        notes.note((session.ordinal, session.client_address, hasattr(session, "backend_sock")))

    with witnesses(same) as server, hooked(server.address) as daemon:
        daemon.proxy.hooks.on("session_started", told)
        daemon.proxy.hooks.on("backend_connected", told)
        addresses = []
        for _ in range(2):
            with daemon.connect() as client:
                addresses.append(client.getsockname())
                assert ask(client, b"hello") == b"hello"
        assert list(notes) == [(n, addresses[n - 1], connected) for n in (1, 2) for connected in (False, True)]


@pytest.mark.parametrize("by_hooks", [True, False])
def test_the_totals_of_a_session_that_has_ended(by_hooks: bool) -> None:
    """However its bytes went: relayed in the event loop, or carried by handlers."""
    totals = Notes()

    def ended(session: Any) -> None:
        totals.note([(session.bytes(way), session.calls(way)) for way in (True, False)])

    hooks = [hook(session_ended=ended), *([hook(before=lambda call: None)] if by_hooks else [])]
    with witnesses(lambda data: data * 3) as server, hooked(server.address, *hooks) as daemon:
        for _ in range(2):
            with daemon.connect() as client:
                assert ask(client, b"hello", 15) == b"hello" * 3
                assert ask(client, b"you", 9) == b"you" * 3
        assert totals.wait(2) == [[(8, 2), (24, 2)]] * 2
        daemon.wait_until(lambda: daemon.proxy.totals_now()["bytes_to_client"] == 48)


def test_what_a_hook_says_itself_is_counted() -> None:
    totals = Notes()
    hooks = [
        hook(session_ended=lambda session: totals.note((session.bytes(True), session.bytes(False)))),
        hook(before=to_backend(lambda call: Reply(b"forged") if call.data == b"hello" else None)),
    ]
    with witnesses(same) as server, hooked(server.address, *hooks) as daemon:
        with daemon.connect() as client:
            assert ask(client, b"hello", 6) == b"forged"
            assert ask(client, b"again") == b"again"
        assert totals.wait(1) == [(5, 11)]


def test_how_long_and_why_a_session_ended(errors: Errors) -> None:
    causes = Notes()
    told = hook(session_ended=lambda session: causes.note((session.ordinal, session.cause)))
    with witnesses(same) as server, hooked(server.address, told, behavior=f"100:{RAISING}") as daemon:
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert until_end(client) == (b"", CLOSED)
        causes.wait(1)
        daemon.proxy.hooks.on("session_started", lambda session: Reply(b"no"))
        with daemon.connect() as client:
            assert until_end(client)[0] == b"no"
        assert causes.wait(2) == [(1, "error in handler raising"), (2, "answered in session_started")]
    assert len(errors()) == 1


def test_hooks_keep_what_they_like_on_calls_and_sessions() -> None:
    notes = Notes()

    def started(session: Any) -> None:
        session.vars["calls"] = 0

    def before(call: Call) -> None:
        assert call.vars == {}, "each call has its own"
        call.session.vars["calls"] += 1
        call.vars["place"] = call.session.vars["calls"]

    def after(call: Call) -> None:
        notes.note(call.vars["place"])

    def ended(session: Any) -> None:
        notes.note(dict(session.vars))

    keeping = hook(session_started=started, before=before, after=after, session_ended=ended)
    with witnesses(same) as server, hooked(server.address, keeping) as daemon:
        for _ in range(2):
            with daemon.connect() as client:
                assert ask(client, b"hello") == b"hello"
                client.shutdown(socket.SHUT_WR)
                assert until_end(client) == (b"", CLOSED)
            daemon.wait_until(lambda: notes and notes[-1] == {"calls": 2})
            assert sorted(notes[:2]) == [1, 2]
            notes.clear()


def test_a_hook_is_made_like_a_handler() -> None:
    """With settings and a proxy, or with neither; its options are a mapping that can be called, too."""

    class Sized(Hook):
        name = "sized"
        options = {"size": ("How big", int, 3)}

        def before(self, call: Call) -> None:
            pass

    plain = Sized()
    assert plain.option("size") == plain.options("size") == plain.options["size"] == 3
    assert plain.settings is plain.options
    assert (plain.proxy, plain.option("priority")) == (None, None)
    assert Sized({"size": 5}, "proxy").option("size") == 5
    assert Sized({}, "proxy").proxy == "proxy"
    with pytest.raises(KeyError, match="colour"):
        Sized({"colour": "red"})
    with pytest.raises(KeyError, match="colour"):
        plain.option("colour")
