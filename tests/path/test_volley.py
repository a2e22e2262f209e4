"""Several writes by one call: the same bytes as with one call each, and as many writes."""

import socket
from collections.abc import Iterator

import pytest

from tests.peers import receive_all
from vaurien.volley import MOST, Volley

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two connected sockets that keep apart what was written apart."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with one, other:
        one.setblocking(False)
        other.setblocking(False)
        yield one, other


@pytest.fixture
def volley() -> Volley:
    made = Volley.make()
    if made is None:
        pytest.skip("there is no sendmmsg here that could be relied on")
    return made


def test_each_piece_is_a_write_of_its_own(pair: Pair, volley: Volley) -> None:
    pieces = [bytes([number]) * (number + 1) for number in range(MOST)]
    sent = volley.send(pair[0].fileno(), list(map(len, pieces[:50])), b"".join(pieces[:50]))
    assert [pair[1].recv(1000) for _ in range(50)] == pieces[:50]
    assert sent == sum(map(len, pieces[:50]))


def test_it_serves_one_socket_after_the_other(volley: Volley) -> None:
    for sizes in ([3, 4], [MOST] * MOST, [1]):
        one, other = socket.socketpair()
        with one, other:
            data = bytes(range(256)) * (sum(sizes) // 256 + 1)
            assert volley.send(one.fileno(), sizes, data[: sum(sizes)]) == sum(sizes)
            assert other.recv(sum(sizes), socket.MSG_WAITALL) == data[: sum(sizes)]


def fill(sock: socket.socket, volley: Volley) -> bytes:
    """Writes until there is no more room; what was taken of it."""
    data = bytes(range(251)) * 4 * MOST
    taken = b""
    try:
        while True:
            sent = volley.send(sock.fileno(), [251 * 4] * MOST, data)
            taken += data[:sent]
            assert len(taken) < 1 << 28
    except BlockingIOError:
        return taken


def test_it_says_how_much_there_was_room_for(volley: Volley) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as one:
        other, _ = listener.accept()
        with other:
            one.setblocking(False)
            taken = fill(one, volley)
            one.shutdown(socket.SHUT_WR)
            assert receive_all(other) == taken


def test_a_peer_that_has_left_is_an_error(volley: Volley) -> None:
    one, other = socket.socketpair()
    with one:
        other.close()
        with pytest.raises(BrokenPipeError):
            volley.send(one.fileno(), [1, 1], b"ab")


@pytest.mark.parametrize(("system", "library", "release"), [
    ("darwin", ("glibc", "2.36"), "6.1.0"), ("linux", ("", ""), "6.1.0"), ("linux", ("glibc", "2.36"), "4.8.0-x"),
])  # fmt: skip
def test_not_everywhere(monkeypatch: pytest.MonkeyPatch, system: str, library: tuple[str, str], release: str) -> None:
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.libc_ver", lambda: library)
    monkeypatch.setattr("platform.release", lambda: release)
    assert Volley.make() is None
