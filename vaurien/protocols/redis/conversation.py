"""A session of Redis, cut into commands and replies.

Sources: the RESP specification, and the manual's pages of ``SUBSCRIBE``, ``MONITOR`` and ``RESET``.

Each command has one reply, with these exceptions: one with ``CLIENT REPLY OFF`` or ``SKIP`` before it has none;
``SUBSCRIBE`` and its like have one for each channel; and what nobody has asked for is pushed in between.
"""

from __future__ import annotations

from vaurien.protocols.base import Message, Part
from vaurien.protocols.redis.asking import Asking, Queued, part
from vaurien.protocols.redis.commands import shortened
from vaurien.protocols.redis.subscriptions import Subscription, Subscriptions
from vaurien.protocols.redis.values import Walk, first_word

REFUSED = b"*1\r\n$15\r\nVAURIEN.REFUSED\r\n"
"""No server knows such a command: in a transaction it makes `EXEC` fail."""
DISCARD = b"*1\r\n$7\r\nDISCARD\r\n"

# Those whose replies change how later ones are read.
CHANGING = frozenset(("MONITOR", "RESET"))
GOOD_LINE = frozenset((b"+", b":", b"$", b"_", b"#", b",", b"("))


class StandIn(Message):
    """What the backend is sent in the place of a command that was refused. Nobody hears its reply."""

    __slots__ = ()


class RedisConversation(Asking):
    """One session. Of a reply it keeps 64 KiB of a line at most."""

    def __init__(self) -> None:
        super().__init__()
        self._in_reply = False
        self._reply: Message | None = None
        self._coming = Walk()  # of the reply
        self._subscriptions = Subscriptions()
        self._monitoring = False

    def replies(self, data: bytes) -> list[Part]:
        if self._expected and not self._kept[0] and not self._in_reply and not self.plain:
            whole = self._whole_reply(data)
            if whole is not None:
                return [part((data, whole, True, False))]
        return super().replies(data)

    def cut_replies(self, data: bytes) -> list[Part]:
        parts: list[Part] = []
        pos, size = 0, len(data)
        while pos < size:
            start = pos
            if not self._in_reply:
                message = self._reply_at(data, pos)
                if message is None:
                    self.keep(False, data[pos:])
                    break
                self._in_reply, self._reply, self._coming = True, message, Walk()
            pos = self._coming.over(data, pos)
            reply, last = self._reply, self._coming.done
            if pos > start and not (reply is not None and isinstance(reply.request, StandIn)):
                parts.append(Part(data[start:pos], reply, last))
            if last:
                self._in_reply, self._reply = False, None
                self._ended(reply, data, pos)
            elif pos < size:
                self.keep(False, data[pos:])
                break
        return parts

    def _whole_reply(self, data: bytes) -> Message | None:
        """The reply, if `data` is exactly one short one to an ordinary command, and no error."""
        request = self._expected[0]
        kind = request.__class__
        if (kind is not Message and kind is not Queued) or self._monitoring or self._subscriptions.any:
            return None
        if request.command in CHANGING:
            return None
        end = data.find(b"\r\n") + 2
        sign = data[:1]
        if sign == b"$" and data[1 : end - 2].isdigit():
            end += int(data[1 : end - 2]) + 2
        elif sign not in GOOD_LINE:
            return None
        if end != len(data) or end < 3:
            return None
        self._expected.popleft()
        return Message(False, request.name, request.command, request.fields, request)

    def _reply_at(self, data: bytes, pos: int) -> Message | None:
        """The message that begins at `pos`, None if more bytes are needed to tell."""
        kind, request = data[pos], self.expected()
        if kind == ord(">") or (kind == ord("*") and (self._subscriptions.any or isinstance(request, Subscription))):
            word = first_word(data, pos)
            if word is None:
                return None
            if isinstance(request, Subscription) and word.upper() == request.command:
                final = self._subscriptions.confirms(request)
                return Message(False, request.name, request.command, request.fields, request, final)
            if kind == ord(">") or word in Subscriptions.PUSHED:
                return Message(False, f"push {shortened(word)}".rstrip(), word.upper(), {"command": word.upper()})
        if kind == ord("+") and self._monitoring:
            if pos + 1 == len(data):
                return None
            if data[pos + 1 : pos + 2].isdigit():
                return Message(False, "push monitor", "MONITOR", {"command": "MONITOR"})
        if request is None:
            return Message(False, "unasked")
        if kind == ord("-"):
            if data.find(b" ", pos, pos + 32) < 0 and data.find(b"\r\n", pos) < 0 and len(data) - pos < 32:
                return None
            return failed(request, data, pos)
        return Message(False, request.name, request.command, request.fields, request)

    def _ended(self, reply: Message | None, data: bytes, end: int) -> None:
        """A reply has come as a whole, up to `end` in `data`; the line before that is in there."""
        if reply is None:
            return
        request = reply.request
        if reply.command in Subscriptions.COMMANDS:
            self._subscriptions.counted(reply.command, data, end)
        if request is None:
            return
        if reply.final:
            self.replied()
        if request.__class__ is Message and "error" not in reply.fields:
            if request.command == "MONITOR":
                self._monitoring = True
            elif request.command == "RESET":
                self._monitoring = False
                self._subscriptions = Subscriptions()

    def in_place_of(self, request: Message) -> bytes:
        """In a transaction, a command that fails, so that the backend's own `EXEC` says ``EXECABORT``; and `DISCARD`
        for `EXEC`."""
        if not isinstance(request, Queued) and request.command != "EXEC":
            return b""
        self.stands_in(StandIn(True, "in place of " + request.name))
        return REFUSED if isinstance(request, Queued) else DISCARD


def failed(request: Message, data: bytes, pos: int) -> Message:
    """The reply that begins with the error at `pos`."""
    word = data[pos + 1 : pos + 33].split(b"\r")[0].split(b" ")[0].decode("latin-1")
    word = word if word.isprintable() else ""
    fields = {**request.fields, "error": word}
    return Message(False, f"{request.name} -{word}", request.command, fields, request)
