"""The same seed makes the same trouble, whatever the timing and the order of sessions."""

import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from tests.handlers.tools import ask, flow_key, same, source, witnesses
from tests.running import DEADLINE, Running, running
from vaurien import config
from vaurien.call import Call
from vaurien.chance import TICKETS, ticket
from vaurien.handlers.delay import Delay
from vaurien.ini import Given
from vaurien.settings import DaemonSettings

SESSIONS, CALLS = 6, 8
QUESTION = b"0123456789abcdef"
BEHAVIOR = "25:corrupt,25:error,20:tests.handlers.test_repeatability.Late"
OWN = "tests.handlers.own"


class Late(Delay):
    """A delay that notes how long each call is to wait, and waits no time."""

    options = {**Delay.options, "sleep": ("Delay in seconds", float, 1.0), "jitter": ("Spread", float, 0.5)}
    name = "late"
    in_loop = True

    def __init__(self, settings: Any, proxy: Any) -> None:
        super().__init__(settings, proxy)
        self.waits: dict[tuple[int, int], float] = {}

    def pause(self, call: Call) -> float:
        self.waits[call.session.ordinal, call.ordinal] = super().pause(call)
        return 0.0


Seen = dict[tuple[int, int], bytes]
"""What came back, by session and call."""


def in_order() -> Iterator[tuple[int, int]]:
    """One session after the other."""
    yield from ((session, call) for session in range(1, SESSIONS + 1) for call in range(1, CALLS + 1))


def in_turns() -> Iterator[tuple[int, int]]:
    """All sessions at once, each one call after the other."""
    yield from ((session, call) for call in range(1, CALLS + 1) for session in range(1, SESSIONS + 1))


def at_random(seed: int) -> Iterator[tuple[int, int]]:
    """Whose turn it is, is drawn."""
    turns = [session for session in range(1, SESSIONS + 1) for _ in range(CALLS)]
    random.Random(seed).shuffle(turns)
    done = dict.fromkeys(turns, 0)
    for session in turns:
        done[session] += 1
        yield session, done[session]


def traffic(daemon: Running, turns: Iterator[tuple[int, int]]) -> Seen:
    """The same questions in each session, in the order of `turns`."""
    seen = {}
    with ExitStack() as stack:
        # accepted in the order in which they connect, so their places here are their ordinals
        clients = [stack.enter_context(daemon.connect()) for _ in range(SESSIONS)]
        for session, call in turns:
            seen[session, call] = ask(clients[session - 1], QUESTION)
    return seen


def outcome(turns: Iterator[tuple[int, int]], seed: int = 11) -> tuple[Seen, dict[tuple[int, int], float]]:
    """What the clients saw of a whole run, and how long its calls were to wait."""
    with witnesses(same) as server, running(server.address, BEHAVIOR, {"corrupt.rate": 0.1}, seed=seed) as daemon:
        seen = traffic(daemon, turns)
        return seen, daemon.proxy.handlers["late"].act.waits


def test_the_same_seed_does_the_same_in_any_order() -> None:
    first = outcome(in_order())
    assert first == outcome(in_turns())
    assert first == outcome(at_random(1))
    assert first == outcome(at_random(2))
    seen, waits = first
    assert QUESTION in seen.values()
    assert len(set(seen.values())) > 10
    assert len(set(waits.values())) > 3


def test_another_seed_does_something_else() -> None:
    one, other = outcome(in_order(), 11), outcome(in_order(), 12)
    assert one[0] != other[0]
    assert one[1] != other[1]


def test_sessions_differ() -> None:
    seen, _ = outcome(in_order())
    stories = {tuple(seen[session, call] for call in range(1, CALLS + 1)) for session in range(1, SESSIONS + 1)}
    assert len(stories) == SESSIONS


def test_which_calls_are_hit_follows_from_seed_proxy_session_direction_and_call_alone() -> None:
    """This is the documented rule: whoever knows the five can say beforehand what will happen."""
    with witnesses(same) as server, running(server.address, "30:error", seed=11) as daemon:
        seen = traffic(daemon, at_random(3))
    for (session, call), answer in seen.items():
        hit = ticket(flow_key(11, session, False), call) < 0.3 * TICKETS
        assert (answer != QUESTION) == hit


def test_a_reply_that_was_asked_for_draws_like_any_other() -> None:
    """The handler asked for the reply to its request, so nothing was drawn for it: its bytes still follow the rule."""
    for seed in (11, 12):
        with witnesses(same) as server, running(server.address, f"100:{OWN}.Following", seed=seed) as daemon:
            for session in (1, 2):
                with daemon.connect() as client:
                    for call in (1, 2):
                        expected = [source(seed, session, way, call, "mark").randbytes(1) for way in (False, True)]
                        assert ask(client, b"hello", 7) == b"".join(expected) + b"hello"


def test_proxies_of_different_names_differ_and_a_name_stays_what_it_is() -> None:
    def hits(*names: str) -> dict[str, list[bool]]:
        with witnesses(same) as server:
            daemon = Running(several(server.address, names))
            try:
                return {name: hit_in(daemon.daemon.proxies[name].address) for name in names}
            finally:
                daemon.stop()

    together = hits("one", "two")
    assert together["one"] != together["two"]
    assert hits("two") == {"two": together["two"]}
    assert hits("two", "three", "one")["one"] == together["one"]


def several(distant: Any, names: Sequence[str]) -> DaemonSettings:
    """A daemon of so many proxies that differ in nothing but their names."""
    host, port = distant
    texts = {"local": "127.0.0.1:0", "distant": f"{host}:{port}", "behavior": "50:error"}
    given = {option: Given(text, option) for option, text in texts.items()}
    sections = {f"proxy:{name}": given for name in names}
    return replace(config.build(sections, {"vaurien": {"seed": Given("11", "--seed")}}), shutdown_timeout=0.0)


def hit_in(address: Any) -> list[bool]:
    """Which of twenty calls of a session went wrong."""
    with socket.create_connection(address, DEADLINE) as client:
        client.settimeout(DEADLINE)
        return [ask(client, QUESTION) != QUESTION for _ in range(20)]
