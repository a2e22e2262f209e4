"""What a command is called, and by which key.

Sources: the RESP specification ("Sending commands", "Inline commands") and the key specifications of Redis' commands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from vaurien.protocols.redis.values import LONGEST_LINE

LONGEST_HEAD = 4096
"""So many bytes of a command are kept at most while its key is not known yet."""
LONGEST_KEY = 80
"""Characters of a key in a message's name."""
LONGEST_FIELD = 1024
"""Bytes of a key in a message's fields."""
LAST_LOOKED_AT = 12
"""Words of a command up to which its key is looked for."""

# Where the first key stands among a command's words, if not second.
KEY_AT = dict.fromkeys(("EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO", "BLMPOP", "BZMPOP"), 3)
KEY_AT |= dict.fromkeys(("BITOP", "LMPOP", "ZMPOP", "SINTERCARD", "ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD"), 2)
KEY_AT |= dict.fromkeys(("OBJECT", "XINFO", "XGROUP"), 2)
KEY_AT |= dict.fromkeys(("XREAD", "XREADGROUP"), LAST_LOOKED_AT)
# Those without a key: nothing more is said of them (a password stands there), or what their second word is.
SILENT = frozenset(("AUTH", "PING", "ECHO", "HELLO", "QUIT", "RESET", "MULTI", "EXEC", "DISCARD", "MONITOR", "INFO"))
SILENT |= {"TIME", "DBSIZE", "FLUSHALL", "FLUSHDB", "SAVE", "BGSAVE", "LASTSAVE", "ROLE", "SHUTDOWN", "MIGRATE"}
SILENT |= {"UNWATCH", "WAIT", "WAITAOF", "SWAPDB", "SLAVEOF", "REPLICAOF", "READONLY", "READWRITE", "ASKING"}
SECOND = frozenset(
    ("CLIENT", "CONFIG", "ACL", "SCRIPT", "FUNCTION", "CLUSTER", "COMMAND", "DEBUG", "LATENCY", "MODULE")
)
SECOND |= {"MEMORY", "PUBSUB", "SLOWLOG", "SELECT", "SCAN", "KEYS", "PUBLISH", "SPUBLISH", "SENTINEL", "RANDOMKEY"}
SECOND |= {"SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE"}

INLINE_WORD = re.compile(rb"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'])+""")


class Command(NamedTuple):
    """The beginning of a request: as many `words` as were looked at, of so many (`number`)."""

    words: list[bytes]
    number: int


def key_position(command: str) -> int:
    """Where among the words the first key stands; 0 if this command has none."""
    if command in SILENT or command in SECOND:
        return 0
    return KEY_AT.get(command, 1)


def command_at(data: bytes, pos: int) -> Command | None:
    """The command that begins at `pos`; it has no words if this is nothing to which a server replies. None if more
    bytes are needed. Raises `ValueError` if this cannot be one."""
    if data[pos] == ord("*"):
        return _multi_bulk(data, pos)
    end = data.find(b"\n", pos)
    if data[pos] == 0x16:
        raise ValueError("TLS")
    if end < 0:
        if len(data) - pos > LONGEST_LINE:
            raise ValueError("an inline command without an end")
        return None
    words = INLINE_WORD.findall(data, pos, end)
    return Command(words, len(words))


def inline_end(data: bytes, pos: int) -> int:
    """Where the inline command that begins at `pos` ends."""
    return data.index(b"\n", pos) + 1


def _multi_bulk(data: bytes, pos: int) -> Command | None:
    start, end = pos, data.find(b"\r\n", pos, pos + 32)
    if end < 0:
        return _more(len(data) - pos)
    count = int(data[pos + 1 : end])
    words: list[bytes] = []
    wanted = 1 if count > 0 else 0
    while len(words) < min(wanted, count):
        pos = end + 2
        end = data.find(b"\r\n", pos, pos + 32)
        if end < 0:
            return _more(len(data) - pos)
        if data[pos] != ord("$"):
            raise ValueError("no command of RESP")
        size = int(data[pos + 1 : end])
        word = data[end + 2 : end + 2 + min(size, LONGEST_HEAD)]
        if size < 0 or (not words and size > LONGEST_FIELD):
            raise ValueError("no command of RESP")
        words.append(word)
        if len(word) < size:
            if len(data) - start < LONGEST_HEAD:
                return None
            break
        end += size + 2
        wanted = _wanted(words)
    return Command(words, count)


def _more(size: int) -> Command | None:
    """Nothing yet: of a line with a number in it there are `size` bytes."""
    if size >= 32:
        raise ValueError("no command of RESP")
    return None


def _wanted(words: list[bytes]) -> int:
    """How many words must be known to say what a command that begins with `words` is called."""
    if len(words) > 1 and words[-1].upper() == b"STREAMS":
        return len(words) + 1
    command = words[0].upper().decode("latin-1")
    if command.startswith("XREAD"):
        return len(words) if len(words) > 1 and words[-2].upper() == b"STREAMS" else LAST_LOOKED_AT
    return 3 if command in SECOND else key_position(command) + 1


def text_of(word: bytes) -> str:
    """A word, printable, however it is made."""
    text = word[:LONGEST_FIELD].decode("utf-8", "backslashreplace")
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def called(words: list[bytes]) -> tuple[str, str, Mapping[str, str]]:
    """Name, command and fields of a command that begins with `words`."""
    command = text_of(words[0].upper())
    if command in SECOND:
        second = text_of(words[1]) if len(words) > 1 else ""
        return f"{command} {shortened(second)}".rstrip(), command, {"command": command, "key": ""}
    place = key_position(command)
    if command.startswith("XREAD"):
        places = [number for number, word in enumerate(words) if word.upper() == b"STREAMS"]
        place = places[0] + 1 if places else 0
    key = text_of(words[place]) if 0 < place < len(words) else ""
    return f"{command} {shortened(key)}".rstrip(), command, {"command": command, "key": key}


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_KEY else text[: LONGEST_KEY - 1] + "…"
