"""The client names rightly what a peer does to it."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

import pytest

from tests import peers
from tests.demo.hub import in_hub
from vaurien.address import Address
from vaurien.demo import client
from vaurien.demo.backend import ANSWER, Backend
from vaurien.demo.client import LATE, Kind, Outcome, ask, is_right


def take_request(sock: socket.socket) -> None:
    said = b""
    while b"\r\n\r\n" not in said:
        piece = sock.recv(4096)
        assert piece, f"the client left after {said!r}"
        said += piece
    assert said.startswith(b"GET / HTTP/1.0\r\n")


def answer_well(sock: socket.socket) -> None:
    take_request(sock)
    sock.sendall(ANSWER)


def answer_late(sock: socket.socket) -> None:
    take_request(sock)
    time.sleep(LATE)  # what is tested is that it has waited
    sock.sendall(ANSWER)


def answer_garbage(sock: socket.socket) -> None:
    take_request(sock)
    sock.sendall(bytes(len(ANSWER)))


def answer_nothing(sock: socket.socket) -> None:
    take_request(sock)


def reset(sock: socket.socket) -> None:
    take_request(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stay_silent(sock: socket.socket) -> None:
    take_request(sock)
    assert sock.recv(1) == b"", "the client says more than its request"


@pytest.mark.parametrize(
    ("serve", "kind"),
    [
        (answer_well, Kind.FINE),
        (answer_late, Kind.LATE),
        (answer_garbage, Kind.GARBAGE),
        (answer_nothing, Kind.GARBAGE),
        (reset, Kind.RESET),
        (stay_silent, Kind.LOST),
    ],
)
def test_what_a_peer_does_has_its_name(
    serve: Callable[[socket.socket], None], kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.5)
    with peers.backend(serve) as backend:
        outcome = in_hub(lambda: ask(Address.of(backend.address)))
    assert outcome.kind is kind
    assert outcome.seconds >= {Kind.LATE: LATE, Kind.LOST: 0.5}.get(kind, 0)


def test_nobody_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Address.of(listener.getsockname())
    assert in_hub(lambda: ask(address)).kind is Kind.LOST


@pytest.mark.parametrize(
    "answer", [b"", ANSWER[:-1], ANSWER + b"x", ANSWER.replace(b"200 OK", b"503 No"), ANSWER[1:], b"\r\n\r\n"]
)
def test_a_wrong_answer_is_seen(answer: bytes) -> None:
    assert is_right(ANSWER)
    assert not is_right(answer)


def test_the_demos_own_backend_answers_well() -> None:
    def asked() -> Outcome:
        backend = Backend()
        backend.start()
        try:
            return ask(backend.local)
        finally:
            backend.stop()

    assert in_hub(asked).kind is Kind.FINE
