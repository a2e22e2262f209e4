"""Where the messages of one direction end. The syntax is httptools' work (llhttp): what it refuses is no HTTP/1.

httptools says that a message is over, but not where. So it is fed pieces that end where a message may end: at an empty
line (a head, or the last chunk and its trailers), or at the end of a body whose length is known. Then a message that is
over ends with the piece.
"""

from __future__ import annotations

import re

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, HttpResponseParser

from vaurien.protocols.http.heads import END_OF_HEAD, content_length, header

LONGEST_HEAD = 65536
"""So many bytes of a head are kept at most until it is whole."""
CHUNKED = -1
UNTIL_CLOSE = -2
UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
BODILESS = (b"204", b"304")


class Watch:
    """What httptools calls when a message is over."""

    __slots__ = ("complete",)

    def __init__(self) -> None:
        self.complete = False

    def on_message_complete(self) -> None:
        self.complete = True


class Framing:
    """One direction. `complete` says, after `head` and `body`, whether the message has ended."""

    __slots__ = ("_fed", "_left", "_parser", "_tail", "_to_backend", "_watch", "complete")

    def __init__(self, to_backend: bool) -> None:
        self._to_backend = to_backend
        self._watch = Watch()
        self._fed = 0  # bytes of an incomplete head that the parser has already
        self._left = 0  # bytes of the body still to come, or CHUNKED, or UNTIL_CLOSE
        self._tail = b""  # the last bytes of the read before, in a chunked body
        self.complete = False
        self.renew()

    def renew(self) -> None:
        """The next bytes begin a message, whatever the parser has seen so far."""
        self._parser = (HttpRequestParser if self._to_backend else HttpResponseParser)(self._watch)

    def whole_request(self, data: bytes) -> bool:
        """Whether `data` is exactly one request without a body; if so it is done with."""
        if self._fed or data.find(END_OF_HEAD) + 4 != len(data) or len(data) > LONGEST_HEAD or data[0] < 0x21:
            return False
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._watch.complete = False
        if self._watch.complete:
            self._watch.complete = False
            return True
        self.renew()  # the long way sees what this is
        return False

    def whole_reply(self, data: bytes) -> int:
        """Where the head ends if `data` is exactly one final reply with a body of a known length, which is done with
        then; else 0. The request must not be HEAD or CONNECT, whose replies may have a length without a body."""
        end = data.find(END_OF_HEAD) + 4
        if self._fed or not 16 <= end <= LONGEST_HEAD or data[9] < 0x32 or data[9:12] in BODILESS:
            return 0
        if content_length(data, 0, end) != len(data) - end:
            return 0
        self._feed(data)
        self._must_be_complete()
        return end

    def head(self, data: bytes, start: int) -> int:
        """Where the head ends that begins at `start`; 0 if it is not whole. The caller gives an incomplete one again,
        with more. Raises `ValueError` if this is no HTTP/1."""
        end = data.find(END_OF_HEAD, start + max(self._fed - 3, 0)) + len(END_OF_HEAD)
        whole = end >= len(END_OF_HEAD)
        if (end if whole else len(data)) - start > LONGEST_HEAD:
            raise ValueError(f"a head of more than {LONGEST_HEAD} bytes")
        if not whole:
            # The parser sees at the first wrong byte that this is no HTTP: nobody waits for the end of a head then.
            self._feed(data[start + self._fed :])
            self._fed = len(data) - start
            if self._watch.complete:
                raise ValueError("HTTP/0.9")
            return 0
        begin = start + self._fed
        try:
            self._feed(data if begin == 0 and end == len(data) else data[begin:end])
        except ValueError:
            if not self._watch.complete:
                raise
            self._upgraded(data[start:end])
        self._fed = 0
        self.complete = self._watch.complete
        if self.complete:
            self._watch.complete = False
        else:
            self._begin_body(data, start, end)
        return end

    def body(self, data: bytes, start: int) -> int:
        """Where what `data` has of the body from `start` on ends."""
        if self._left == UNTIL_CLOSE:
            return len(data)
        if self._left == CHUNKED:
            return self._chunks(data, start)
        end = min(len(data), start + self._left)
        self._feed(memoryview(data)[start:end])
        self._left -= end - start
        if self._left == 0:
            self._must_be_complete()
        return end

    def _begin_body(self, data: bytes, start: int, end: int) -> None:
        length = content_length(data, start, end)
        if length is not None:
            self._left = length
        elif (header(data[start:end], "transfer-encoding") or "").lower().endswith("chunked"):
            self._left, self._tail = CHUNKED, b""
        elif self._to_backend:
            raise ValueError("no HTTP/1: a request whose end cannot be told")
        else:
            self._left = UNTIL_CLOSE

    def _chunks(self, data: bytes, start: int) -> int:
        view, size, done = memoryview(data), len(data), start
        across = (self._tail + data[start : start + 3]).find(END_OF_HEAD) if self._tail else -1
        end = start + across + len(END_OF_HEAD) - len(self._tail) if across >= 0 else 0
        while done < size:
            if end <= done:
                end = data.find(END_OF_HEAD, max(done - 3, start)) + len(END_OF_HEAD)
            if end <= done:
                end = size
            self._feed(view[done:end])
            done = end
            if self._watch.complete:
                self._must_be_complete()
                return done
        self._tail = (self._tail + data[max(start, size - 3) :])[-3:]
        return done

    def _feed(self, data: bytes | memoryview) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as exc:
            raise ValueError(f"no HTTP/1: {exc}") from exc

    def _must_be_complete(self) -> bool:
        if not self._watch.complete:
            raise ValueError("a body that does not end where its length says")
        self._watch.complete = False
        self.complete = True
        return True

    def _upgraded(self, head: bytes) -> None:
        """The parser ends with a message that asks for another protocol. Whether there will be one, the reply says:
        until then this is a request like others, and may have a body."""
        self.renew()
        if self._to_backend and not head.startswith(b"CONNECT "):
            self._watch.complete = False
            self._feed(UPGRADE.sub(b"\r\nx-upgrade:", head))
