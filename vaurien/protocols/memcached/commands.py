"""memcached's commands: which of them bring data, and which are answered.

Source: memcached's ``doc/protocol.txt``, sections "Commands", "Storage commands", "Meta Commands".
"""

from __future__ import annotations

from vaurien.protocols.base import Message
from vaurien.protocols.stepping import text

GETS = frozenset((b"get", b"gets", b"gat", b"gats"))
STORES = frozenset((b"set", b"add", b"replace", b"append", b"prepend", b"cas"))
META = frozenset((b"mg", b"ms", b"md", b"ma"))
SILENT = frozenset((b"quit", b"shutdown"))
NOREPLY = STORES | {b"delete", b"incr", b"decr", b"touch", b"flush_all", b"verbosity", b"cache_memlimit"}
"""Those that take ``noreply``; others are answered all the same."""
LONGEST_KEY = 250
LARGEST = 2**31 - 3
"""A longer value is refused by its command line: the server does not wait for the data."""
MENTIONED = 5
"""So many keys of a request are in its name."""


class Request(Message):
    """A request. It is `quiet` if the server answers it only in some cases; `opaque` and `key` are what its answer can
    be told by then. `verb` is its command."""

    __slots__ = ("key", "opaque", "quiet", "verb")

    def __init__(self, words: list[bytes], answerable: bool) -> None:
        verb = words[0] if words else b""
        place = 2 if verb in (b"gat", b"gats") else 1
        key = text(words[place]) if len(words) > place else ""
        name = text(b" ".join(words[: place + MENTIONED])) if verb in GETS else f"{text(verb)} {key}".rstrip()
        super().__init__(True, name, text(verb[:20]), {"key": key} if key else None, answerable=answerable)
        self.verb = verb
        self.quiet = verb in META and b"q" in words[2:]
        self.key = words[1] if len(words) > 1 else b""
        self.opaque = next((word for word in words[2:] if word[:1] == b"O"), b"") if verb in META else b""


def data_length(words: list[bytes]) -> int | None:
    """How many bytes follow the command line, with the line end after them; None if nothing does. Where the line is
    wrong, nothing does: the server answers at once and takes what comes next for a command."""
    verb = words[0] if words else b""
    place = 4 if verb in STORES else 2
    if verb not in STORES and verb != b"ms":
        return None
    if len(words) <= place or len(words[1]) > LONGEST_KEY:
        return None
    digits = words[place].removeprefix(b"+")[:20]
    return int(digits) + 2 if digits.isdigit() and int(digits) <= LARGEST else None


def is_answered(words: list[bytes]) -> bool:
    """Whether the server says something to this command."""
    verb = words[0] if words else b""
    return verb not in SILENT and not (verb in NOREPLY and words[-1] == b"noreply")
