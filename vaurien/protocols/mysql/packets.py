"""The packets of MySQL's protocol: their heads, and what their first bytes say.

Source: the MySQL internals manual, "Client/Server Protocol", "MySQL Packets" and "Generic Response Packets".
"""

from __future__ import annotations

LARGEST = 0xFFFFFF
"""Bytes in a packet; one of so many is continued in the next one."""
PEEKED = 32
"""So many bytes of a packet tell what it is."""

MORE_RESULTS = 0x0008  # SERVER_MORE_RESULTS_EXISTS
CURSOR = 0x0040  # SERVER_STATUS_CURSOR_EXISTS


class Packets:
    """Where one direction stands: `left` bytes of the present packet are still to come, and it is `continued`."""

    __slots__ = ("continued", "left", "sequence", "size")

    def __init__(self) -> None:
        self.left = 0
        self.size = 0
        self.sequence = 0
        self.continued = False

    def begins(self, data: bytes, pos: int, peeked: int) -> bytes | None:
        """The first bytes of the packet at `pos`, `peeked` of them at most; of one that continues another, nothing.
        None if more bytes are needed."""
        if len(data) - pos < 4:
            return None
        size = int.from_bytes(data[pos : pos + 3], "little")
        first = data[pos + 4 : pos + 4 + min(size, peeked)]
        if len(first) < min(size, peeked) and not self.continued:
            return None
        again, self.continued = self.continued, size == LARGEST
        self.size, self.left, self.sequence = size, size + 4, data[pos + 3]
        return b"" if again else first

    def row(self, data: bytes, pos: int) -> bool:
        """Whether the packet at `pos`, among rows, plainly is one: then it has begun. Large ones are for `begins`."""
        if self.continued or len(data) - pos < 5:
            return False
        size = data[pos] | data[pos + 1] << 8 | data[pos + 2] << 16
        if data[pos + 4] >= 0xFE or not size or size == LARGEST:
            return False
        self.size, self.left, self.sequence = size, size + 4, data[pos + 3]
        return True


def number(payload: bytes, pos: int) -> tuple[int, int]:
    """A length-encoded number and where it ends."""
    first = payload[pos]
    width = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first, 0)
    if not width:
        return first, pos + 1
    return int.from_bytes(payload[pos + 1 : pos + 1 + width], "little"), pos + 1 + width


def status_of_ok(payload: bytes) -> int:
    """The server's status in an OK packet."""
    pos = number(payload, number(payload, 1)[1])[1]
    return int.from_bytes(payload[pos : pos + 2], "little")


def status_of_eof(payload: bytes) -> int:
    return int.from_bytes(payload[3:5], "little")


def error_of(payload: bytes) -> tuple[int, str]:
    """Number and SQLSTATE in an ERR packet."""
    state = payload[4:9].decode("latin-1") if payload[3:4] == b"#" else ""
    return int.from_bytes(payload[1:3], "little"), state if state.isalnum() else ""


def packet(sequence: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes((sequence & 255,)) + payload
