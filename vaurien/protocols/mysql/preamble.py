"""MySQL's way into TLS: the server's greeting offers it, and the client asks for it with an SSLRequest in the clear.

Source: the MySQL internals manual, "Connection Phase" ("SSL Handshake", Protocol::SSLRequest) and "MySQL Packets"
("Sequence ID"): the packets of a login are counted, and the SSLRequest is one of them. Where one side of a session has
TLS and the other has not, their numbers differ by one until the server has let the client in.
"""

from __future__ import annotations

from typing import ClassVar

from vaurien.protocols.mysql.login import PROTOCOL_41, SSL, SSL_REQUEST, V10, flags_at
from vaurien.protocols.mysql.packets import packet
from vaurien.protocols.preamble import Preamble

LONGEST = 1 << 17
"""A packet of a login that is longer is none: 64 KiB of attributes are the most that is in one."""
HEAD = 4
OK, ERR = b"\x00", b"\xff"
NO_LOGIN = "the client does not log in as it should"
GOES_ON = "it goes on in the clear after its greeting"
GREETING = packet(
    0,
    b"\x0a8.0.0\0\1\0\0\0vaurien1\0" + b"\x0b\xa2\x2d\x02\x00\x28\x00\x15" + bytes(10)
    + b"vaurien-2345\0mysql_native_password\0",
)  # fmt: skip
"""That of a server that is not there."""


class LoginPreamble(Preamble):
    """Follows both sides until the server has let the client in, or has not. Only whole packets pass until then.

    The session begins in the clear, since the server speaks first, and never hears of TLS.
    """

    at_once = True
    client_is_peer: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self._begun = {True: b"", False: b""}  # of the client's words, and of the server's
        self._greeted = False
        self._decided = False  # nothing that comes from now on is the login's

    def came(self, data: bytes) -> bytes:
        return self._followed(self.client_is_peer, data)

    def passing(self, data: bytes) -> bytes:
        return self._followed(not self.client_is_peer, data)

    def kept(self, from_peer: bool) -> bytes:
        return self._begun[from_peer == self.client_is_peer]

    def _followed(self, from_client: bool, data: bytes) -> bytes:
        data = self._begun[from_client] + data
        self._begun[from_client] = b""
        passed = []
        inside = self.tls
        while data and not self._decided and self.tls == inside:
            size = size_of(data)
            if size > LONGEST:
                self.strange(from_client)
            elif len(data) < size:
                self._begun[from_client], data = data, b""
            else:
                one, data = data[:size], data[size:]
                passed.append(self._told(one) if not from_client else self.asked(one))
        if self.tls != inside:
            self.went_on(data)
        else:
            passed.append(data)
        self.over = self._decided and not any(self._begun.values())
        return b"".join(passed)

    def _told(self, one: bytes) -> bytes:
        """What passes of a packet of the server's."""
        if not self._greeted:
            self._greeted = True
            return self.greeted(one)
        if not self.tls:
            return self.behind_greeting(one)
        self._decided = one[HEAD : HEAD + 1] in (OK, ERR)
        return self.renumbered(one, False)

    def renumbered(self, one: bytes, from_client: bool) -> bytes:
        """A packet inside TLS with the number that it has on the other side. A client's with 0 is a command already."""
        if from_client and not one[3]:
            return one
        step = -1 if from_client == self.client_is_peer else 1
        return one[:3] + bytes(((one[3] + step) & 255,)) + one[HEAD:]

    def greeted(self, one: bytes) -> bytes:
        """What passes of the server's first packet."""
        raise NotImplementedError

    def behind_greeting(self, one: bytes) -> bytes:
        """What passes of a packet behind that, before TLS begins."""
        return one

    def asked(self, one: bytes) -> bytes:
        """What passes of a packet of the client's."""
        raise NotImplementedError

    def went_on(self, rest: bytes) -> None:
        """TLS is to begin behind a packet: this came together with it."""
        raise NotImplementedError

    def strange(self, from_client: bool) -> None:
        """What comes belongs to no login: it passes as it is."""
        self._decided = True


