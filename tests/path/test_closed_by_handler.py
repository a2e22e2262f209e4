"""A handler closes a socket of its session: the descriptor's number is free at once, and another session's at once."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.tools import (
    SCRIPTED,
    body,
    how_it_ends,
    pass_on,
    script,
    send_and_end,
    together,
    wait_in_greenlet,
    wait_no_sessions,
)
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE, running

sides = pytest.mark.parametrize("side", ["client", "backend"])


@sides
@pytest.mark.parametrize("to_backend", [True, False], ids=["to_backend", "to_client"])
def test_the_session_ends(side: str, to_backend: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Both peers see their connection end; the one that is not closed by the handler in good order."""
    ends: SimpleQueue[str] = SimpleQueue()

    def serve(sock: socket.socket) -> None:
        sock.sendall(sock.recv(100) or b"-")
        ends.put(how_it_ends(sock))

    def act(client_sock: Any, backend_sock: Any, direction: bool) -> None:
        pass_on(client_sock, backend_sock, direction)
        if direction == to_backend:
            (client_sock if side == "client" else backend_sock).close()

    with script(act), peers.backend(serve) as backend, running(backend.address, SCRIPTED) as daemon:
        with daemon.connect() as client:
            client.sendall(b"q")
            assert how_it_ends(client) == "end"
            assert ends.get(timeout=DEADLINE) in ("end", "reset")  # a reset if its answer came too late to be read
        wait_no_sessions(daemon)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


class Closing:
    """A handler of the first session closes one side and stays in its call until it may go on to `afterwards`."""

    def __init__(self, side: str, afterwards: Callable[[Any, Any], None] = lambda client_sock, backend_sock: None):
        self.side = side
        self.afterwards = afterwards
        self.number = -1
        self.closed, self.go_on = threading.Event(), threading.Event()
        self.outcome: SimpleQueue[BaseException | None] = SimpleQueue()

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if self.closed.is_set() or not to_backend:
            return pass_on(client_sock, backend_sock, to_backend)
        sock = client_sock if self.side == "client" else backend_sock
        self.number = sock.fileno()
        sock.close()
        self.closed.set()
        wait_in_greenlet(self.go_on)
        try:
            self.afterwards(client_sock, backend_sock)
        except BaseException as exc:
            self.outcome.put(exc)
        else:
            self.outcome.put(None)


def polite_listener() -> socket.socket:
    """A backend's listener that waits with poll(2): a blocked accept(2) has taken its descriptor in advance."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(DEADLINE * 3)
    return listener


def leave_free(number: int, stack: ExitStack) -> None:
    """Takes all free descriptor numbers up to this one, so that it is the next to be given."""
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) < number:
        stack.callback(os.close, descriptor)
    os.close(descriptor)
    assert descriptor == number, "somebody else has it"


def meet_again(
    handler: Closing,
    act: Callable[[Any, Any, bool], None] | None = None,
    serve: Callable[[socket.socket], None] = peers.echo,
) -> None:
    """A second session gets the number that the handler has closed; neither of its streams is disturbed.

    `act` is the script, where it is not the handler itself.
    """
    with ExitStack() as stack:
        stack.enter_context(script(act or handler))
        backend = stack.enter_context(peers.backend(serve, polite_listener()))
        daemon = stack.enter_context(running(backend.address, SCRIPTED))
        first, second = stack.enter_context(daemon.connect()), stack.enter_context(socket.socket())
        second.settimeout(DEADLINE)
        backend.wait_session()
        first.sendall(b"first")
        assert handler.closed.wait(DEADLINE)
        if handler.side == "backend":
            daemon.wait_until(lambda: backend.wait_session().fileno() < 0, "the backend's end")
        leave_free(handler.number, stack)
        second.connect(daemon.address)
        second.sendall(b"half")
        assert receive_exactly(second, 4) == b"half"
        assert daemon.do(lambda: daemon.proxy.sessions[2].client.fileno()) == handler.number, "it was not used again"
        handler.go_on.set()
        daemon.wait_until(lambda: 1 not in daemon.proxy.sessions)
        assert how_it_ends(first) in ("end", "reset")
        sent = body(3_000_000)
        _, heard = together(lambda: send_and_end(second, sent), lambda: receive_all(second))
        assert heard == sent
        second.close()
        wait_no_sessions(daemon)


@sides
def test_the_number_is_used_again(side: str) -> None:
    meet_again(Closing(side))


USES: dict[str, Callable[[Any], Any]] = {
    "recv": lambda sock: sock.recv(100),
    "send": lambda sock: sock.send(b"stray"),
    "sendall": lambda sock: sock.sendall(b"stray"),
    "shutdown": lambda sock: sock.shutdown(socket.SHUT_RDWR),
    "close": lambda sock: sock.close(),
}


@sides
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_socket_that_is_closed_is_dead(side: str, use: Callable[[Any], Any]) -> None:
    """Whatever the handler does with it afterwards does not reach the session that has the number now."""

    def afterwards(client_sock: Any, backend_sock: Any) -> None:
        use(client_sock if side == "client" else backend_sock)

    handler = Closing(side, afterwards)
    meet_again(handler)
    outcome = handler.outcome.get(timeout=DEADLINE)
    assert isinstance(outcome, OSError) or use is USES["close"]


@sides
def test_the_other_flow_s_handler_waits_on_it(side: str) -> None:
    """It is not left waiting for the number's next owner."""
    begun, waiting, waited = threading.Event(), threading.Event(), threading.Event()
    handler = Closing(side)

    def act(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if handler.closed.is_set():
            pass_on(client_sock, backend_sock, to_backend)
        elif to_backend:
            client_sock.recv(100)
            begun.set()
            wait_in_greenlet(waiting)
            handler(client_sock, backend_sock, to_backend)
        else:
            backend_sock.recv(1)  # the greeting, which made this call
            wait_in_greenlet(begun)
            waiting.set()
            with suppress(OSError):  # an error would be logged with its traceback, for which files are opened
                (client_sock if side == "client" else backend_sock).recv(100)
            waited.set()

    def greet_the_first(sock: socket.socket) -> None:
        if not handler.closed.is_set():
            sock.sendall(b"!")
        peers.echo(sock)

    meet_again(handler, act, greet_the_first)
    assert waited.wait(DEADLINE)
