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

    Where the protocol has words before TLS, they are said, and where the backend says the first of them, in its place.
    """
    preamble: Preamble | None = session.proxy.tls.accepting()
    data = b"" if preamble is None else _talked(session, preamble)
    while data is not None and not _is_said(data):
        more = session.client_sock.recv(CHUNK)
        data = data + more if more else None


def _talked(session: NewSession, preamble: Preamble) -> bytes | None:
    """What the client has said of TLS when the words before it are said; None if there is nothing of it to come."""
    client = session.client_sock
    if preamble.at_once:
        client.sendall(preamble.passing(preamble.backend_says(b"")))
    while not (preamble.tls or preamble.over):
        data = client.recv(CHUNK)
        if not data:
            return None
        try:
            asked = preamble.came(data)
        except ValueError:
            return None  # it does not speak as it should
        said = preamble.passing(preamble.backend_says(asked)) if preamble.at_once and asked else b""
        client.sendall(preamble.said() + said)
    return preamble.rest if preamble.tls else None


def _is_said(data: bytes) -> bool:
    """Whether a record is whole, or no record of a handshake."""
    if data and data[0] != HANDSHAKE:
        return True
    return len(data) >= HEADER and len(data) >= HEADER + int.from_bytes(data[3:HEADER])
