"""error: wrong."""

import pytest

from tests.handlers.tools import ask, handled, same, source, witnesses
from tests.running import running
from vaurien.errors import ConfigError

QUESTION = b"What is the answer?!"
SEED = 5


def noise(call: int, size: int, *, session: int = 1, to_backend: bool = False) -> bytes:
    """The random bytes of one call with SEED."""
    return source(SEED, session, to_backend, call, "noise").randbytes(size)


def test_random_bytes_come_in_place_of_what_the_backend_said() -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:error", seed=SEED) as daemon,
        daemon.connect() as client,
    ):
        for call in (1, 2, 3):
            answer = ask(client, QUESTION)
            assert answer != QUESTION
            assert answer == noise(call, len(QUESTION))
        assert server.witness().data == QUESTION * 3
        assert handled(daemon, "error") == [3, 0]


def test_there_are_as_many_as_it_said_and_no_more() -> None:
    sizes = iter((1, 1000, 7))
    with (
        witnesses(lambda question: bytes(next(sizes))) as server,
        running(server.address, "100:error", seed=SEED) as daemon,
        daemon.connect() as client,
    ):
        for call, size in enumerate((1, 1000, 7), start=1):
            assert ask(client, QUESTION, size) == noise(call, size)


@pytest.mark.parametrize("question", [QUESTION, b"odd", b"x"])
def test_inject_keeps_what_was_said_round_as_many_random_bytes(question: bytes) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:error", {"error.inject": "yes"}, seed=SEED) as daemon,
        daemon.connect() as client,
    ):
        for call in (1, 2):
            answer = ask(client, question, 2 * len(question))
            middle = len(question) // 2
            assert answer[:middle] + answer[middle + len(question) :] == question
            assert answer[middle : middle + len(question)] == noise(call, len(question))


def test_warmup_leaves_the_first_calls_of_each_session_alone() -> None:
    with witnesses(same) as server, running(server.address, "100:error", {"error.warmup": 2}, seed=SEED) as daemon:
        for session in (1, 2):
            with daemon.connect() as client:
                assert ask(client, QUESTION) == QUESTION
                assert ask(client, QUESTION) == QUESTION
                assert ask(client, QUESTION) == noise(3, len(QUESTION), session=session)


def test_warmup_counts_the_calls_that_others_got_too() -> None:
    """Sixty percent of the calls are somebody else's, and a handshake is over after two, whoever had them."""
    with witnesses(same) as server, running(server.address, "40:error", {"error.warmup": 2}, seed=SEED) as daemon:
        right = []
        for _ in range(20):
            with daemon.connect() as client:
                right.append([ask(client, QUESTION) == QUESTION for _ in range(3)])
    assert all(first and second for first, second, _ in right)
    assert {third for _, _, third in right} == {True, False}


@pytest.mark.parametrize(("direction", "calls"), [("to_backend", [0, 1]), ("both", [1, 1])])
def test_direction_says_whose_words_are_spoilt(direction: str, calls: list[int]) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:error", {"error.direction": direction}, seed=SEED) as daemon,
        daemon.connect() as client,
    ):
        answer = ask(client, QUESTION)
        heard = noise(1, len(QUESTION), to_backend=True)
        assert server.witness().data == heard
        assert answer == (heard if direction == "to_backend" else noise(1, len(QUESTION)))
        assert handled(daemon, "error") == calls


@pytest.mark.parametrize(("option", "value"), [("warmup", "-1"), ("warmup", "1.5"), ("inject", "maybe")])
def test_wrong_values_are_refused(option: str, value: str) -> None:
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), "100:error", {f"error.{option}": value}):
        pass
    assert raised.value.where == f"--handlers.error.{option}"
