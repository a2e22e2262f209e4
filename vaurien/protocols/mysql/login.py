"""How a session of MySQL begins, and what both sides have agreed on.

Source: the MySQL internals manual, "Connection Phase" (Protocol::HandshakeV10, Protocol::HandshakeResponse41) and
"Capability Flags"; MariaDB's "Connecting" for its extended capabilities.
"""

from __future__ import annotations

from typing import NamedTuple

MYSQL, COMPRESS, PROTOCOL_41, SSL = 1, 0x20, 0x200, 0x800
DEPRECATE_EOF, OPTIONAL_METADATA, ZSTD, ATTRIBUTES = 1 << 24, 1 << 25, 1 << 26, 1 << 27
CACHE_METADATA = 1 << 36  # MariaDB's
V10 = b"\x0a"
"""The first byte of every greeting that there is."""
SSL_REQUEST = 32
"""Bytes of the packet that asks for TLS: a login without its end."""


class Login(NamedTuple):
    """What the client's first packet says. `plain` is why the session cannot be followed, if it cannot."""

    capabilities: int
    user: str
    plain: str


def flags_at(greeting: bytes) -> int:
    """Where the lower half of a server's capabilities is in its greeting: behind its version, the number of the
    connection, and the first half of the challenge. Raises `ValueError` if its version has no end."""
    end = greeting.find(b"\0")
    if end < 0:
        raise ValueError("no MySQL")
    return end + 1 + 4 + 8 + 1


def offered(greeting: bytes) -> int:
    """The capabilities of a server, from its greeting. Raises `ValueError` if it is none."""
    if greeting[:1] != V10:
        raise ValueError("no MySQL")
    pos = flags_at(greeting)
    low = int.from_bytes(greeting[pos : pos + 2], "little")
    high = int.from_bytes(greeting[pos + 5 : pos + 7], "little")
    extended = 0 if low & MYSQL else int.from_bytes(greeting[pos + 14 : pos + 18], "little")
    return low | high << 16 | extended << 32


def taken(packet: bytes, server: int) -> Login:
    """What a client's login agrees on with a server that offers these capabilities."""
    client = int.from_bytes(packet[:4], "little")
    if not client & PROTOCOL_41 or len(packet) < SSL_REQUEST:
        return Login(0, "", "the protocol of MySQL 4.0")
    if client & SSL and len(packet) == SSL_REQUEST:
        return Login(0, "", "TLS")
    if not client & MYSQL:
        client |= int.from_bytes(packet[28:32], "little") << 32
    both = client & server
    user = packet[32:].split(b"\0")[0].decode("utf-8", "backslashreplace")
    plain = ""
    if both & (COMPRESS | ZSTD):
        plain = "compression"
    elif both & OPTIONAL_METADATA and server & MYSQL:
        plain = "results without metadata"
    return Login(both, user if user.isprintable() else "", plain)
