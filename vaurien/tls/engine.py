"""Engine: TLS as bytes in and bytes out, without a socket.

OpenSSL works on memory here, and not on the socket itself, because of half-closes: Python asks it twice to say the end
of what it sends, and the second time it would stumble over whatever the peer has said meanwhile.
"""

from __future__ import annotations

import ssl

LARGEST = 65536
"""So many bytes are taken out at once, at most."""


class Engine:
    """One TLS connection. `established` once its handshake is over; `ended` once the peer has said its last word.

    Every method that takes something in raises `ssl.SSLError` for what is wrong; `output` then has the alert.
    """

    __slots__ = ("_incoming", "_outgoing", "_tls", "ended", "established")

    def __init__(self, context: ssl.SSLContext, server_side: bool, name: str | None = None) -> None:
        """`name` is the server's, for SNI and, where the context says so, to be verified. Raises `ValueError` for one
        that cannot be, or that is missing."""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side, name)
        self.established = False
        self.ended = False

    def shake(self) -> None:
        """Goes on with the handshake."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.established = True

    def decrypted(self, data: bytes) -> bytes:
        """What is in `data`, which the peer has sent; empty while the handshake goes on."""
        self._incoming.write(data)
        if not self.established:
            self.shake()
        parts = []
        while self.established and not self.ended and (self._incoming.pending or self._tls.pending()):
            try:
                part = self._tls.read(LARGEST)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                part = b""
            if part:
                parts.append(part)
            else:
                self.ended = True
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def encrypt(self, data: bytes) -> None:
        """Puts `data` into the output."""
        written = self._tls.write(data)
        while written < len(data):
            written += self._tls.write(memoryview(data)[written:])

    def end(self) -> None:
        """Puts the last word into the output; what the peer goes on to say can still be read."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass  # the peer has not said its own last word yet, or something wrong before

    def output(self) -> bytes:
        """What is to be sent to the peer now."""
        return self._outgoing.read() if self._outgoing.pending else b""


def reason_of(exc: Exception) -> str:
    """What went wrong, in a few words."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"certificate verify failed: {exc.verify_message}"
    reason = getattr(exc, "reason", None) or getattr(exc, "strerror", None)
    return str(reason).lower().replace("_", " ") if reason else str(exc)
