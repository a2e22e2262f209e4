"""Client sessions, many at once, that send small requests by the clock, whatever becomes of the answers."""

import contextlib
import gc
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType

from benchmarks.echo import GREETING
from benchmarks.errors import BenchmarkError

DEADLINE = 10.0  # seconds for each connect, and for the answer to the last request
MESSAGE_SIZE = 64  # bytes of a request, and of its answer
LEAD = 0.01  # seconds from the call to the first request
LARGEST_READ = 65_536  # bytes


@dataclass(frozen=True)
class Pace:
    """`rate` requests a second for `seconds`, over all sessions in turn, so that they are staggered evenly.

    The schedule is absolute: a late answer delays no later request. Unless `overlapping`, a request is left out whose
    session still waits for the answer to its last one.
    """

    rate: float
    seconds: float
    overlapping: bool = True


@dataclass
class Trips:
    """Seconds from sending a request to having its answer, and by how much each request left behind its schedule.

    `left_out` counts requests that were not sent, as in `Pace`.
    """

    seconds: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    left_out: int = 0


class Session:
    """One connection: its own request, when those were sent that are not answered, what came of the next answer."""

    __slots__ = ("answer", "message", "sent", "socket")

    def __init__(self, connected: socket.socket, ordinal: int) -> None:
        self.socket = connected
        self.message = f"{ordinal:<{MESSAGE_SIZE}}".encode()
        self.sent: deque[float] = deque()
        self.answer = b""

    def receive(self, trips: Trips) -> int:
        """Reads what has come; returns the number of requests that are answered now."""
        data = self.socket.recv(LARGEST_READ)
        now = time.perf_counter()
        if not data:
            raise BenchmarkError("a session ended before the client ended it")
        self.answer += data
        answered = len(self.answer) // MESSAGE_SIZE
        whole = answered * MESSAGE_SIZE
        if self.answer[:whole] != self.message * answered or answered > len(self.sent):
            raise BenchmarkError(f"a session was answered {self.answer[:whole]!r} instead of {self.message!r}")
        self.answer = self.answer[whole:]
        for _ in range(answered):
            trips.seconds.append(now - self.sent.popleft())
        return answered


class Clients:
    """Sessions from one thread, to be closed by leaving the block.

    Connect them before the backend of `echo.py`, or a proxy before it; every error is a BenchmarkError.
    """

    def __init__(self) -> None:
        # Before all sessions, so that its number is low: select() takes none above 1 023.
        self._poller = select.epoll()
        self.sessions: list[Session] = []
        self._by_number: dict[int, Session] = {}

    def __enter__(self) -> "Clients":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._poller.close()
        for session in self.sessions:
            session.socket.close()

    def connect(self, port: int, sessions: int) -> None:
        """Opens so many sessions more, one after the other; each is known to reach the backend by its greeting."""
        for _ in range(sessions):
            try:
                connected = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
                session = Session(connected, len(self.sessions))
                self.sessions.append(session)
                greeting = connected.recv(64)
            except OSError as exc:
                raise BenchmarkError(f"a session cannot be opened: {exc}") from exc
            if greeting != GREETING:
                raise BenchmarkError(f"a session was greeted by {greeting!r}")
            connected.setblocking(False)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._poller.register(connected, select.EPOLLIN)
            self._by_number[connected.fileno()] = session

    def ask_all(self) -> None:
        """One request and its answer on every session, one after the other."""
        for session in self.sessions:
            trips = Trips()
            self._send(session, trips, time.perf_counter())
            while not trips.seconds:
                self._receive(trips, 1, None)

    def tell_all(self) -> None:
        """One request on every session, which nobody answers: whether each is still open is all that is known."""
        for session in self.sessions:
            try:
                session.socket.send(session.message)
                said = session.socket.recv(1)
            except BlockingIOError:
                continue
            except OSError as exc:
                raise BenchmarkError(f"a session has failed: {exc}") from exc
            raise BenchmarkError(f"a session that was to be silent {f'said {said!r}' if said else 'has ended'}")

    def run(self, pace: Pace) -> Trips:
        """Sends all requests and waits for all answers; returns the trips, each list in ascending order."""
        trips = Trips()
        interval, total, sent = 1 / pace.rate, max(1, round(pace.rate * pace.seconds)), 0
        sessions, clock = self.sessions, time.perf_counter
        waiting = 0
        with _no_collections():
            start = due = clock() + LEAD
            while waiting or sent < total:
                while sent < total and due <= clock():
                    session = sessions[sent % len(sessions)]
                    if session.sent and not pace.overlapping:
                        trips.left_out += 1
                    else:
                        self._send(session, trips, due)
                        waiting += 1
                    sent += 1
                    due = start + sent * interval
                waiting -= self._receive(trips, waiting, due if sent < total else None)
        trips.seconds.sort()
        trips.late.sort()
        return trips

    def _send(self, session: Session, trips: Trips, due: float) -> None:
        now = time.perf_counter()
        try:
            session.socket.send(session.message)
        except OSError as exc:
            raise BenchmarkError(f"a session takes no more requests: {exc}") from exc
        session.sent.append(now)
        trips.late.append(now - due)

    def _receive(self, trips: Trips, waiting: int, due: float | None) -> int:
        """Waits until `due` or for answers; returns how many requests were answered. None: nothing else is due."""
        timeout = DEADLINE if due is None else max(0.0, due - time.perf_counter())
        # epoll's own timeout counts milliseconds; select's counts microseconds.
        if not select.select([self._poller], (), (), timeout)[0]:
            if due is None:
                raise BenchmarkError(f"{waiting} requests had no answer after {DEADLINE:g} seconds")
            return 0
        answered = 0
        for number, _ in self._poller.poll(0):
            try:
                answered += self._by_number[number].receive(trips)
            except OSError as exc:
                raise BenchmarkError(f"a session broke: {exc}") from exc
        return answered


@contextlib.contextmanager
def connected(port: int, sessions: int) -> Iterator[Clients]:
    """So many sessions, closed when the block is left."""
    with Clients() as clients:
        clients.connect(port, sessions)
        yield clients


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """No garbage collection inside: it would be a pause of the client, and look like one of the proxy."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
