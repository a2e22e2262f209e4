"""What a client of Redis sends, cut into commands.

Sources: the RESP specification, and the manual's pages of ``CLIENT REPLY``, ``MULTI`` and ``RESET``.
"""

from __future__ import annotations

from functools import partial

from vaurien.protocols.base import MOST_WAITING, Conversation, Message, Part
from vaurien.protocols.redis.commands import (
    LONGEST_KEY,
    SECOND,
    called,
    command_at,
    inline_end,
    key_position,
    text_of,
)
from vaurien.protocols.redis.subscriptions import Subscription, Subscriptions
from vaurien.protocols.redis.values import Walk

part = partial(tuple.__new__, Part)  # with all four fields: half the price of Part()

SHORT = 512
"""Bytes up to which a command is tried to be cut at one blow."""

WORDS = {2 * words + 2: b"*%d" % words for words in range(1, 6)}
PLACES = {count: range(1, count - 1, 2) for count in WORDS}
SIZES = [b"$%d" % size for size in range(SHORT)]
# What needs a second look, since it changes how those after it are read.
SPECIAL = frozenset(("MULTI", "EXEC", "DISCARD", "RESET", "CLIENT", "SYNC", "PSYNC", *Subscriptions.COMMANDS))
NEVER_REFUSED = frozenset(("MULTI", "DISCARD"))


class Queued(Message):
    """A command inside a transaction: its reply is ``+QUEUED``."""

    __slots__ = ()


class Asking(Conversation):
    """The commands of one session. It keeps 64 KiB of an inline command at most, and 4 KiB of another."""

    def __init__(self) -> None:
        super().__init__()
        self._request: Message | None = None
        self._to_come = Walk()  # of the request
        self._multi = False
        self._muted = ""  # "", "SKIP": the next command has no reply, "OFF": none has
        self._known: dict[bytes, tuple[str, int]] = {}

    def requests(self, data: bytes) -> list[Part]:
        if self._request is None and len(data) < SHORT and not self._kept[1] and not self.plain:
            whole = self._whole(data)
            if whole is not None:
                return [part((data, whole, True, False))]
        return super().requests(data)

    def cut_requests(self, data: bytes) -> list[Part]:
        parts: list[Part] = []
        pos, size = 0, len(data)
        while pos < size:
            start = pos
            if self._request is None:
                command = command_at(data, pos)
                if command is None:
                    self.keep(True, data[pos:])
                    break
                message = self._begun(command.words, command.number) if command.words else None
                if data[pos] != ord("*") or message is None:
                    pos = inline_end(data, pos)
                    parts.append(Part(data[start:pos], message))
                    continue
                self._request, self._to_come = message, Walk()
            pos = self._to_come.over(data, pos)
            last = self._to_come.done
            if pos > start:
                parts.append(Part(data[start:pos], self._request, last))
            if last:
                self._request = None
            elif pos < size:
                self.keep(True, data[pos:])
                break
        return parts

    def _whole(self, data: bytes) -> Message | None:
        """The request, if `data` is exactly one ordinary command. The lengths that it states are all looked at, so
        that a line end inside a word is none."""
        words = data.split(b"\r\n")
        count = len(words)
        if words[0] != WORDS.get(count) or words[-1] or self._muted or len(self.waiting) >= MOST_WAITING:
            return None
        for place in PLACES[count]:
            if words[place] != SIZES[len(words[place + 1])]:
                return None
        command, place = self._known.get(words[2]) or self._learned(words[2])
        if place == 0:
            return None
        word = words[2 * place + 2] if 2 * place + 3 < count else b""
        key = word.decode("utf-8", "backslashreplace")
        if len(key) > LONGEST_KEY or not key.isprintable():
            return None
        name = f"{command} {key}" if key else command
        message = (Queued if self._multi else Message)(True, name, command, {"command": command, "key": key})
        self.waiting.append(message)
        self._expected.append(message)
        return message

    def _learned(self, word: bytes) -> tuple[str, int]:
        """A command's name and where its key stands, 0 if that takes more than a glance. Few are kept."""
        command = text_of(word.upper())
        known = command, 0 if command in SPECIAL or command in SECOND or command.startswith("XREAD") else -1
        if known[1] and len(command) < 32:
            known = command, key_position(command) or 500  # there is no word at such a place
        if len(self._known) < 500:
            self._known[word] = known
        return known

    def _begun(self, words: list[bytes], count: int) -> Message:
        """The request that begins with these of `count` words."""
        name, command, fields = called(words)
        if command in ("SYNC", "PSYNC"):
            raise ValueError("replication")
        message: Message
        if command in Subscriptions.COMMANDS and not self._multi:
            message = Subscription(name, command, fields, count - 1)
        elif self._multi and command not in ("EXEC", "DISCARD", "RESET", "MULTI"):
            message = Queued(True, name, command, fields)
        else:
            message = Message(True, name, command, fields, None, True, command not in NEVER_REFUSED)
        if command in SPECIAL:
            self._multi = command == "MULTI" or (self._multi and command not in ("EXEC", "DISCARD", "RESET"))
        if not self._has_reply(command, words):
            message.answerable = False
            return message
        return self.asked(message)

    def _has_reply(self, command: str, words: list[bytes]) -> bool:
        muted = self._muted
        if command == "CLIENT" and [word.upper() for word in words[1:2]] == [b"REPLY"] and not self._multi:
            wanted = words[2].upper() if len(words) > 2 else b""
            if wanted in (b"OFF", b"SKIP"):
                self._muted = "OFF" if wanted == b"OFF" or muted == "OFF" else "SKIP"
                return False
            if wanted == b"ON":
                self._muted = ""
                return True
        if command == "RESET":
            self._muted = muted = ""
        if muted == "SKIP":
            self._muted = ""
        return not muted
