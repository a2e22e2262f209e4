"""Hello: the first word of a client that begins TLS, for session handlers that act in the middle of a handshake."""

from __future__ import annotations

from vaurien.protocols.preamble import Preamble
from vaurien.session_handlers.base import NewSession

CHUNK = 16384
HANDSHAKE = 0x16
"""The first byte of a record that belongs to a handshake (RFC 8446, section 5.1)."""
HEADER = 5
"""So many bytes has a record before its content; the last two are its length."""


def read_hello(session: NewSession) -> None:
    """Blocks the calling greenlet until the client has said its ClientHello, of which nobody else will hear; or until
    it has said something else, or no more.

    Where the protocol has words before TLS, they are said. Raises `ValueError` where it cannot: SMTP's begin with the
    backend's greeting.
    """
    protocol = session.proxy.protocol
    preamble: Preamble | None = None if protocol is None else protocol.accepting()
    data = b"" if preamble is None else _talked(session, preamble)
    while data is not None and not _is_said(data):
        more = session.client_sock.recv(CHUNK)
        data = data + more if more else None


def _talked(session: NewSession, preamble: Preamble) -> bytes | None:
    """What the client has said of TLS when the words before it are said; None if it says no more."""
    if preamble.at_once:
        raise ValueError(f"in {session.proxy.settings.protocol_name}, a session begins before TLS does")
    while not (preamble.tls or preamble.over):
        data = session.client_sock.recv(CHUNK)
        if not data:
            return None
        preamble.came(data)
        session.client_sock.sendall(preamble.said())
    return preamble.rest if preamble.tls else None


def _is_said(data: bytes) -> bool:
    """Whether a record is whole, or no record of a handshake."""
    if data and data[0] != HANDSHAKE:
        return True
    return len(data) >= HEADER and len(data) >= HEADER + int.from_bytes(data[3:HEADER])
