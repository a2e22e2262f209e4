"""Toxics that come, change and go while bytes flow: none is lost, doubled or misplaced."""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import gevent
import pytest

from tests.path.tools import SCRIPTED, body, script, together
from tests.peers import receive_exactly
from tests.running import DEADLINE
from tests.toxics.tools import DOWN, LONG, STREAMS, UP, Ends, change, nothing_comes, passes, session, toxic
from vaurien.handlers import BaseHandler
from vaurien.hooks import Hook, Message, Reply
from vaurien.settings import ToxicSettings

BLOCK = 999_983
"""A prime, so that no buffer's size is in step with it."""
ROUND = body(BLOCK, seed=7)
PATTERN = ROUND + ROUND[:65536]


def said(place: int, size: int) -> bytes:
    """What stands at `place` of an endless stream: a byte that is lost, doubled or in the wrong place is seen."""
    start = place % BLOCK
    return PATTERN[start : start + size]


class Load:
    """Says an endless stream into one direction of a session, and checks what comes out of it."""

    def __init__(self, ends: Ends, stream: str, slow: bool = False) -> None:
        self.source, self.dest = ends.sides(stream)
        self.slow = slow
        self.over = threading.Event()
        self.said = self.heard = 0

    def speak(self) -> None:
        sizes = itertools.cycle([65536, 1, 60_000, 777, 65536, 65536, 13])
        while not self.over.is_set():
            piece = said(self.said, next(sizes))
            self.source.sendall(piece)
            self.said += len(piece)
        self.source.shutdown(socket.SHUT_WR)

    def listen(self) -> None:
        chance = random.Random(1)
        while piece := self.dest.recv(65536):
            assert piece == said(self.heard, len(piece)), f"wrong bytes at {self.heard}"
            self.heard += len(piece)
            if self.slow and chance.random() < 0.05:
                time.sleep(0.002)  # a slow reader: pipes and buffers fill
        assert self.heard == self.said or not self.over.is_set()


def run(ends: Ends, *streams: str, slow: bool = False, work: Callable[[], Any]) -> list[Load]:
    """Does `work` while both directions are under load; then all that was said must have been heard."""
    loads = [Load(ends, stream, slow) for stream in streams]

    def act() -> None:
        try:
            work()
        finally:
            for load in loads:
                load.over.set()

    together(act, *itertools.chain(*((load.speak, load.listen) for load in loads)), deadline=DEADLINE * 25)
    assert all(load.said == load.heard > 0 for load in loads)
    return loads


def quick(name: str, stream: str) -> ToxicSettings:
    return toxic("latency", name=name, stream=stream, latency=1)


BOTH = (toxic("noop", name="up", stream=UP), toxic("noop", name="down", stream=DOWN))
LATE = (quick("up", UP), quick("down", DOWN))
CUT = (toxic("slicer", name="up", stream=UP, average_size=20_000), toxic("slicer", name="down", average_size=20_000))


def is_spliced(ends: Ends, stream: str) -> bool:
    flow = ends.flow(stream)
    return flow.link is None and (flow.bulk or flow.pipe is not None)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("slow", "times"), [(False, 1000), (True, 300)], ids=["quick readers", "slow readers"])
def test_the_first_comes_and_the_last_goes_a_thousand_times(slow: bool, times: int) -> None:
    """Each round finds the session on the fast path in both directions, and brings it back there."""
    with session(small=slow) as ends:

        def work() -> None:
            kinds = itertools.cycle([BOTH, LATE, CUT, LATE])
            for number in range(times):
                ends.put(*next(kinds))
                ends.put()
                for stream in STREAMS:
                    ends.wait_fast(stream)
                if number % 20 == 0 and not slow:
                    ends.daemon.wait_until(lambda: is_spliced(ends, DOWN), "splicing")

        run(ends, UP, DOWN, slow=slow, work=work)


