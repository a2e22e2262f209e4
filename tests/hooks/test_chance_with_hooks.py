"""Hooks do not change what chance does: the same seed makes the same choice for each session and call."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.handlers.tools import ask, flow_key, same, source, witnesses
from tests.hooks.tools import ALL, Notes, hook, hooked, noting
from vaurien.call import Call
from vaurien.chance import TICKETS, ticket
from vaurien.hooks import GLOBAL, Hook, Reply, add_global

SEED, SESSIONS, CALLS = 7, 4, 12
BEHAVIOR = "30:corrupt,30:error"
OPTIONS = {"corrupt.rate": 0.5, "corrupt.direction": "both"}
QUESTION = b"0123456789abcdef"


def outcome(*hooks: Hook, options: Any = OPTIONS) -> list[bytes]:
    """What comes back of the same questions in some sessions."""
    seen = []
    with (
        witnesses(same) as server,
        hooked(server.address, *hooks, behavior=BEHAVIOR, options=options, seed=SEED) as daemon,
    ):
        for _ in range(SESSIONS):
            with daemon.connect() as client:
                seen += [ask(client, QUESTION) for _ in range(CALLS)]
    return seen


@pytest.fixture(scope="module")
def without() -> list[bytes]:
    """The outcome without any hook."""
    seen = outcome()
    assert QUESTION in seen and len(set(seen)) > 10
    return seen


@pytest.mark.parametrize("point", ALL)
def test_with_a_hook_at_a_point(point: str, without: list[bytes]) -> None:
    assert outcome(noting(Notes(), "x", (point,))) == without


def test_with_hooks_at_all_points_and_for_all_proxies(without: list[bytes]) -> None:
    mine = add_global(noting(Notes(), "x"))
    assert outcome(noting(Notes(), "y"), noting(Notes(), "z")) == without
    GLOBAL.remove(mine)


def test_with_a_hook_that_draws_for_itself(without: list[bytes]) -> None:
    """What a hook draws for a purpose of its own is repeatable, and nobody else's."""
    drawn: list[list[tuple[Any, ...]]] = []

    def draw(call: Call) -> None:
        number = call.random("mine").random()
        drawn[-1].append((call.session.ordinal, call.to_backend, call.ordinal, number))

    for _ in range(2):
        drawn.append([])
        assert outcome(hook(before=draw, on_route=draw)) == without
    assert drawn[0] == drawn[1]
    for session, way, call, number in drawn[0]:
        assert number == source(SEED, session, way, call, "mine").random()


@pytest.mark.parametrize("point", ["on_route", "before"])
def test_the_rule_holds_with_hooks(point: str) -> None:
    """Seed, proxy, session, direction and call alone say which handler is chosen, when a hook is asked first too."""
    chosen: dict[tuple[int, bool, int], str] = {}

    def note(call: Call) -> None:
        chosen[call.session.ordinal, call.to_backend, call.ordinal] = call.handler.name

    hooks: dict[str, Callable[..., Any]] = {"before": note}
    if point == "on_route":
        hooks[point] = lambda call: None
    outcome(hook(**hooks), options={"corrupt.rate": 0, "corrupt.direction": "both", "error.direction": "both"})
    assert len(chosen) == SESSIONS * CALLS * 2
    for (session, way, call), name in chosen.items():
        share = ticket(flow_key(SEED, session, way), call) / TICKETS
        assert name == ("corrupt" if share < 0.3 else "error" if share < 0.6 else "dummy")
    assert len(set(chosen.values())) == 3


def test_a_hook_that_chooses_does_not_move_the_draws_of_other_calls(without: list[bytes]) -> None:
    """Calls for which it names `dummy` are left alone; the others come out as they would have."""

    def route(call: Call) -> None:
        if call.ordinal % 2:
            call.handler = "dummy"

    seen = outcome(hook(on_route=route))
    for place, answer in enumerate(seen):
        odd = place % CALLS % 2 == 0
        assert answer == (QUESTION if odd else without[place])


def test_a_hook_that_answers_does_not_move_the_draws_of_other_sessions(without: list[bytes]) -> None:
    def answer(call: Call) -> Reply | None:
        return Reply(QUESTION) if call.to_backend and call.session.ordinal == 2 else None

    seen = outcome(hook(before=answer))
    expected = without[:CALLS] + [QUESTION] * CALLS + without[2 * CALLS :]
    assert seen == expected
