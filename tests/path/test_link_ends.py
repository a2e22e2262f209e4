"""How sessions end while toxics hold bytes: what was held comes first, unless somebody resets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.handlers.tools import until_end
from tests.path.tools import SCRIPTED, body, reset, script, send_and_end
from tests.peers import receive_all, receive_exactly
from tests.running import DEADLINE
from tests.toxics.tools import DOWN, LONG, SLACK, STREAMS, UP, Ends, change, passes, session, timed, toxic
from vaurien import config
from vaurien.ini import Given

LATE = 80
BOTH = (toxic("latency", name="up", stream=UP, latency=LATE), toxic("latency", name="down", latency=LATE))
FOREVER = (toxic("latency", name="up", stream=UP, latency=LONG), toxic("latency", name="down", latency=LONG))


def wait_over(ends: Ends) -> dict[str, int]:
    """How the session has ended."""
    ends.daemon.wait_until(lambda: not ends.daemon.proxy.sessions, "the end of the session")
    return dict(ends.daemon.proxy.counters.ended)


# in good order


def test_a_half_close_still_brings_the_reply() -> None:
    question, answer = body(300_000, 1), body(300_000, 2)
    with session(*BOTH) as ends:
        send_and_end(ends.client, question)
        assert receive_all(ends.backend) == question
        send_and_end(ends.backend, answer)
        assert receive_all(ends.client) == answer
        assert wait_over(ends) == {"client closed": 1}


@pytest.mark.parametrize("stream", STREAMS)
def test_the_end_comes_behind_what_is_held(stream: str) -> None:
    with session(*BOTH) as ends:
        source, dest = ends.sides(stream)

        def said_and_heard() -> bytes:
            send_and_end(source, b"last words")
            return receive_all(dest)

        data, took = timed(said_and_heard)
        assert data == b"last words"
        assert took >= LATE / 1000


def test_the_end_comes_behind_what_a_slow_reader_has_not_taken() -> None:
    data = body(12_000_000)
    with session(toxic("noop"), small=True) as ends:
        speaker = threading.Thread(target=send_and_end, args=(ends.backend, data), daemon=True)
        speaker.start()
        ends.wait_held(DOWN, 1_000_000)
        assert receive_all(ends.client) == data
        speaker.join(DEADLINE)


@pytest.mark.parametrize("live", [(), (toxic("noop"),), (toxic("noop"), *FOREVER)], ids=["none", "other", "more"])
def test_toxics_that_change_while_the_end_is_held(live: tuple[Any, ...]) -> None:
    with session(*FOREVER) as ends:
        send_and_end(ends.backend, b"last words")
        ends.daemon.wait_until(lambda: ends.flow(DOWN).stopped, "the end to be read")
        ends.put(*live)
        if live:
            ends.put()
        assert receive_all(ends.client) == b"last words"
        ends.put(*FOREVER)
        ends.put()
        assert passes(ends, UP)


# resets


@pytest.mark.parametrize("stream", STREAMS)
def test_a_reset_is_a_reset_behind_what_is_held(stream: str) -> None:
    with session(*BOTH) as ends:
        source, dest = ends.sides(stream)
        source.sendall(b"last words")
        ends.wait_held(stream)
        start = time.monotonic()
        reset(source)
        heard, how = until_end(dest)
        assert how == "reset"
        assert heard in (b"last words", b"")  # a reset may overtake what its receiver has not read yet
        assert time.monotonic() - start < SLACK
        wait_over(ends)


def test_what_is_held_is_delivered_before_the_reset() -> None:
    """Seen by a receiver that reads in time."""
    with session(toxic("latency", latency=LATE), toxic("slow_close", delay=LATE)) as ends:
        ends.backend.sendall(b"last words")
        ends.wait_held(DOWN)
        reset(ends.backend)
        assert receive_exactly(ends.client, 10) == b"last words"
        assert until_end(ends.client) == (b"", "reset")


@pytest.mark.parametrize("both", [False, True], ids=["client", "client and backend"])
def test_a_peer_that_is_lost_while_toxics_hold_bytes_for_it(both: bool) -> None:
    with session(*BOTH) as ends:
        ends.backend.sendall(b"for nobody")
        ends.wait_held(DOWN)
        reset(ends.client)
        if both:
            reset(ends.backend)
        else:
            assert until_end(ends.backend)[1] == "reset"
        wait_over(ends)


# handlers that close


def once(act: Callable[[Any, Any], Any]) -> Callable[[Any, Any, bool], Any]:
    """A script that passes what it reads to the client on to the client, then does `act` on "!"."""

    def handler(client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
        data = source.recv(65536)
        if data == b"!":
            return act(client_sock, backend_sock)
        dest.sendall(data)
        return None

    return handler


@pytest.mark.parametrize(
    "act",
    [
        lambda client, backend: False,
        lambda client, backend: client.close(),
        lambda client, backend: backend.close(),
        lambda client, backend: (client.close(), backend.close())[0],
        lambda client, backend: 1 / 0,
        lambda client, backend: client.shutdown(socket.SHUT_RDWR),
    ],
    ids=["False", "client closed", "backend closed", "both closed", "raises", "shut down"],
)
def test_what_is_held_comes_before_the_close(act: Callable[[Any, Any], Any]) -> None:
    with script(once(act)), session(*BOTH, behavior=SCRIPTED) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        start = time.monotonic()
        ends.client.sendall(b"!")
        assert until_end(ends.client) == (b"held", "closed")
        ends.backend.close()
        wait_over(ends)
        assert time.monotonic() - start < SLACK


@pytest.mark.parametrize(
    ("behavior", "options"),
    [
        ("100:truncate", {"truncate.bytes": 4}),
        ("100:blackout", {"blackout.direction": "to_backend"}),
        ("100:half_close", {"half_close.direction": "to_client"}),
    ],
)
def test_built_in_handlers_that_end(behavior: str, options: dict[str, Any]) -> None:
    with session(*BOTH, behavior="100:dummy", options=options) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        with_behavior(ends, behavior, options)
        if "truncate" in behavior or "half_close" in behavior:
            ends.backend.sendall(b"more than that")
            heard, how = until_end(ends.client)
            assert heard.startswith(b"heldmore")
            assert len(heard) == (8 if "truncate" in behavior else 18)
        else:
            ends.client.sendall(b"?")
            heard, how = until_end(ends.client)
            assert heard == b"held"
        assert how == "closed"


def with_behavior(ends: Ends, behavior: str, options: dict[str, Any]) -> None:
    """Gives the proxy another behavior, and keeps its toxics."""
    sections: dict[str, Any] = {
        "vaurien": {
            "local": Given("127.0.0.1:0", ""), "distant": Given("127.0.0.1:9", ""), "behavior": Given(behavior, ""),
        }
    }  # fmt: skip
    for name, value in options.items():
        handler, _, option = name.rpartition(".")
        sections.setdefault(f"handler:{handler}", {})[option] = Given(str(value), "")
    built = next(iter(config.build({}, sections).proxies.values()))
    change(ends.daemon, behavior=built.behavior, handlers=built.handlers)


def test_an_abort_is_at_once() -> None:
    with session(*FOREVER, behavior="100:abort") as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        ends.client.sendall(b"?")
        heard, took = timed(lambda: until_end(ends.client))
        assert heard == (b"", "reset")
        assert took < SLACK
        assert until_end(ends.backend)[0] == b""
        wait_over(ends)


def test_an_abort_while_a_slow_reader_is_waited_for() -> None:
    """The watcher of a socket is off before its descriptor can be somebody else's."""
    with session(toxic("noop"), behavior="100:abort", small=True) as ends:
        with_behavior(ends, "100:dummy", {})
        speaker = threading.Thread(target=drowned, args=(ends.backend,), daemon=True)
        speaker.start()
        ends.wait_held(DOWN, 4_000_000)
        link = ends.daemon.do(lambda: ends.flow(DOWN).link)
        with_behavior(ends, "100:abort", {})
        ends.client.sendall(b"?")
        assert until_end(ends.client)[1] == "reset"
        wait_over(ends)
        assert link.outlet.writer is None
        ends.backend.shutdown(socket.SHUT_RDWR)
        speaker.join(DEADLINE)