def test_removed_from_full_speed_it_splices_again_each_time() -> None:
    with session() as ends:

        def work() -> None:
            for _ in range(30):
                ends.daemon.wait_until(lambda: is_spliced(ends, DOWN), "splicing")
                ends.put(quick("down", DOWN))
                assert ends.daemon.do(lambda: ends.flow(DOWN).link is not None)
                ends.put()
                ends.wait_fast(DOWN)

        run(ends, DOWN, work=work)


@pytest.mark.parametrize("slow", [False, True], ids=["quick readers", "slow readers"])
def test_chains_that_grow_shrink_and_change_their_order(slow: bool) -> None:
    names = ["a", "b", "c", "d"]
    makers: list[Callable[[str, str], ToxicSettings]] = [
        lambda name, stream: toxic("latency", name=f"{name}_{stream}", stream=stream, latency=2, jitter=2),
        lambda name, stream: toxic("slicer", name=f"{name}_{stream}", stream=stream, average_size=5000, delay=10),
        lambda name, stream: toxic("bandwidth", name=f"{name}_{stream}", stream=stream, rate=100_000),
        lambda name, stream: toxic("noop", name=f"{name}_{stream}", stream=stream),
    ]
    chance = random.Random(11)
    with session(small=slow) as ends:

        def work() -> None:
            for _ in range(200):
                chain = chance.sample(names, chance.randrange(5))
                ends.put(*[makers[names.index(name)](name, stream) for stream in STREAMS for name in chain])

        run(ends, UP, DOWN, slow=slow, work=work)


def test_changed_options_under_load() -> None:
    with session() as ends:

        def work() -> None:
            for number in range(200):
                ends.put(
                    toxic("latency", stream=UP, name="up", latency=number % 3),
                    toxic("slicer", average_size=1000 + number, name="down"),
                    toxic("bandwidth", rate=50_000 + number),
                )

        run(ends, UP, DOWN, work=work)


@pytest.mark.parametrize("behavior", ["100:delay", "100:drip", "50:delay,50:tests.path.tools.PassOn"])
@pytest.mark.parametrize("slow", [False, True], ids=["quick readers", "slow readers"])
def test_while_handlers_work(behavior: str, slow: bool) -> None:
    options: dict[str, Any] = {}
    if "delay" in behavior:
        options["delay.sleep"] = 0.0005
    if "drip" in behavior:
        options |= {"drip.bytes": 20_000, "drip.interval": 0.0005}
    with session(behavior=behavior, options=options, small=slow) as ends:

        def work() -> None:
            kinds = itertools.cycle([BOTH, LATE, CUT])
            for _ in range(150):
                ends.put(*next(kinds))
                ends.put()

        run(ends, UP, DOWN, slow=slow, work=work)


