"""transient: wrong for a while."""

from collections.abc import Mapping

import pytest

from tests.handlers.tools import ask, handled, same, witnesses
from tests.running import Running, running

QUESTION = b"What is the answer?!"


def outcomes(daemon: Running, *sessions: int) -> list[list[bool]]:
    """For new sessions of so many calls each, one after the other: whether the answer was right."""
    seen = []
    for calls in sessions:
        with daemon.connect() as client:
            seen.append([ask(client, QUESTION) == QUESTION for _ in range(calls)])
    return seen


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[False, False], [False, True, True], [True]]),
        ({"agitate": 1}, [[False, True], [True, True, True], [True]]),
        ({"agitate": 4}, [[False, False], [False, False, True], [True]]),
        ({"agitate": 0}, [[True, True], [True, True, True], [True]]),
        ({"agitate": 2, "warmup": 1}, [[True, False], [True, False, True], [True]]),
    ],
)
def test_so_many_calls_fail_over_all_sessions_then_all_work(
    options: Mapping[str, int], expected: list[list[bool]]
) -> None:
    given = {f"transient.{name}": value for name, value in options.items()}
    with witnesses(same) as server, running(server.address, "100:transient", given, seed=1) as daemon:
        assert outcomes(daemon, 2, 3, 1) == expected
        assert handled(daemon, "transient") == [6, 0]


def test_calls_of_sessions_at_the_same_time_count_together() -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:transient", seed=1) as daemon,
        daemon.connect() as one,
        daemon.connect() as other,
    ):
        right = [ask(client, QUESTION) == QUESTION for client in (one, other, one, other, one)]
        assert right == [False, False, False, True, True]


def test_it_fails_as_error_does() -> None:
    options = {"transient.agitate": 1, "transient.inject": "yes"}
    with (
        witnesses(same) as server,
        running(server.address, "100:transient", options, seed=1) as daemon,
        daemon.connect() as client,
    ):
        answer = ask(client, QUESTION, 2 * len(QUESTION))
        assert answer[:10] + answer[-10:] == QUESTION
        assert ask(client, QUESTION) == QUESTION


@pytest.mark.parametrize(("direction", "calls"), [("to_backend", [0, 3]), ("both", [3, 3])])
def test_direction_says_whose_words_are_spoilt(direction: str, calls: list[int]) -> None:
    options = {"transient.agitate": 2, "transient.direction": direction}
    with witnesses(same) as server, running(server.address, "100:transient", options, seed=1) as daemon:
        # with both, a question and its answer fail, and that is two
        expected = [False, False, True] if direction == "to_backend" else [False, True, True]
        assert outcomes(daemon, 3) == [expected]
        assert (server.witness().data.count(QUESTION)) == expected.count(True)
        assert handled(daemon, "transient") == calls


def test_two_proxies_count_each_for_itself() -> None:
    with witnesses(same) as server:
        for _ in range(2):
            with running(server.address, "100:transient", {"transient.agitate": 1}, seed=1) as daemon:
                assert outcomes(daemon, 2) == [[False, True]]
