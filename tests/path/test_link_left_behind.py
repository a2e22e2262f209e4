"""Of a session that toxics have acted on nothing is left: no alarm, watcher, greenlet, descriptor or reference."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests import peers
from tests.handlers.tools import until_end
from tests.path.leaks import check_nothing_is_left
from tests.path.tools import SCRIPTED, pass_on, reset, script, send_and_end, wait_no_sessions
from tests.peers import receive_exactly
from tests.running import Running, running
from tests.toxics.tools import DOWN, LONG, UP, put, session, toxic
from vaurien.session import Session
from vaurien.settings import ToxicSettings
from vaurien.toxics import FOREVER, Chunk, Steps, Toxic

CHAINS: dict[str, tuple[ToxicSettings, ...]] = {
    "latency": (toxic("latency", latency=5), toxic("latency", name="up", stream=UP, latency=5)),
    "held": (toxic("latency", latency=LONG),),
    "stalled": (toxic("bandwidth", rate=0, shared=True), toxic("limit_time", time=LONG)),
    "silent": (toxic("timeout", timeout=LONG), toxic("timeout", name="up", stream=UP, timeout=LONG)),
    "cut": (toxic("slicer", average_size=1, delay=1000), toxic("limit_data", bytes=3)),
    "reset": (toxic("reset_peer", timeout=5),),
    "late end": (toxic("slow_close", delay=LONG), toxic("slow_close", name="up", stream=UP, delay=LONG)),
    "late connect": (toxic("slow_open", delay=LONG),),
    "short": (toxic("limit_time", time=5), toxic("latency", latency=LONG)),
}


def leaves(daemon: Running) -> None:
    with daemon.connect() as client:
        client.sendall(b"question")


def half_closes(daemon: Running) -> None:
    with daemon.connect() as client:
        send_and_end(client, b"question")


def resets(daemon: Running) -> None:
    client = daemon.connect()
    client.sendall(b"question")
    reset(client)


def is_cut(daemon: Running) -> None:
    with daemon.connect() as client:
        client.sendall(b"question")
        daemon.wait_until(lambda: all(one.flows or one.alarm for one in daemon.proxy.sessions.values()), "a session")
        daemon.do(lambda: daemon.proxy.cut("test"))
        until_end(client)


def loses_its_toxics(daemon: Running) -> None:
    toxics = daemon.proxy.settings.toxics
    with daemon.connect() as client:
        client.sendall(b"question")
        daemon.wait_until(
            lambda: not daemon.proxy.sessions or any(one.flows or one.alarm for one in daemon.proxy.sessions.values())
        )
        put(daemon)
        put(daemon, *toxics)


KINDS: list[Callable[[Running], None]] = [leaves, half_closes, resets, is_cut, loses_its_toxics]


@pytest.mark.parametrize("behavior", ["100:dummy", SCRIPTED], ids=["relayed", "by a handler"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_after_sessions_of_all_kinds(
    chain: tuple[ToxicSettings, ...], kind: Callable[[Running], None], behavior: str
) -> None:
    with script(pass_on), peers.backend(peers.echo) as backend, running(backend.address, behavior) as daemon:
        shared = daemon.daemon.shared  # what is made once and kept: the clock's timer, greenlets for calls
        daemon.do(lambda: ([shared.workers.start(lambda: None) for _ in range(4)], shared.clock.sleep(0.001)))
        put(daemon, *chain)

        def come_and_go() -> None:
            kind(daemon)
            daemon.wait_until(lambda: daemon.proxy.counters.opened > 0)
            daemon.do(lambda: daemon.proxy.cut("test"))  # those that toxics hold for a minute

        check_nothing_is_left(daemon, come_and_go)
        assert living_alarms(daemon) == []


def living_alarms(daemon: Running) -> list[Any]:
    """The alarms that would still ring."""
    clock = daemon.daemon.shared.clock
    return daemon.do(lambda: [alarm for alarm in clock._alarms if alarm[2] is not None])


# a toxic of a user's that ends the session, by every way and from everywhere

WAYS: dict[str, Callable[[Toxic], None]] = {
    "close": lambda toxic: toxic.close(),
    "reset": lambda toxic: toxic.reset(),
    "end": lambda toxic: toxic.stage.link.flow.session.end("from inside"),
    "raise": lambda toxic: [][1],
    "exit": lambda toxic: exit_(),
}


def exit_() -> None:
    raise SystemExit(3)


class Ending(Toxic):
    """Ends the session in the callback, and in the way, that a test has asked for."""

    name = "ending"
    where = how = ""

    def act(self, where: str) -> None:
        if where == self.where:
            WAYS[self.how](self)


class Plain(Ending):
    def shape(self, chunk: Chunk) -> None:
        self.act("shape")

    def idle(self) -> None:
        self.act("idle")

    def ending(self, chunk: Chunk) -> None:
        self.act("ending")

    def changed(self) -> None:
        self.act("changed")

    def removed(self) -> None:
        self.act("removed")


class Generating(Ending):
    options = {"any": ("Any", int, 0)}

    def shape(self, chunk: Chunk) -> Steps:
        yield 0.001
        yield chunk.take(1)
        self.act("shape")
        yield b"behind it"
        yield 1000.0

    def idle(self) -> Steps:
        yield 0.001
        self.act("idle")
        yield FOREVER

    def ending(self, chunk: Chunk) -> Steps:
        yield 0.001
        self.act("ending")
        yield 1000.0

    def changed(self) -> None:
        self.act("changed")

    def removed(self) -> None:
        self.act("removed")


Plain.options = Generating.options


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("where", ["shape", "idle", "ending", "changed", "removed"])
@pytest.mark.parametrize("kind", [Plain, Generating])
@pytest.mark.parametrize("behavior", ["100:dummy", SCRIPTED], ids=["relayed", "by a handler"])
def test_a_session_may_end_inside_every_callback(
    kind: type[Ending], where: str, how: str, behavior: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ending, "where", "")
    monkeypatch.setattr(Ending, "how", how)
    with script(pass_on), session(toxic(kind), toxic("latency", latency=1), behavior=behavior) as ends:
        monkeypatch.setattr(Ending, "where", where)
        if where == "idle":
            ends.put(toxic(kind, any=1), toxic("latency", latency=1))
        elif where == "shape":
            ends.backend.sendall(b"bytes")
        elif where == "ending":
            ends.backend.shutdown(socket.SHUT_WR)
        elif where == "changed":
            ends.put(toxic(kind, any=1), toxic("latency", latency=1))
        else:
            ends.put(toxic("latency", latency=1))
        wait_no_sessions(ends.daemon)
        cause = {
            "close": "closed by toxic ending", "reset": "reset by toxic ending", "end": "from inside",
            "raise": "error in toxic ending", "exit": "error in toxic ending",
        }  # fmt: skip
        assert ends.daemon.proxy.counters.ended == {cause[how]: 1}
        assert until_end(ends.client)[1] == ("reset" if how == "reset" else "closed")
        assert living_alarms(ends.daemon) == []


class Stubborn(Toxic):
    """Raises when what it has under way is given up."""

    name = "stubborn"
    options = {"any": ("Any", int, 0)}

    def shape(self, chunk: Chunk) -> Steps:
        try:
            yield FOREVER
        finally:
            raise LookupError("not now")


@pytest.mark.parametrize("what", ["cut", "changed", "removed", "another chunk", "another order"])
def test_one_that_raises_when_it_is_given_up(what: str) -> None:
    with session(toxic(Stubborn), toxic("noop")) as ends:
        ends.backend.sendall(b"bytes")
        ends.wait_held(DOWN)
        if what == "cut":
            ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
        elif what == "changed":
            ends.put(toxic(Stubborn, any=1), toxic("noop"))
        elif what == "removed":
            ends.put(toxic("noop"))
        elif what == "another order":
            ends.put(toxic("noop"), toxic(Stubborn))
        else:
            ends.backend.sendall(b"more")
            reset(ends.client)
            reset(ends.backend)
            ends.daemon.do(lambda: ends.daemon.proxy.cut("test"))
        wait_no_sessions(ends.daemon)
        assert ends.daemon.proxy.counters.errors == 1


def test_no_reference_cycle_is_left_for_the_collector() -> None:
    def is_of_this_daemon(thing: object) -> bool:
        return type(thing) is Session and thing.proxy is daemon.proxy  # others' may wait for their collection yet

    chain = (toxic("latency", latency=LONG), toxic("slicer", average_size=2), toxic("limit_data", bytes=2))
    with peers.backend(peers.echo) as backend, running(backend.address) as daemon:
        put(daemon, *chain)
        is_cut(daemon)
        wait_no_sessions(daemon)
        gc.collect()
        gc.disable()
        try:
            for run in (is_cut, leaves, is_cut):
                run(daemon)
                daemon.do(lambda: daemon.proxy.cut("test"))
                wait_no_sessions(daemon)
            left = daemon.do(lambda: sum(map(is_of_this_daemon, gc.get_objects())))
        finally:
            gc.enable()
        assert left == 0


def test_links_that_have_gone_leave_nothing() -> None:
    """A session that lives on keeps nothing of toxics that came and went."""

    def stages() -> int:
        gc.collect()
        return sum(type(thing).__name__ in ("Stage", "Link", "Outlet") for thing in gc.get_objects())

    with session() as ends:
        before = ends.daemon.do(stages)
        for _ in range(50):
            ends.put(toxic("latency", latency=LONG), toxic("limit_time", time=LONG))
            ends.backend.sendall(b"x")
            ends.wait_held(DOWN)
            ends.put()
            receive_exactly(ends.client, 1)
            ends.wait_fast(DOWN)
        assert living_alarms(ends.daemon) == []

        assert ends.daemon.do(stages) <= before  # others' may wait for their collection yet
