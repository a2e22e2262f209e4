"""packet_loss: holes in the stream."""

from itertools import pairwise

import pytest

from tests.peers import receive_all
from tests.toxics.tools import DOWN, STREAMS, alone, chunks, session, toxic
from vaurien.toxics.packet_loss import PacketLoss

COUNT = 20_000


def losses(key: int = 1, count: int = COUNT, **options: float) -> list[bool]:
    """For each chunk, whether it is lost."""
    lossy = alone(PacketLoss, key, **options)
    lost = []
    for chunk in chunks(*[b"x"] * count):
        assert lossy.shape(chunk) is None
        lost.append(not chunk)
    return lost


def test_by_default_one_in_ten() -> None:
    assert {name: option.default for name, option in PacketLoss.options.items()} == {
        "loss_rate": 0.1, "correlation": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.1, 0.5, 0.9, 1.0])
def test_a_share_is_lost(rate: float) -> None:
    share = sum(losses(loss_rate=rate)) / COUNT
    assert abs(share - rate) < 0.015
    assert rate not in (0.0, 1.0) or share == rate


@pytest.mark.parametrize(("rate", "correlation"), [(0.1, 0.5), (0.05, 0.9), (0.2, 1.0)])
def test_right_behind_a_loss_it_is_more(rate: float, correlation: float) -> None:
    lost = losses(loss_rate=rate, correlation=correlation)
    behind = [now for before, now in pairwise(lost) if before]
    other = [now for before, now in pairwise(lost) if not before]
    assert abs(sum(behind) / len(behind) - min(1.0, rate + correlation)) < 0.05
    if len(other) > 1000:
        assert abs(sum(other) / len(other) - rate) < 0.05


def test_the_same_seed_loses_the_same() -> None:
    assert losses(1, 500) == losses(1, 500) != losses(2, 500)


@pytest.mark.parametrize("stream", STREAMS)
def test_what_is_lost_leaves_a_hole_and_the_end_passes(stream: str) -> None:
    with session(toxic("packet_loss", loss_rate=0.5, stream=stream), seed=3) as ends:
        source, dest = ends.sides(stream)
        said = [b"%04d" % number for number in range(40)]
        for number, piece in enumerate(said, 1):  # one chunk each: the next only when this has been read
            source.sendall(piece)
            ends.daemon.wait_until(lambda want=4 * number: ends.flow(stream).bytes == want)
        key = ends.daemon.do(lambda: ends.flow(stream).link.stages[0].toxic.key)
        source.shutdown(1)
        lost = losses(key, 40, loss_rate=0.5)
        heard = b"".join(piece for piece, gone in zip(said, lost, strict=True) if not gone)
        assert receive_all(dest) == heard
        assert 5 < sum(lost) < 35


def test_what_is_lost_is_not_counted() -> None:
    with session(toxic("packet_loss", loss_rate=1)) as ends:
        ends.backend.sendall(b"lost")
        ends.daemon.wait_until(lambda: ends.flow(DOWN).bytes == 4)
        one = next(iter(ends.daemon.proxy.sessions.values()))
        assert ends.daemon.do(lambda: (one.bytes(False), one.received(False))) == (0, 4)
        assert ends.held(DOWN) == 0
