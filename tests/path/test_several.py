"""Several proxies in one daemon, several daemons in one process: none gets what is another's."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from tests import peers
from tests.path.tools import connect_to, running_proxies, together
from tests.peers import receive_exactly
from tests.running import running


def signing(name: bytes) -> peers.Backend:
    """A backend that says its own name after whatever it hears."""

    def serve(sock: socket.socket) -> None:
        while data := sock.recv(1000):
            sock.sendall(data + name)

    return peers.Backend(serve)


def ask(sock: socket.socket, question: bytes, answer: bytes) -> None:
    for _ in range(20):
        sock.sendall(question)
        assert receive_exactly(sock, len(answer)) == answer


def test_several_proxies_in_one_daemon() -> None:
    names = ["a", "b", "c"]
    with ExitStack() as stack:
        backends = {name: signing(name.encode()) for name in names}
        for backend in backends.values():
            stack.callback(backend.close)
        daemon = stack.enter_context(running_proxies(**{name: backends[name].address for name in names}))
        clients = {name: stack.enter_context(connect_to(daemon, name)) for name in names}
        together(
            *(lambda name=name: ask(clients[name], b"?", b"?" + name.encode()) for name in names)  # type: ignore[misc]
        )
        assert [len(proxy.sessions) for proxy in daemon.daemon.proxies.values()] == [1, 1, 1]
        assert [list(proxy.sessions) for proxy in daemon.daemon.proxies.values()] == [[1], [1], [1]]


def test_several_daemons_in_threads_of_one_process() -> None:
    """Each has its own hub: one that stops, or whose handler hangs, is nothing to the others."""
    names = [b"a", b"b", b"c"]
    with ExitStack() as stack:
        daemons = []
        for name in names:
            backend = signing(name)
            stack.callback(backend.close)
            daemons.append(stack.enter_context(running(backend.address)))
        assert len({id(daemon.do(lambda: daemon.proxy.loop)) for daemon in daemons}) == 3  # noqa: B023
        clients = [stack.enter_context(daemon.connect()) for daemon in daemons]
        together(
            *(lambda place=place: ask(clients[place], b"?", b"?" + names[place]) for place in range(3))  # type: ignore[misc]
        )
        daemons[0].stop()
        assert clients[0].recv(1) == b""
        ask(clients[1], b"?", b"?b")
        ask(clients[2], b"?", b"?c")
