"""A session that ends in the middle of a handshake is heard to its end, and leaves nothing behind for long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.tools import wait_no_sessions
from tests.peers import receive_all, receive_exactly
from tests.protocols.mysql_sessions import BASE, greeting, login
from tests.running import DEADLINE, Running, running
from tests.tls.files import Files
from tests.tls.speaker import Speaker
from vaurien.protocols.mysql.login import SSL
from vaurien.tls import tunnel

INSIDE = login(BASE | SSL, 2)[1]


@contextmanager
def ended(files: Files, shake: Callable[[Any], None]) -> Iterator[Running]:
    """A daemon before a MySQL server that calls `shake` when the proxy has asked it for TLS and the session is over."""
    asked, over = threading.Event(), threading.Event()

    def serve(sock: Any) -> None:
        sock.sendall(greeting()[1])
        receive_exactly(sock, 36)
        asked.set()
        assert over.wait(DEADLINE)
        shake(sock)

    with (
        peers.backend(serve) as server,
        running(server.address, protocol="mysql", distant_tls="yes", distant_ca=files.ca) as daemon,
        daemon.connect() as client,
    ):
        receive_exactly(client, len(greeting()[1]))
        client.sendall(login()[1])
        assert asked.wait(DEADLINE)
        daemon.do(lambda: daemon.proxy.sessions[1].end("a handler wants that"))
        over.set()
        wait_no_sessions(daemon)
        yield daemon


def test_what_was_said_before_arrives_when_the_handshake_is_over(files: Files) -> None:
    heard: SimpleQueue[bytes] = SimpleQueue()
    with ended(files, lambda sock: heard.put(receive_all(Speaker(sock, files.server())))) as daemon:
        assert heard.get(timeout=DEADLINE) == INSIDE
        daemon.wait_until(lambda: not len(daemon.daemon.shared.tunnels), "the end of the tunnel")


def test_a_peer_that_does_not_go_on_with_the_handshake_is_left(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "STALLED", 0.1)
    with ended(files, receive_all) as daemon:
        daemon.wait_until(lambda: not len(daemon.daemon.shared.tunnels), "the end of the tunnel")
