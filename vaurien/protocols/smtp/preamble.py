"""SMTP's way into TLS: STARTTLS (RFC 3207)."""

from __future__ import annotations

from collections import deque

from vaurien.protocols.preamble import Preamble

LONGEST = 65536
"""A reply, or a line, that is longer is none."""
HARMLESS = frozenset((b"EHLO", b"HELO", b"NOOP", b"RSET", b"VRFY", b"EXPN", b"HELP"))
"""After these a client may still ask for TLS; others begin a mail or a dialogue, and are followed no further."""
READY = b"220 2.0.0 Ready to start TLS\r\n"
NO_PARAMETERS = b"501 5.5.4 STARTTLS takes no parameters\r\n"
GREETING, EHLO, STARTTLS = "its greeting", "EHLO", "STARTTLS"


class AcceptingSmtp(Preamble):
    """Lets the session begin in the clear, offers STARTTLS in the backend's name, and answers it itself.

    Inside TLS it takes care that STARTTLS is not offered any more. What a client has said behind STARTTLS in the clear
    is dropped: RFC 3207 wants that (section 4.2 says what is to be forgotten), for anybody could have put it there.
    """

    at_once = True

    def __init__(self) -> None:
        super().__init__()
        self._line = b""
        self._reply = b""
        self._asked: deque[bytes] = deque((b"",))  # whose replies are to come; first of all there is the greeting
        self._wants_tls = False
        self._done = False

    def came(self, data: bytes) -> bytes:
        """The client's lines, but for STARTTLS, up to the first that is not harmless."""
        data, self._line = self._line + data, b""
        passed: list[bytes] = []
        inside = self.tls
        while data and not (self._done or self._wants_tls or self.tls != inside):
            end = data.find(b"\n") + 1
            if not end and len(data) <= LONGEST:
                self._line, data = data, b""
            elif end:
                line, data = data[:end], data[end:]
                passed.append(self._request(line))
            else:
                self._done = True
        self._settle()
        if not (self._wants_tls or self.tls != inside):
            passed.append(data)  # what stands behind STARTTLS is dropped
        return b"".join(passed)

    def _request(self, line: bytes) -> bytes:
        """What the backend gets of it."""
        verb = line.split(None, 1)[0].upper() if line.strip() else b""
        if verb == b"STARTTLS" and not self.tls:
            self._starttls(line)
            return b""
        self._done = verb not in HARMLESS
        self._asked.append(verb)
        return line

    def _settle(self) -> None:
        """Replies are followed for as long as one is to come that was asked for."""
        self.over = self._done and not self._asked and not self._reply

    def _starttls(self, line: bytes) -> None:
        if len(line.split()) > 1:
            return self.say(NO_PARAMETERS)
        self._wants_tls = True
        if not self._asked:
            self._begin_tls()

    def _begin_tls(self) -> None:
        self._wants_tls = False
        self.say(READY)
        self.tls = True

    def passing(self, data: bytes) -> bytes:
        """The backend's replies, of which those to EHLO are changed."""
        data, self._reply = self._reply + data, b""
        passed: list[bytes] = []
        while data:
            end = end_of_reply(data)
            if not end and len(data) <= LONGEST:
                self._reply, data = data, b""
                break
            if not end:
                self._asked.clear()
                self._done = True
                passed.append(data)
                break
            reply, data = data[:end], data[end:]
            verb = self._asked.popleft() if self._asked else b""
            passed.append(offering(reply, not self.tls) if verb == b"EHLO" else reply)
        if self._wants_tls and not self._asked:
            self._begin_tls_after(passed)
        self._settle()
        return b"".join(passed)

    def backend_says(self, asked: bytes) -> bytes:
        return b"250 localhost\r\n" * len(asked.splitlines()) if asked else b"220 localhost ESMTP\r\n"

    def kept(self, from_peer: bool) -> bytes:
        return self._line if from_peer else self._reply

    def _begin_tls_after(self, passed: list[bytes]) -> None:
        """The replies to what came before STARTTLS are sent before the answer to it."""
        self.say(b"".join(passed))
        passed.clear()
        self._begin_tls()


class ReachingSmtp(Preamble):
    """Asks the backend for its TLS, and keeps its greeting for the session."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = b""
        self._step = GREETING

    def came(self, data: bytes) -> bytes:
        self._kept += data
        end = end_of_reply(self._kept)
        if not end:
            if len(self._kept) > LONGEST:
                raise ValueError(f"it says too much in reply to {self._step}")
            return b""
        reply, self._kept = self._kept[:end], self._kept[end:]
        if self._kept:
            raise ValueError(f"it goes on in the clear after its reply to {self._step}")
        expected = b"250" if self._step == EHLO else b"220"
        if reply[:3] != expected:
            said = reply.splitlines()[0].decode("ascii", "replace")[:100]
            raise ValueError(f"in reply to {self._step} it says {said!r}")
        self._go_on(reply)
        return b""

    def _go_on(self, reply: bytes) -> None:
        if self._step == GREETING:
            self.first = reply
            self._step = EHLO
            self.say(b"EHLO [127.0.0.1]\r\n")
        elif self._step == EHLO:
            if reply == offering(reply, False):
                raise ValueError("it does not offer STARTTLS")
            self._step = STARTTLS
            self.say(b"STARTTLS\r\n")
        else:
            self.tls = self.over = True


def end_of_reply(data: bytes) -> int:
    """Where the first reply ends (RFC 5321, section 4.2.1); 0 if there is no end yet."""
    start = 0
    while end := data.find(b"\n", start) + 1:
        if data[start + 3 : start + 4] != b"-":
            return end
        start = end
    return 0


def offering(reply: bytes, offered: bool) -> bytes:
    """The reply to an EHLO with STARTTLS in it, once, or without."""
    if reply[:3] != b"250":
        return reply
    lines = [line[4:].strip() for line in reply.splitlines()]
    kept = [lines[0], *(line for line in lines[1:] if line.upper() != b"STARTTLS")]
    if offered:
        kept.insert(1, b"STARTTLS")
    if kept == lines:
        return reply
    return b"".join(b"250-%s\r\n" % line for line in kept[:-1]) + b"250 %s\r\n" % kept[-1]