def drowned(sock: socket.socket) -> None:
    """Says more than anybody takes."""
    try:
        while True:
            sock.sendall(bytes(65536))
    except OSError:
        pass


@pytest.mark.parametrize("lost", ["client", "backend", "both"])
@pytest.mark.parametrize("act", [lambda c, b: False, lambda c, b: c.close()], ids=["False", "client closed"])
def test_peers_that_are_lost_while_the_last_bytes_are_held(lost: str, act: Callable[[Any, Any], Any]) -> None:
    """The session has been told to end and waits for its toxics: it does not wait for those who have left."""
    with script(once(act)), session(*BOTH, behavior=SCRIPTED) as ends:
        ends.client.sendall(b"held up")
        ends.backend.sendall(b"held down")
        ends.wait_held(DOWN)
        ends.wait_held(UP)
        ends.client.sendall(b"!")
        for name in ("client", "backend"):
            if lost in (name, "both"):
                reset(getattr(ends, name))
        wait_over(ends)


def test_a_write_behind_the_end_is_a_broken_pipe() -> None:
    broken: list[OSError] = []

    def act(client_sock: Any, backend_sock: Any) -> None:
        client_sock.shutdown(socket.SHUT_WR)
        try:
            client_sock.sendall(b"too late")
        except OSError as exc:
            broken.append(exc)

    with script(once(act)), session(*BOTH, behavior=SCRIPTED) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        ends.client.sendall(b"!")
        assert until_end(ends.client) == (b"held", "closed")
        assert isinstance(broken[0], BrokenPipeError)


