"""Toxicity: one draw per session and toxic, which stays."""

import pytest

from tests.toxics.tools import DOWN, STREAMS, UP, Ends, affected, session, sessions, toxic
from vaurien import chance
from vaurien.active import ActiveToxic

SEED, COUNT = 4, 16


def at_work(all_ends: list[Ends], stream: str) -> list[list[str]]:
    """For each session, the names of the toxics that act on a stream."""
    daemon = all_ends[0].daemon

    def look() -> list[list[str]]:
        links = [one.flows[STREAMS[stream]].link for one in daemon.proxy.sessions.values()]
        return [[] if link is None else [stage.active.name for stage in link.stages] for link in links]

    return daemon.do(look)


def expected(name: str, stream: str, toxicity: float) -> list[bool]:
    return [affected(SEED, name, stream, number, toxicity) for number in range(1, COUNT + 1)]


def test_the_draw_is_kept_whatever_happens_to_others() -> None:
    half = toxic("noop", name="half", toxicity=0.5)
    with sessions(COUNT, half, seed=SEED) as all_ends:
        hit = expected("half", DOWN, 0.5)
        assert 0 < sum(hit) < COUNT
        one = all_ends[0]
        other = toxic("latency", name="other", latency=1)
        for chain in (
            [half], [half, other], [other, half], [toxic("noop", name="half", toxicity=0.5), other],
            [half, toxic("latency", name="other", latency=2)], [half],
        ):  # fmt: skip
            one.put(*chain)
            assert [("half" in names) for names in at_work(all_ends, DOWN)] == hit
        one.put()
        assert at_work(all_ends, DOWN) == [[]] * COUNT
        one.put(half)
        assert [("half" in names) for names in at_work(all_ends, DOWN)] == hit


def test_a_change_of_its_own_options_draws_nothing_anew() -> None:
    with sessions(COUNT, toxic("latency", toxicity=0.5), seed=SEED) as all_ends:
        for latency in (1, 2, 3):
            all_ends[0].put(toxic("latency", toxicity=0.5, latency=latency))
            assert [bool(names) for names in at_work(all_ends, DOWN)] == expected("latency", DOWN, 0.5)


def test_each_stream_and_each_toxic_draws_for_itself() -> None:
    chain = [
        toxic("noop", name=f"{stream}{number}", stream=stream, toxicity=0.5) for stream in STREAMS for number in (1, 2)
    ]
    with sessions(COUNT, *chain, seed=SEED) as all_ends:
        drawn = {one.name: [one.name in names for names in at_work(all_ends, one.stream)] for one in chain}
        assert drawn == {one.name: expected(one.name, one.stream, 0.5) for one in chain}
        assert len(set(map(tuple, drawn.values()))) == 4


def test_more_toxicity_adds_sessions_and_less_takes_away() -> None:
    with sessions(COUNT, toxic("noop", toxicity=0), seed=SEED) as all_ends:
        before: set[int] = set()
        for toxicity in (0.0, 0.3, 0.6, 1.0):
            all_ends[0].put(toxic("noop", toxicity=toxicity))
            now = {number for number, names in enumerate(at_work(all_ends, DOWN)) if names}
            assert now == {number for number, hit in enumerate(expected("noop", DOWN, toxicity)) if hit}
            assert before <= now
            before = now
        assert len(before) == COUNT
        all_ends[0].put(toxic("noop", toxicity=0.3))
        assert [bool(names) for names in at_work(all_ends, DOWN)] == expected("noop", DOWN, 0.3)


def test_the_seed_repeats_it() -> None:
    def drawn(seed: int) -> list[bool]:
        with sessions(COUNT, toxic("noop", toxicity=0.5), seed=seed) as all_ends:
            return [bool(names) for names in at_work(all_ends, DOWN)]

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize("toxicity", [0.0, 0.01, 0.25, 0.5, 0.99, 1.0])
def test_the_share_over_many_sessions(toxicity: float) -> None:
    count = 20_000
    with session(toxic("noop", toxicity=toxicity)) as ends:
        [active] = ends.daemon.do(lambda: ends.daemon.proxy.crew.toxics[False])
    assert isinstance(active, ActiveToxic)
    hits = sum(active.affects(chance.draw(12345, number)) for number in range(count))
    assert abs(hits / count - toxicity) < 0.015
    if toxicity in (0.0, 1.0):
        assert hits == toxicity * count


def test_a_spared_session_is_on_the_fast_path() -> None:
    with session(toxic("noop", toxicity=0), toxic("noop", name="up", stream=UP, toxicity=0)) as ends:
        assert ends.held(UP) == ends.held(DOWN) == -1
