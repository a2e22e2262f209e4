"""PostgreSQL's way into TLS: an SSLRequest, one byte in answer, and then the handshake.

See "SSL Session Encryption" in the manual's chapter on the protocol, and that on message formats.
"""

from __future__ import annotations

import struct

from vaurien.protocols.preamble import Preamble

REQUEST = struct.Struct("!II")
SSL_REQUEST = REQUEST.pack(8, 80877103)
GSS_REQUEST = REQUEST.pack(8, 80877104)
TLS = 0x16
YES, NO = b"S", b"N"


class AcceptingPostgreSQL(Preamble):
    """A client that asks for TLS gets it, as does one that begins with it; others go on in the clear, as real servers
    let them."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = b""

    def came(self, data: bytes) -> bytes:
        data, self._kept = self._kept + data, b""
        while data:
            if data[0] == TLS:
                self.tls = self.over = True
                self.rest = data
                return b""
            if len(data) < len(SSL_REQUEST):
                self._kept = data
                return b""
            request, behind = data[: len(SSL_REQUEST)], data[len(SSL_REQUEST) :]
            if request not in (SSL_REQUEST, GSS_REQUEST):
                self.over = True
                return data
            if request == SSL_REQUEST:
                if behind:
                    raise ValueError("it went on in the clear after its SSLRequest")
                self.say(YES)
                self.tls = self.over = True
                return b""
            self.say(NO)
            data = behind
        return b""


class ReachingPostgreSQL(Preamble):
    """The backend is asked for TLS, and must say yes."""

    def begin(self) -> None:
        self.say(SSL_REQUEST)

    def came(self, data: bytes) -> bytes:
        answer, behind = data[:1], data[1:]
        if answer == NO:
            raise ValueError("it speaks no TLS")
        if answer != YES:
            raise ValueError("it does not answer to an SSLRequest")
        if behind:
            raise ValueError("it went on in the clear after its answer to the SSLRequest")
        self.tls = self.over = True
        return b""
