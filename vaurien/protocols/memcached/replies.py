"""What a line of a memcached server says: whether data follows it, and whether the reply goes on after it.

Source: memcached's ``doc/protocol.txt``.
"""

from __future__ import annotations

ERRORS = (b"ERROR", b"CLIENT_ERROR", b"SERVER_ERROR")
META = (b"HD", b"VA", b"EN", b"NF", b"NS", b"EX")
HIDDEN = {b"mg": (b"EN",), b"ms": (b"HD",), b"md": (b"HD", b"NF"), b"ma": (b"NF",)}
LISTS = {
    # what the lines of a reply of several lines begin with, by the command; END is the last
    b"get": (b"VALUE ",),
    b"gets": (b"VALUE ",),
    b"gat": (b"VALUE ",),
    b"gats": (b"VALUE ",),
    b"stats": (b"STAT ", b"ITEM ", b"PREFIX "),
    b"lru_crawler": (b"key=", b"mg "),
}


def value_length(line: bytes) -> int:
    """How many bytes follow this line, with the line end after them; 0 if nothing does."""
    if not line.startswith(b"VA"):
        return 0
    place = 3 if line.startswith(b"VALUE ") else 1 if line.startswith(b"VA ") else 0
    if not place:
        return 0
    words = line.split()
    if len(words) <= place or not words[place].isdigit():
        raise ValueError("no memcached: a value without a length")
    return int(words[place][:20]) + 2


def goes_on(line: bytes, command: bytes) -> bool:
    """Whether more lines follow this one in the reply to the command."""
    return line.startswith(LISTS.get(command, ()))


def hidden(code: bytes, command: bytes) -> bool:
    """Whether a quiet meta command does not say this."""
    return code in HIDDEN.get(command, ())


def told_by(line: bytes) -> tuple[bytes, bytes]:
    """The key and the opaque (with its ``O``) that a meta command's reply names, b"" for what it does not."""
    words = line.split()
    flags = words[2:] if words[0] == b"VA" else words[1:]
    key = next((word[1:] for word in flags if word[:1] == b"k"), b"")
    return key, next((word for word in flags if word[:1] == b"O"), b"")