class AcceptingMySQL(LoginPreamble):
    """Offers TLS in the server's name. A client that does not want it goes on in the clear, as real servers let it."""

    client_is_peer = True

    def __init__(self) -> None:
        super().__init__()
        self._logs_in = False

    def greeted(self, one: bytes) -> bytes:
        if not is_greeting(one):
            self._decided = True
            return one
        return flagged(one, HEAD + flags_at(one[HEAD:]), True)

    def asked(self, one: bytes) -> bytes:
        if self._logs_in:
            return self.renumbered(one, True)
        if self.tls:
            self._logs_in = True
            one = self.renumbered(one, True)
            return flagged(one, HEAD, False) if is_login(one) else one
        wants_tls = len(one) == HEAD + SSL_REQUEST and flags_of(one) & SSL
        self.tls, self._decided = bool(wants_tls), not wants_tls
        return b"" if wants_tls else one

    def went_on(self, rest: bytes) -> None:
        self.rest = rest

    def backend_says(self, asked: bytes) -> bytes:
        return b"" if asked else GREETING


class ReachingMySQL(LoginPreamble):
    """Asks the backend for its TLS when the client logs in: an SSLRequest repeats what the login begins with. The login
    itself waits for TLS.

    A backend that refuses the client before that says so in the clear, and then gets nothing of what the client says.
    Whatever else stands in the clear behind its greeting could be anybody's, and ends the session.
    """

    client_is_peer = False

    def __init__(self) -> None:
        super().__init__()
        self._refused = False

    def passing(self, data: bytes) -> bytes:
        return b"" if self._refused else super().passing(data)

    def kept(self, from_peer: bool) -> bytes:
        """What the client has begun to say goes by TLS, or not at all."""
        return super().kept(from_peer) if from_peer or self.tls else b""

    def greeted(self, one: bytes) -> bytes:
        if self._refuses(one):
            return one
        if not is_greeting(one):
            self.strange(False)
        at = HEAD + flags_at(one[HEAD:])
        if not one[at + 1] & SSL >> 8:
            raise ValueError("it speaks no TLS")
        return flagged(one, at, False)

    def behind_greeting(self, one: bytes) -> bytes:
        if not self._refuses(one):
            raise ValueError(GOES_ON)
        return one

    def _refuses(self, one: bytes) -> bool:
        self._refused = self._refused or one[HEAD : HEAD + 1] == ERR
        return self._refused

    def asked(self, one: bytes) -> bytes:
        if self.tls:
            return self.renumbered(one, True)
        if not self._greeted or not is_login(one):
            raise ValueError(NO_LOGIN)
        login = flagged(one, HEAD, True)
        self.say(packet(one[3], login[HEAD : HEAD + SSL_REQUEST]))
        self.held = self.renumbered(login, True)
        self.tls = True
        return b""

    def went_on(self, rest: bytes) -> None:
        if self._begun[False]:
            raise ValueError(GOES_ON)
        self.held += self._followed(True, rest)

    def strange(self, from_client: bool) -> None:
        if not self.tls:
            raise ValueError(NO_LOGIN if from_client else "it speaks no MySQL")
        super().strange(from_client)


def size_of(data: bytes) -> int:
    """Bytes of the packet that begins here, with its head."""
    return HEAD if len(data) < HEAD else HEAD + int.from_bytes(data[:3], "little")


def is_greeting(one: bytes) -> bool:
    """Whether a packet is the greeting of a server that is no older than MySQL 4.1."""
    said = one[HEAD:]
    return said[:1] == V10 and b"\0" in said and len(said) >= flags_at(said) + 2


def is_login(one: bytes) -> bool:
    """Whether a packet of the client's is the login of one that is no older than MySQL 4.1."""
    return len(one) > HEAD + SSL_REQUEST and bool(flags_of(one) & PROTOCOL_41)


def flags_of(one: bytes) -> int:
    """The lower half of the capabilities in a packet of the client's."""
    return int.from_bytes(one[HEAD : HEAD + 2], "little")


def flagged(one: bytes, at: int, tls: bool) -> bytes:
    """The packet, whose capabilities begin at `at`, with the one for TLS, or without it."""
    flag = SSL >> 8
    second = one[at + 1] | flag if tls else one[at + 1] & ~flag
    return one[: at + 1] + bytes((second,)) + one[at + 2 :]
