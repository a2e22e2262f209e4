"""The sessions with which fuzzing begins are borne by the parsers, whole and changed a little."""

import random

import pytest

from tests.fuzz.played import play
from tests.fuzz.protocols import NAMES, fuzzed
from tests.fuzz.steps import CLIENT, REFUSED, packed, unpacked


@pytest.mark.parametrize("name", NAMES)
def test_sessions_are_borne(name: str) -> None:
    what, source = fuzzed(name), random.Random(1)
    for steps in what.sessions:
        for kind in (0, REFUSED):
            data = bytearray(b"\0" + packed(steps, kind))
            play(what, bytes(data))
            data[source.randrange(len(data))] ^= 1 << source.randrange(8)
            play(what, bytes(data))


def test_steps_are_packed_and_unpacked() -> None:
    steps = [(True, b"a" * 70_000), (False, b"b")]
    kinds = [CLIENT | REFUSED, CLIENT | REFUSED, REFUSED]
    assert list(unpacked(packed(steps, REFUSED))) == list(zip(kinds, [b"a" * 65535, b"a" * 4465, b"b"], strict=True))
