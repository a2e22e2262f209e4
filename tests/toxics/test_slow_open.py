"""slow_open: the backend is reached late."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.handlers.tools import until_end
from tests.path.tools import reset, send_and_end, wait_no_sessions
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE, Running, running
from tests.toxics.tools import LONG, SLACK, STREAMS, put, toxic
from vaurien.settings import ToxicSettings
from vaurien.toxics import Toxic
from vaurien.toxics.slow_open import SlowOpen


@contextmanager
def before(*toxics: ToxicSettings) -> Iterator[tuple[Running, socket.socket]]:
    """A daemon with toxics, and the listener that it sends to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        with running(listener.getsockname()) as daemon:
            put(daemon, *toxics)
            yield daemon, listener


def wait_holding(daemon: Running) -> None:
    daemon.wait_until(lambda: any(one.alarm for one in daemon.proxy.sessions.values()), "a connect held back")


@pytest.mark.parametrize("stream", STREAMS)
def test_the_connect_is_late_whatever_the_stream(stream: str) -> None:
    with before(toxic("slow_open", delay=120, stream=stream)) as (daemon, listener):
        start = time.monotonic()
        with daemon.connect() as client:
            client.sendall(b"early")
            backend, _ = listener.accept()
            with backend:
                assert 0.12 <= time.monotonic() - start < 0.12 + SLACK
                backend.settimeout(DEADLINE)
                assert receive_exactly(backend, 5) == b"early"


def test_by_default_it_is_not_late() -> None:
    assert SlowOpen.options["delay"].default == 0
    with before(toxic("slow_open")) as (daemon, listener), daemon.connect():
        listener.accept()[0].close()


def test_two_of_them_add_up() -> None:
    two = [toxic("slow_open", name=name, delay=60) for name in ("one", "two")]
    with before(*two) as (daemon, listener):
        start = time.monotonic()
        with daemon.connect():
            listener.accept()[0].close()
            assert time.monotonic() - start >= 0.12


@pytest.mark.parametrize("live", [(), (toxic("slow_open", delay=0),)], ids=["removed", "changed"])
def test_a_held_connect_goes_on_at_once_when_that_changes(live: tuple[ToxicSettings, ...]) -> None:
    with before(toxic("slow_open", delay=LONG)) as (daemon, listener), daemon.connect():
        wait_holding(daemon)
        put(daemon, *live)
        listener.accept()[0].close()


def test_longer_holds_longer_from_the_accept() -> None:
    with before(toxic("slow_open", delay=LONG)) as (daemon, listener):
        start = time.monotonic()
        with daemon.connect():
            wait_holding(daemon)
            put(daemon, toxic("slow_open", delay=150))
            listener.accept()[0].close()
            assert 0.15 <= time.monotonic() - start < 0.15 + SLACK


def test_sessions_that_are_open_do_not_care() -> None:
    with before() as (daemon, listener), daemon.connect() as client:
        backend, _ = listener.accept()
        with backend:
            backend.settimeout(DEADLINE)
            put(daemon, toxic("slow_open", delay=LONG))
            client.sendall(b"hello")
            assert receive_exactly(backend, 5) == b"hello"


def test_with_toxicity_0_nobody_waits() -> None:
    with before(toxic("slow_open", delay=LONG, toxicity=0)) as (daemon, listener), daemon.connect():
        listener.accept()[0].close()


def test_a_cut_while_it_holds_leaves_no_alarm() -> None:
    with before(toxic("slow_open", delay=LONG)) as (daemon, _), daemon.connect() as client:
        wait_holding(daemon)
        daemon.do(lambda: daemon.proxy.cut("test"))
        assert until_end(client) == (b"", "closed")
        clock = daemon.daemon.shared.clock
        assert daemon.do(lambda: [alarm for alarm in clock._alarms if alarm[2] is not None]) == []


def test_a_client_that_leaves_meanwhile_ends_the_session_and_nobody_is_dialled() -> None:
    with before(toxic("slow_open", delay=LONG)) as (daemon, listener):
        with daemon.connect():
            wait_holding(daemon)
        wait_no_sessions(daemon)
        assert daemon.proxy.counters.ended == {"client left before the backend was contacted": 1}
        put(daemon)
        with daemon.connect() as client:
            client.sendall(b"the first")
            backend, _ = listener.accept()
            with backend:
                assert receive_exactly(backend, 9) == b"the first"


@pytest.mark.parametrize("said", [b"", b"asked"])
@pytest.mark.parametrize("ended", [False, True], ids=["open", "half-closed"])
def test_one_that_resets_too_whatever_it_has_said(said: bytes, ended: bool) -> None:
    with before(toxic("slow_open", delay=LONG)) as (daemon, _):
        client = daemon.connect()
        wait_holding(daemon)
        client.sendall(said)
        if ended and said:
            client.shutdown(socket.SHUT_WR)
        reset(client)
        wait_no_sessions(daemon)
        assert daemon.proxy.counters.ended == {"client reset": 1}


def test_one_that_has_asked_and_half_closed_gets_its_answer() -> None:
    with before(toxic("slow_open", delay=300)) as (daemon, listener), daemon.connect() as client:
        wait_holding(daemon)
        send_and_end(client, b"question")
        backend, _ = listener.accept()
        with backend:
            assert receive_all(backend) == b"question"
            send_and_end(backend, b"answer")
            assert receive_all(client) == b"answer"


class Raising(Toxic):
    name = "raising"

    def opening(self) -> float:
        raise LookupError("no idea")


class Nonsense(Toxic):
    name = "nonsense"

    def opening(self) -> float:
        return float("nan")


class Text(Toxic):
    name = "text"

    def opening(self) -> float:
        return "soon"  # type: ignore[return-value]


@pytest.mark.parametrize(("kind", "fault"), [(Raising, "LookupError"), (Nonsense, "TypeError"), (Text, "TypeError")])
def test_one_that_fails_ends_the_session_and_is_named(kind: type[Toxic], fault: str, errors: object) -> None:
    with before(toxic(kind)) as (daemon, listener):
        with daemon.connect() as client:
            assert until_end(client)[0] == b""
        wait_no_sessions(daemon)
        assert daemon.proxy.counters.ended == {f"error in toxic {kind.name}": 1}
        assert [record.getMessage() for record in errors()] == [f"toxic {kind.name} raised {fault}"]  # type: ignore[operator]
        put(daemon)
        with daemon.connect():
            listener.accept()[0].close()