def test_while_a_handler_sends_much_at_once() -> None:
    """Its `sendall` waits for the socket when the first toxic comes, and for the link when the last goes."""
    large = body(5_000_000)

    def answer(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        client_sock.recv(65536)
        client_sock.sendall(large)

    with script(answer), session(behavior=SCRIPTED, small=True) as ends:
        for _ in range(5):
            ends.client.sendall(b"?")

            def work() -> None:
                for _ in range(20):
                    ends.put(*LATE)
                    ends.put()

            heard, _ = together(lambda: receive_exactly(ends.client, len(large)), work)
            assert heard == large


class Answering(Hook):
    """Answers each request itself, with a large reply."""

    name = "answering"

    def before(self, call: Any) -> Any:
        return Reply(large_reply(call.data)) if call.to_backend else None


class Filtering(Hook):
    """Changes nothing, but sees all."""

    name = "filtering"

    def incoming(self, message: Message) -> Message:
        return message

    def outgoing(self, message: Message) -> Message:
        return message


def large_reply(question: bytes) -> bytes:
    return question[:1] * 3_000_000


def test_while_hooks_answer() -> None:
    with session(hooks=f"{__name__}.Answering", small=True) as ends:
        for letter in b"abcd":
            question = bytes([letter])
            ends.client.sendall(question)

            def work() -> None:
                for _ in range(20):
                    ends.put(*LATE)
                    ends.put()

            heard, _ = together(lambda: receive_exactly(ends.client, 3_000_000), work)
            assert heard == large_reply(question)


def test_while_filters_see_all() -> None:
    with session(hooks=f"{__name__}.Filtering") as ends:

        def work() -> None:
            for _ in range(100):
                ends.put(*LATE)
                ends.put()

        run(ends, UP, DOWN, work=work)


class Said(BaseHandler):
    """Sends what it reads in many pieces."""

    name = "said"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
        data = source.recv(65536)
        for start in range(0, len(data), 10_000):
            dest.send(data[start : start + 10_000])
            gevent.sleep(0)


def test_while_a_users_handler_sends_in_pieces() -> None:
    """`send` may take a part only; here each piece is small enough to be taken whole."""
    with session(behavior=f"100:{__name__}.Said") as ends:

        def work() -> None:
            for _ in range(100):
                ends.put(*LATE)
                ends.put()

        run(ends, UP, work=work)


# what is held, when something changes


@contextmanager
def held_in(*toxics: ToxicSettings) -> Iterator[Ends]:
    """A session whose toxics hold "one", then "two", two chunks."""
    with session(*toxics) as ends:
        for piece in (b"one", b"two"):
            before = ends.held(DOWN)
            ends.backend.sendall(piece)
            ends.wait_held(DOWN, before + 1)
        yield ends


def late(name: str, latency: int = LONG) -> ToxicSettings:
    return toxic("latency", name=name, latency=latency)


def test_one_that_leaves_the_middle_of_a_chain() -> None:
    with held_in(late("a", 0), late("b"), late("c", 0)) as ends:
        ends.backend.sendall(b"three")
        ends.put(late("a", 0), late("c", 0))
        assert receive_exactly(ends.client, 11) == b"onetwothree"


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_another_order_keeps_the_order_of_the_bytes(order: tuple[str, ...]) -> None:
    """Each toxic of the chain holds something, the last one what came first."""
    with session(late("c")) as ends:
        for name in ("c", "b", "a"):
            before = ends.held(DOWN)
            ends.backend.sendall(name.encode())
            ends.wait_held(DOWN, before + 1)
            if name != "a":
                ends.put(*[late(one) for one in "abc"["abc".index(name) - 1 :]])
        assert ends.daemon.do(lambda: [bool(stage.chunk) for stage in ends.flow(DOWN).link.stages]) == [True] * 3
        ends.put(*[late(name) for name in order])
        ends.backend.sendall(b"!")
        ends.put(*[late(name, 0) for name in order])
        assert receive_exactly(ends.client, 4) == b"cba!"
        assert ends.held(DOWN) == 0


def test_another_order_under_load_by_reload() -> None:
    chain = [late("a", 2), toxic("slicer", average_size=3000), late("b", 1)]
    with session(*chain) as ends:

        def work() -> None:
            for order in itertools.islice(itertools.cycle(itertools.permutations(chain)), 120):
                ends.put(*order)

        run(ends, DOWN, work=work)


def test_one_that_is_added_holds_nothing_of_what_was_there() -> None:
    with held_in(late("a")) as ends:
        ends.put(late("new"), late("a"))
        ends.put(late("new"), late("a", 0))
        assert receive_exactly(ends.client, 6) == b"onetwo"
        ends.backend.sendall(b"three")
        ends.wait_held(DOWN)
        assert nothing_comes(ends, DOWN)


def test_the_same_name_in_the_other_stream_is_another_toxic() -> None:
    with held_in(late("a")) as ends:
        ends.put(toxic("latency", name="a", stream=UP, latency=LONG))
        assert receive_exactly(ends.client, 6) == b"onetwo"
        ends.wait_fast(DOWN)
        ends.client.sendall(b"up")
        ends.wait_held(UP)


def test_pending_bytes_do_not_wait_for_each_other() -> None:
    """A pipe full of bytes waits for a slow reader when latency comes: all of them go into the link, and not one read
    of them after the other has passed it."""
    data = body(30_000_000)
    with session(small=True) as ends:
        speaker = threading.Thread(target=ends.backend.sendall, args=(data,), daemon=True)
        speaker.start()
        ends.daemon.wait_until(lambda: ends.flow(DOWN).pending, "bytes that wait for the reader")
        ends.put(toxic("latency", latency=LONG))
        ends.wait_held(DOWN, 4 << 20)
        ends.put()
        assert receive_exactly(ends.client, len(data)) == data
        speaker.join(DEADLINE)


def test_a_link_that_goes_while_bytes_are_pending_lets_them_go_on() -> None:
    """The reader has stopped, the link is full, the flow has more: all arrives when the last toxic has gone."""
    data = body(30_000_000)
    with session(toxic("noop"), small=True) as ends:
        speaker = threading.Thread(target=ends.backend.sendall, args=(data,), daemon=True)
        speaker.start()
        ends.daemon.wait_until(lambda: ends.flow(DOWN).pending, "bytes that wait for the link")
        for _ in range(20):
            ends.put()
            ends.put(toxic("noop"))
        ends.put()
        assert receive_exactly(ends.client, len(data)) == data
        ends.wait_fast(DOWN)
        speaker.join(DEADLINE)


def test_a_link_that_goes_runs_dry_before_a_peer_that_never_stops() -> None:
    """The reader takes what the link held, and no more; the writer would fill it again and again."""
    with session(toxic("latency", latency=LONG), small=True) as ends:
        over = threading.Event()

        def speak() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    ends.backend.send(bytes(65536))

        ends.backend.settimeout(0.1)
        speaker = threading.Thread(target=speak, daemon=True)
        speaker.start()
        ends.wait_held(DOWN, 8 << 20)
        ends.put()
        receive_exactly(ends.client, 9 << 20)
        ends.wait_fast(DOWN)
        over.set()
        speaker.join(DEADLINE)


def test_a_change_of_something_else_leaves_toxics_alone() -> None:
    with held_in(late("a")) as ends:
        stages = ends.daemon.do(lambda: list(ends.flow(DOWN).link.stages))
        change(ends.daemon, timeout=5.0)
        assert ends.daemon.do(lambda: list(ends.flow(DOWN).link.stages)) == stages
        assert nothing_comes(ends, DOWN)


def test_a_handler_named_by_a_hook_leaves_toxics_alone() -> None:
    with session(toxic("timeout"), hooks=f"{__name__}.Naming") as ends:
        assert passes(ends, UP)
        ends.put(toxic("timeout", timeout=LONG), toxic("noop"))
        ends.put(toxic("timeout", timeout=LONG))
        assert passes(ends, UP)  # a timeout that was made anew would have closed it


class Naming(Hook):
    """Chooses a handler that no setting names."""

    name = "naming"

    def on_route(self, call: Any) -> None:
        call.handler = "tests.path.tools.PassOn"


@pytest.mark.parametrize("inject", [False, True])
def test_while_a_handler_spoils_what_is_said(inject: bool) -> None:
    size = 3_000_000
    with session(behavior="100:error", options={"error.inject": inject}) as ends:

        def work() -> None:
            for _ in range(60):
                ends.put(*LATE)
                ends.put()

        expected = size * (2 if inject else 1)
        together(lambda: ends.backend.sendall(bytes(size)), lambda: receive_exactly(ends.client, expected), work)
        ends.wait_fast(DOWN)
        assert ends.totals()["bytes_to_client"] == expected


def test_one_that_is_made_anew_takes_the_place_of_the_old_one() -> None:
    limit = toxic("limit_data", bytes=8)
    with session(limit) as ends:
        assert passes(ends, DOWN, b"12345")
        ends.put(replace(limit, made=1))
        assert passes(ends, DOWN, b"12345")
        ends.put(replace(limit, made=1, given={"bytes": 7}))
        ends.backend.sendall(b"12345")
        assert receive_exactly(ends.client, 2) == b"12"
        assert ends.client.recv(1) == b""
