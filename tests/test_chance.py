"""Chance: pure draws, uniform, and apart for whoever is apart."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaurien.chance import MASK, TICKETS, draw, key, source, ticket

keys = st.integers(0, MASK)
positions = st.integers(0, 1 << 40)


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC]),
        (1234567, [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]),
    ],
)
def test_the_draws_of_a_key_are_splitmix64(seed: int, expected: list[int]) -> None:
    """What the reference implementation prints for these seeds."""
    assert [draw(seed, position) for position in range(1, 5)] == expected


@settings(deadline=None)
@given(keys, positions)
def test_a_draw_is_a_function_of_key_and_position(one: int, position: int) -> None:
    assert draw(one, position) == draw(one, position)
    assert 0 <= draw(one, position) <= MASK
    assert 0 <= ticket(one, position) < TICKETS
    assert ticket(one, position) == draw(one, position) * TICKETS // 2**64


def chi_square(counts: list[int]) -> float:
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


# 99.9 % of the time a uniform source stays under these: 99 degrees of freedom, and 999
LIMIT_100 = 148.2
LIMIT_1000 = 1143.9


@pytest.mark.parametrize("seed", [0, 1, 2, 42, MASK])
def test_tickets_are_uniform_over_the_calls_of_a_flow(seed: int) -> None:
    flow = draw(key(seed, "default"), 3)
    counts = [0] * 100
    for call in range(1, 20_001):
        counts[ticket(flow, call) * 100 // TICKETS] += 1
    assert chi_square(counts) < LIMIT_100


@pytest.mark.parametrize("to_backend", [False, True])
def test_tickets_are_uniform_over_the_first_calls_of_sessions(to_backend: bool) -> None:
    """Whoever opens a connection for each request sees nothing but first calls."""
    proxy = key(7, "default")
    counts = [0] * 100
    for session in range(1, 20_001):
        counts[ticket(draw(proxy, 2 * session + to_backend), 1) * 100 // TICKETS] += 1
    assert chi_square(counts) < LIMIT_100


def test_tickets_are_uniform_over_seeds() -> None:
    counts = [0] * 100
    for seed in range(20_000):
        counts[ticket(draw(key(seed, "default"), 3), 1) * 100 // TICKETS] += 1
    assert chi_square(counts) < LIMIT_100


def test_one_call_says_nothing_of_the_next() -> None:
    """Pairs of neighbours fall into each field of a board as often."""
    flow = draw(key(5, "default"), 3)
    board = [0] * 1000
    tickets = [ticket(flow, call) for call in range(1, 40_002)]
    for one, other in itertools.pairwise(tickets):
        board[(one * 20 // TICKETS) * 50 + other * 50 // TICKETS] += 1
    assert chi_square(board) < LIMIT_1000


def test_the_two_directions_of_a_session_draw_apart() -> None:
    proxy = key(5, "default")
    board = [0] * 100
    for session in range(1, 20_001):
        one, other = (ticket(draw(proxy, 2 * session + to_backend), 1) for to_backend in (0, 1))
        board[(one * 10 // TICKETS) * 10 + other * 10 // TICKETS] += 1
    assert chi_square(board) < LIMIT_100


def test_every_bit_of_a_draw_is_a_fair_coin() -> None:
    draws = [draw(key("bits"), position) for position in range(10_000)]
    for bit in range(64):
        assert sum(value >> bit & 1 for value in draws) == pytest.approx(5000, abs=4 * 50)


def test_flows_of_one_proxy_never_share_a_key() -> None:
    proxy = key(1, "default")
    assert len({draw(proxy, position) for position in range(50_000)}) == 50_000


def test_a_key_is_a_function_of_its_parts() -> None:
    assert key(1, "default") == key(1, "default")
    assert 0 <= key(1, "default") <= MASK
    parts: list[tuple[object, ...]] = [
        (1, "default"),
        (2, "default"),
        (1, "redis"),
        ("1", "default"),
        ("default", 1),
        (1, "default", ""),
        (1,),
        ("1default",),
        (1.0, "default"),
        (True, "default"),
        (),
    ]
    assert len({key(*each) for each in parts}) == len(parts)


@settings(deadline=None)
@given(st.integers(0), st.integers(0), st.text(), st.text())
def test_keys_differ_where_seed_or_name_does(one: int, other: int, name: str, other_name: str) -> None:
    assert (key(one, name) == key(other, other_name)) == ((one, name) == (other, other_name))


def test_a_source_is_its_own_for_each_key_call_and_purpose() -> None:
    def first(*who: object) -> float:
        return source(*who).random()  # type: ignore[arg-type]

    assert first(1, 1, "jitter") == first(1, 1, "jitter")
    assert len({first(1, 1, "jitter"), first(2, 1, "jitter"), first(1, 2, "jitter"), first(1, 1, "noise")}) == 4


def test_nothing_touches_the_random_source_that_others_use() -> None:
    random.seed(3)
    before = random.getstate()
    source(1, 1, "jitter").random()
    ticket(1, 1)
    assert random.getstate() == before
