"""Whatever a session's end was like: its descriptors, watchers, greenlets and pipes are gone."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests import peers
from tests.conftest import open_descriptors
from tests.path.leaks import check_nothing_is_left
from tests.path.tools import (
    LARGE,
    SCRIPTED,
    fate_of_a_client,
    how_it_ends,
    pass_on,
    reset,
    script,
    send_and_end,
    together,
)
from tests.peers import Backend, receive_all, receive_exactly
from tests.running import Running, running

pytestmark = pytest.mark.usefixtures("tracebacks_are_not_kept")


def answer_large(sock: socket.socket) -> None:
    sock.recv(1)
    sock.sendall(bytes(LARGE))


def orderly(daemon: Running) -> None:
    with daemon.connect() as client:
        client.sendall(b"q")
        receive_all(client)


def leaves_in_mid_stream(daemon: Running) -> None:
    with daemon.connect() as client:
        client.sendall(b"q")
        receive_exactly(client, 400_000)


def resets_in_mid_stream(daemon: Running) -> None:
    client = daemon.connect()
    client.sendall(b"q")
    receive_exactly(client, 400_000)
    reset(client)


def resets_at_once(daemon: Running) -> None:
    reset(daemon.connect())


def ends_at_once(daemon: Running) -> None:
    with daemon.connect() as client:
        client.shutdown(socket.SHUT_WR)
        how_it_ends(client)


CLIENTS = [orderly, leaves_in_mid_stream, resets_in_mid_stream, resets_at_once, ends_at_once]


@pytest.mark.parametrize("behavior", ["100:dummy", "100:delay", "50:delay", "100:drip"])
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_after_clients_of_all_kinds(client: Callable[[Running], None], behavior: str) -> None:
    options = {"delay.sleep": 0, "drip.interval": 0, "drip.bytes": 50_000}
    with peers.backend(answer_large) as backend, running(backend.address, behavior, options) as daemon:
        check_nothing_is_left(daemon, lambda: client(daemon))


def test_after_large_bodies_both_ways() -> None:
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:

        def session() -> None:
            with daemon.connect() as client:
                together(lambda: send_and_end(client, bytes(2_000_000)), lambda: receive_all(client))

        check_nothing_is_left(daemon, session)


@pytest.mark.parametrize("leave", [reset, socket.socket.close], ids=["resets", "closes"])
def test_after_backends_that_leave_in_mid_stream(leave: Callable[[socket.socket], None]) -> None:
    def serve(sock: socket.socket) -> None:
        receive_exactly(sock, 300_000)
        leave(sock)

    with peers.backend(serve) as backend, running(backend.address) as daemon:

        def session() -> None:
            with daemon.connect() as client, suppress(ConnectionResetError, BrokenPipeError):
                client.sendall(bytes(LARGE * 3))
                how_it_ends(client)

        check_nothing_is_left(daemon, session)


def test_after_backends_that_refuse() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with running(nobody.getsockname()) as daemon:

            def session() -> None:
                assert fate_of_a_client(daemon) == "reset"

            check_nothing_is_left(daemon, session)


def raises(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    raise ValueError("on purpose")


def says_no(client_sock: Any, backend_sock: Any, to_backend: bool) -> bool:
    return False


def closes_client(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    client_sock.close()


def closes_backend(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    backend_sock.close()


def waits_for_more(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    """Reads on until the client leaves: its flow's greenlet is there all the time."""
    while client_sock.recv(65536):
        pass


@pytest.mark.parametrize(
    "handler",
    [raises, says_no, closes_client, closes_backend, waits_for_more, pass_on],
    ids=lambda handler: handler.__name__,
)
def test_after_handlers_that_end_the_session(handler: Callable[[Any, Any, bool], Any]) -> None:
    with (
        script(handler),
        peers.backend(how_it_ends) as backend,
        running(backend.address, SCRIPTED) as daemon,
    ):

        def session() -> None:
            with daemon.connect() as client:
                client.sendall(b"something")
                with suppress(OSError):  # it may be over already
                    client.shutdown(socket.SHUT_WR)
                how_it_ends(client)

        check_nothing_is_left(daemon, session)


@pytest.mark.parametrize("behavior", ["100:hang", "100:abort", "100:blackout", "100:truncate", "100:lost_response"])
def test_after_built_in_handlers(behavior: str) -> None:
    with peers.backend(peers.echo) as backend, running(backend.address, behavior) as daemon:

        def session() -> None:
            with daemon.connect() as client, suppress(ConnectionResetError, BrokenPipeError):
                client.sendall(bytes(100_000))
                if behavior == "100:hang":
                    client.shutdown(socket.SHUT_WR)  # until then nothing happens
                how_it_ends(client)

        check_nothing_is_left(daemon, session)


def test_after_sessions_that_are_cut_at_work() -> None:
    """Handlers that hang and streams that are stuck, when the daemon cuts all sessions."""
    with (
        peers.backend(answer_large) as backend,
        running(backend.address, "50:hang,50:delay", {"delay.sleep": 0}) as daemon,
    ):

        def session() -> None:
            clients = [daemon.connect() for _ in range(4)]
            for client in clients:
                client.sendall(b"q")
            daemon.wait_until(lambda: sum(bool(session.counts) for session in daemon.proxy.sessions.values()) == 4)
            daemon.do(daemon.daemon.cut)
            for client in clients:
                how_it_ends(client)
                client.close()

        check_nothing_is_left(daemon, session, clients=4)


def test_a_stopped_daemon_leaves_nothing(echo_backend: Backend) -> None:
    """Not one descriptor, spare pipes and what hanging handlers hold included; the fixture looks after the backend."""
    before = open_descriptors()
    with running(echo_backend.address, "50:hang", seed=1) as daemon:
        clients = [daemon.connect() for _ in range(10)]
        for client in clients:
            client.sendall(bytes(70_000))
        daemon.wait_until(lambda: sum(bool(session.counts) for session in daemon.proxy.sessions.values()) >= 2)
    for client in clients:
        client.close()
    echo_backend.close()
    gc.collect()
    assert open_descriptors() <= before
