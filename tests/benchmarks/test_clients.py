"""The client that sends by the clock, against its own backend and against ones that do it wrong."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import backends, clients
from benchmarks.clients import MESSAGE_SIZE, Pace, Session, Trips, connected
from benchmarks.echo import GREETING
from benchmarks.errors import BenchmarkError
from benchmarks.loads import paced
from benchmarks.peers import Endpoint
from tests.peers import backend, receive_exactly


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """That of the benchmark's own backend."""
    with backends.echo(tmp_path) as (_, found):
        yield found


def greeting(answer: Callable[[socket.socket, bytes], None]) -> Callable[[socket.socket], None]:
    """A backend that greets, and then gives each request to `answer`."""

    def serve(sock: socket.socket) -> None:
        sock.sendall(GREETING)
        while request := sock.recv(MESSAGE_SIZE, socket.MSG_WAITALL):
            answer(sock, request)

    return serve


def test_every_request_is_sent_and_answered_in_time(port: int) -> None:
    with connected(port, 7) as group:
        group.ask_all()
        started = time.perf_counter()
        trips = group.run(Pace(rate=500, seconds=0.4))
        assert time.perf_counter() - started >= 0.398  # the last one is due then
    assert len(trips.seconds) == len(trips.late) == 200
    assert trips.seconds == sorted(trips.seconds)
    assert trips.late == sorted(trips.late)
    assert trips.seconds[0] > 0
    assert trips.late[0] >= 0  # nothing is sent before its time
    assert trips.left_out == 0


def test_requests_go_to_the_sessions_in_turn() -> None:
    seen: dict[int, list[bytes]] = {}

    def answer(sock: socket.socket, request: bytes) -> None:
        seen.setdefault(sock.fileno(), []).append(request)
        sock.sendall(request)

    with backend(greeting(answer)) as server, connected(server.address[1], 3) as group:
        group.run(Pace(rate=1_000, seconds=0.012))
    assert [len(requests) for requests in seen.values()] == [4, 4, 4]
    assert all(len(set(requests)) == 1 for requests in seen.values())


def test_a_late_answer_delays_no_later_request_and_counts_as_long_as_it_took() -> None:
    come = threading.Semaphore(0)

    def answer(sock: socket.socket, request: bytes) -> None:
        come.release()
        if request.startswith(b"0"):
            for _ in range(10):
                assert come.acquire(timeout=10)  # until all others have come, too
        sock.sendall(request)

    with backend(greeting(answer)) as server, connected(server.address[1], 10) as group:
        trips = group.run(Pace(rate=100, seconds=0.1))
    assert len(trips.seconds) == 10
    # The first is answered after the last was sent, 90 ms later, unless the first was sent late itself.
    assert trips.seconds[-1] >= 0.089 - max(trips.late)
    assert trips.seconds[-2] < trips.seconds[-1]


def test_the_schedule_is_absolute(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    receive, pauses = Session.receive, iter([0.05])

    def receive_slowly(session: Session, trips: Trips) -> int:
        time.sleep(next(pauses, 0.0))  # as if the client had no processor
        return receive(session, trips)

    monkeypatch.setattr(Session, "receive", receive_slowly)
    with connected(port, 1) as group:
        trips = group.run(Pace(rate=200, seconds=0.1))
    assert len(trips.seconds) == 20
    assert sum(late > 0.005 for late in trips.late) >= 8  # all that were due in the pause, and not the first alone


def test_requests_overlap() -> None:
    def serve(sock: socket.socket) -> None:
        sock.sendall(GREETING)
        sock.sendall(receive_exactly(sock, 5 * MESSAGE_SIZE))  # no answer before all requests have come
        assert not sock.recv(1)

    with backend(serve) as server, connected(server.address[1], 1) as group:
        trips = group.run(Pace(rate=100, seconds=0.05))
    assert (len(trips.seconds), trips.left_out) == (5, 0)
    assert trips.seconds[-1] >= 0.039 - max(trips.late)  # the first of them may be sent late


def test_requests_that_would_overlap_are_left_out_if_they_must_not() -> None:
    seen: list[bytes] = []

    def answer(sock: socket.socket, request: bytes) -> None:
        seen.append(request)
        sock.sendall(request)

    with backend(greeting(answer)) as server, connected(server.address[1], 2) as group:
        first = group.sessions[0]
        first.sent.append(time.perf_counter())  # as if one were on its way
        trips = group.run(Pace(rate=100, seconds=0.04, overlapping=False))
        assert (len(trips.seconds), trips.left_out) == (2, 2)
    assert [request[:1] for request in seen] == [b"1", b"1"]


def test_answers_come_in_any_pieces() -> None:
    def answer(sock: socket.socket, request: bytes) -> None:
        second = receive_exactly(sock, MESSAGE_SIZE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        both = request + second
        for piece in (both[:10], both[10:100], both[100:]):
            sock.sendall(piece)

    with backend(greeting(answer)) as server, connected(server.address[1], 1) as group:
        assert len(group.run(Pace(rate=1_000, seconds=0.006)).seconds) == 6


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda sock, request: sock.sendall(b"x" * MESSAGE_SIZE), "a session was answered b'xxx"),
        (lambda sock, request: sock.sendall(request * 2), "a session was answered b'0   "),
        (lambda sock, request: sock.shutdown(socket.SHUT_RDWR), "a session ended before the client ended it"),
        (lambda sock, request: None, "1 requests had no answer after 0.1 seconds"),
    ],
)
def test_whatever_is_wrong_fails(
    answer: Callable[[socket.socket, bytes], None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with backend(greeting(answer)) as server, connected(server.address[1], 1) as group:
        monkeypatch.setattr(clients, "DEADLINE", 0.1)
        with pytest.raises(BenchmarkError) as caught:
            group.run(Pace(rate=10, seconds=0.1))
    assert str(caught.value).startswith(said)


def test_a_session_that_is_not_greeted_is_none() -> None:
    with backend(lambda sock: None) as server, pytest.raises(BenchmarkError, match="greeted by b''"):  # noqa: SIM117
        with connected(server.address[1], 1):
            pass
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(BenchmarkError, match="a session cannot be opened"), connected(port, 1):
        pass


def test_a_client_that_does_not_keep_up_has_no_figures(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(port, 1) as group:
        trips, figures = paced(Endpoint(port), group, Pace(rate=100, seconds=0.1))
        assert (len(trips.seconds), figures) == (10, {})  # no proxy, no processor time
        monkeypatch.setattr("benchmarks.loads.LATEST", -1.0)
        with pytest.raises(BenchmarkError, match="the machine is too busy"):
            paced(Endpoint(port), group, Pace(rate=100, seconds=0.1))
