"""Steps of a session as bytes, which a fuzzer changes: for each a kind, a length, and that many bytes.

The lowest bit of the kind says whether the client sends them, the next whether requests in them are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.protocols.cutting import Step

CLIENT, REFUSED = 1, 2


def packed(steps: Iterable[Step], kind: int = 0) -> bytes:
    """The steps as bytes; `kind` is added to each one's."""
    made = b""
    for to_backend, data in steps:
        for start in range(0, len(data), 65535):
            piece = data[start : start + 65535]
            made += bytes([kind | to_backend]) + len(piece).to_bytes(2, "big") + piece
    return made


def unpacked(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each step's kind and bytes."""
    place = 0
    while len(data) - place > 3:
        end = place + 3 + int.from_bytes(data[place + 1 : place + 3], "big")
        yield data[place], data[place + 3 : end]
        place = end
