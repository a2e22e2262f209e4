"""What holds for plain sessions holds for those in TLS: all bytes arrive, and every kind of end is what it was."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from tests import peers
from tests.path.leaks import check_nothing_is_left
from tests.path.tools import body, how_it_ends, reset, together, wait_no_sessions
from tests.peers import Backend, echo, receive_all, receive_exactly
from tests.running import DEADLINE, Running, running
from tests.tls.files import Files
from tests.tls.speaker import Speaker, speaking

SIDES = ("client", "backend", "both")
all_sides = pytest.mark.parametrize("side", SIDES)
WAYS = {"dummy": "100:dummy", "handler": "100:tests.path.tools.PassOn", "delay": "100:delay"}


@contextmanager
def between(files: Files, side: str, serve: Any, behavior: str = "", **more: Any) -> Iterator[tuple[Running, Backend]]:
    """A daemon that has TLS on one side or on both, before a backend that does what `serve` does."""
    options: dict[str, Any] = {}
    if side != "backend":
        options["tls_cert"] = files.cert
    if side != "client":
        options |= {"distant_tls": "yes", "distant_ca": files.ca}
        serve = speaking(serve, files.server())
    with (
        peers.backend(serve) as server,
        running(server.address, behavior, {"delay.sleep": 0}, **options, **more) as daemon,
    ):
        yield daemon, server


def client_of(daemon: Running, files: Files, side: str) -> Any:
    """A client's connection, of TLS where the daemon wants that."""
    sock = daemon.connect()
    return sock if side == "backend" else Speaker(sock, files.client(), "localhost")


def lost(connection: Any) -> None:
    """Resets it."""
    reset(connection.sock if isinstance(connection, Speaker) else connection)


@all_sides
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_all_bytes_arrive(files: Files, side: str, way: str) -> None:
    with between(files, side, echo, way) as (daemon, _), client_of(daemon, files, side) as client:
        for size in (1, 100, 16_384, 70_000, 300_000):
            said = body(size)
            _, heard = together(
                lambda said=said: client.sendall(said), lambda said=said: receive_exactly(client, len(said))
            )
            assert heard == said


@all_sides
def test_bulk_both_ways(files: Files, side: str) -> None:
    said = body(20_000_000)
    with between(files, side, echo) as (daemon, _), client_of(daemon, files, side) as client:

        def speak() -> None:
            for start in range(0, len(said), 500_000):
                client.sendall(said[start : start + 500_000])
            client.shutdown(socket.SHUT_WR)

        _, heard = together(speak, lambda: receive_all(client))
        assert heard == said


@all_sides
def test_the_client_half_closes_and_is_answered(files: Files, side: str) -> None:
    def serve(sock: Any) -> None:
        sock.sendall(body(1_000_000, seed=1))  # on its way while the client says its end
        sock.sendall(b"%d" % len(receive_all(sock)))
        sock.shutdown(socket.SHUT_WR)

    with between(files, side, serve) as (daemon, _), client_of(daemon, files, side) as client:
        client.sendall(body(500_000))
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client) == body(1_000_000, seed=1) + b"500000"


@all_sides
def test_the_backend_half_closes_and_goes_on_to_listen(files: Files, side: str) -> None:
    heard: SimpleQueue[bytes] = SimpleQueue()

    def serve(sock: Any) -> None:
        sock.sendall(b"all I say")
        sock.shutdown(socket.SHUT_WR)
        heard.put(receive_all(sock))

    with between(files, side, serve) as (daemon, _), client_of(daemon, files, side) as client:
        assert receive_all(client) == b"all I say"
        client.sendall(body(500_000))
        client.shutdown(socket.SHUT_WR)
        assert heard.get(timeout=DEADLINE) == body(500_000)
        wait_no_sessions(daemon)