def test_a_call_that_goes_on_while_another_ends_the_session(caplog: pytest.LogCaptureFixture) -> None:
    """One handler waits for room, the other ends the session: no error of the first, and what was held comes first."""
    large = body(20_000_000)

    def handler(client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        if to_backend:
            client_sock.recv(65536)
            return False
        backend_sock.recv(65536)
        client_sock.sendall(large)
        return None

    with script(handler), session(toxic("noop"), behavior=SCRIPTED, small=True) as ends:
        ends.backend.sendall(b"?")
        ends.wait_held(DOWN, 8 << 20)
        ends.client.sendall(b"!")
        ends.daemon.wait_until(lambda: ends.flow(DOWN).session.finishing, "the end")
        heard, how = until_end(ends.client)
        assert how == "closed"
        assert heard == large[: len(heard)]
        assert len(heard) >= 8 << 20
        assert wait_over(ends) == {"ended by scripted": 1}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# by the operator


@pytest.mark.parametrize("chain", [FOREVER, (toxic("bandwidth", rate=0), toxic("slow_close", stream=UP, delay=LONG))])
def test_a_cut_is_at_once(chain: tuple[Any, ...]) -> None:
    with session(*chain) as ends:
        ends.backend.sendall(b"held")
        ends.client.sendall(b"held")
        ends.wait_held(DOWN)
        start = time.monotonic()
        ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
        assert until_end(ends.client) == (b"", "closed")
        assert until_end(ends.backend)[1] == "closed"
        assert time.monotonic() - start < SLACK


def test_the_daemon_stops_at_once() -> None:
    with session(*FOREVER) as ends:
        ends.backend.sendall(b"held")
        ends.wait_held(DOWN)
        _, took = timed(ends.daemon.stop)
        assert took < SLACK
        assert until_end(ends.client) == (b"", "closed")
