"""Feeding an opening."""

from vaurien.protocols.opening import Opening


def fed(opening: Opening, data: bytes, piece: int, until_tls: bool = False) -> tuple[bytes, bytes]:
    """What passes, and what is said, of `data` that comes in pieces of this many bytes, until it is over."""
    passed = said = b""
    for start in range(0, len(data), piece):
        passed += opening.came(data[start : start + piece])
        said += opening.said()
        if opening.over or (until_tls and opening.tls):
            break
    return passed, said