@all_sides
def test_the_client_resets(files: Files, side: str) -> None:
    seen: SimpleQueue[str] = SimpleQueue()

    def serve(sock: Any) -> None:
        sock.sendall(b"hello")
        seen.put(how_it_ends(sock))

    with between(files, side, serve) as (daemon, _):
        client = client_of(daemon, files, side)
        receive_exactly(client, 5)
        client.sendall(b"something")
        lost(client)
        assert seen.get(timeout=DEADLINE) == "reset"
        wait_no_sessions(daemon)


@all_sides
def test_the_backend_resets(files: Files, side: str) -> None:
    def serve(sock: Any) -> None:
        receive_exactly(sock, 5)
        lost(sock)

    with between(files, side, serve) as (daemon, _), client_of(daemon, files, side) as client:
        client.sendall(b"hello")
        assert how_it_ends(client) == "reset"
        wait_no_sessions(daemon)


@all_sides
def test_a_handler_resets(files: Files, side: str) -> None:
    with between(files, side, echo, "100:abort") as (daemon, _), client_of(daemon, files, side) as client:
        client.sendall(b"hello")
        assert how_it_ends(client) == "reset"


@all_sides
def test_a_handler_closes(files: Files, side: str) -> None:
    with between(files, side, echo, "100:blackout") as (daemon, _), client_of(daemon, files, side) as client:
        client.sendall(b"hello")
        assert how_it_ends(client) == "end"


@all_sides
@pytest.mark.parametrize("leave", ["closes", "resets"])
def test_a_client_leaves_while_a_handler_hangs(files: Files, side: str, leave: str) -> None:
    with between(files, side, echo, "100:hang") as (daemon, _):
        client = client_of(daemon, files, side)
        client.sendall(b"hello")
        daemon.wait_until(lambda: daemon.proxy.counters.calls.get("hang"), "the call")
        if leave == "resets":
            lost(client)
        else:
            client.close()
        wait_no_sessions(daemon)
        daemon.wait_until(lambda: not len(daemon.daemon.shared.tunnels), "the end of all tunnels")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_half_closes_are_the_same_in_each_version(files: Files, version: ssl.TLSVersion) -> None:
    context = files.client()
    context.maximum_version = version

    def serve(sock: Any) -> None:
        sock.sendall(body(1_000_000, seed=1))
        sock.sendall(b"%d" % len(receive_all(sock)))

    with (
        peers.backend(serve) as server,
        running(server.address, tls_cert=files.cert) as daemon,
        daemon.connect() as sock,
        Speaker(sock, context, "localhost") as client,
    ):
        client.sendall(body(500_000))
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client) == body(1_000_000, seed=1) + b"500000"


def test_a_client_of_pythons_ssl_says_and_gets_the_last_word(files: Files, echo_backend: Backend) -> None:
    with running(echo_backend.address, tls_cert=files.cert) as daemon, daemon.connect() as sock:
        client = files.client().wrap_socket(sock, server_hostname="localhost")
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
        client.unwrap().close()  # it waits for the other's last word


def test_a_backend_that_refuses_an_upload_is_heard(files: Files) -> None:
    """It says so, and closes with most of it unread, so that what comes then is answered with a reset."""

    def serve(sock: Any) -> None:
        receive_exactly(sock, 100)
        sock.sendall(b"too large")

    with between(files, "both", serve) as (daemon, _), client_of(daemon, files, "both") as client:
        client.sendall(b"x" * 100)
        assert receive_exactly(client, 9) == b"too large"


@all_sides
def test_nothing_is_left(files: Files, side: str) -> None:
    with between(files, side, echo) as (daemon, _):

        def in_order() -> None:
            with client_of(daemon, files, side) as client:
                client.sendall(b"hello")
                client.shutdown(socket.SHUT_WR)
                assert receive_all(client) == b"hello"

        def lost_in_the_middle() -> None:
            client = client_of(daemon, files, side)
            client.sendall(body(200_000))
            lost(client)

        check_nothing_is_left(daemon, in_order)
        check_nothing_is_left(daemon, lost_in_the_middle)
        daemon.wait_until(lambda: not len(daemon.daemon.shared.tunnels), "the end of all tunnels")
