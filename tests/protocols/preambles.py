"""Feeding a preamble."""

from vaurien.protocols.preamble import Preamble


def fed(preamble: Preamble, data: bytes, piece: int, until_tls: bool = False) -> tuple[bytes, bytes]:
    """What passes, and what is said, of `data` that comes in pieces of this many bytes, until it is over."""
    passed = said = b""
    for start in range(0, len(data), piece):
        passed += preamble.came(data[start : start + piece])
        said += preamble.said()
        if preamble.over or (until_tls and preamble.tls):
            break
    return passed, said
