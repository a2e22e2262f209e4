"""SMTP's command lines (RFC 5321, section 4.1), and what a log may say of them."""

from __future__ import annotations

import re

from vaurien.protocols.base import Message
from vaurien.protocols.stepping import text

ADDRESS = re.compile(rb"^(MAIL FROM|RCPT TO):[ \t]*<?([^>\s]*)>?", re.IGNORECASE)
FIELDS = {b"MAIL FROM": "from", b"RCPT TO": "to"}
SECRET = frozenset(("AUTH",))
NEVER_REFUSED = frozenset(("RSET", "QUIT"))
"""What a server must do (RFC 5321, sections 4.1.1.5 and 4.1.1.10); clients do not look whether it did."""


def command(line: bytes) -> Message:
    """The request that a command line is. What stands behind the mechanism of AUTH (RFC 4954) is not in its name."""
    words = line.split(None, 1)
    verb = text(words[0][:20]).upper() if words else ""
    rest = text(words[1].strip()) if len(words) > 1 else ""
    address = ADDRESS.match(line)
    if address:
        kind, whom = address[1].upper(), text(address[2])
        return Message(True, f"{text(kind)}:<{whom}>", verb, {FIELDS[kind]: whom})
    name = f"{verb} {rest.partition(' ')[0] if verb in SECRET else rest}".rstrip()
    return Message(True, name, verb, answerable=verb not in NEVER_REFUSED)


def message() -> Message:
    """The message after DATA. The backend has said that it waits for it: only it can say what became of it."""
    return Message(True, "message", "message", answerable=False)


def continuation() -> Message:
    """A line of the dialogue that AUTH has begun: as secret as AUTH's own, and for the backend that waits for it."""
    return Message(True, "AUTH (continued)", "AUTH", answerable=False)


def chunk_length(line: bytes) -> int:
    """How many bytes follow this line: those that BDAT announces (RFC 3030, section 2); 0 for other commands."""
    words = line.split(None, 2)
    if len(words) < 2 or words[0].upper() != b"BDAT" or not words[1].isdigit():
        return 0
    return int(words[1][:20])
