"""Feeds protocols' conversations in all the ways in which bytes may come, and says what they made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from vaurien.protocols.base import Conversation, Message, Part

Step = tuple[bool, bytes]
"""Whether the client sends it, and what."""


class Cut(NamedTuple):
    """A message as a whole. `name` is "" for bytes that belong to none; `to` is the request's name."""

    to_backend: bool
    name: str
    data: bytes
    to: str | None
    final: bool
    ended: bool


def client(data: bytes) -> Step:
    return True, data


def server(data: bytes) -> Step:
    return False, data


def fed(conversation: Conversation, to_backend: bool, data: bytes) -> list[Part]:
    return conversation.requests(data) if to_backend else conversation.replies(data)


def cuts(parts: Iterable[tuple[bool, Part]]) -> list[Cut]:
    """The messages in the parts, in the order in which they began; parts without one, next to each other, are one."""
    found: list[tuple[bool, Message | None, list[Part]]] = []
    place: dict[tuple[bool, int], int] = {}
    for to_backend, part in parts:
        key = to_backend, id(part.message)
        if key not in place or (part.message is None and found[-1][:2] != (to_backend, None)):
            place[key] = len(found)
            found.append((to_backend, part.message, []))
        found[place[key]][2].append(part)
    made = []
    for to_backend, message, pieces in found:
        data, ended = b"".join(piece.data for piece in pieces), pieces[-1].last
        assert not any(piece.last for piece in pieces[:-1]) or message is None
        if message is None:
            made.append(Cut(to_backend, "", data, None, True, True))
        else:
            to = message.request.name if message.request else None
            made.append(Cut(to_backend, message.name, data, to, message.final, ended))
    return made


def talked(conversation: Conversation, steps: Iterable[Step]) -> list[Cut]:
    """What a conversation makes of these steps. All bytes must come out, in order."""
    parts: list[tuple[bool, Part]] = []
    steps = list(steps)
    for to_backend, data in steps:
        parts += [(to_backend, part) for part in fed(conversation, to_backend, data)]
    for side in (True, False):
        came = b"".join(part.data for to_backend, part in parts if to_backend is side)
        assert came + conversation.rest(side) == b"".join(data for to_backend, data in steps if to_backend is side)
    return cuts(parts)


def bytewise(steps: Iterable[Step]) -> list[Step]:
    return [(to_backend, data[place : place + 1]) for to_backend, data in steps for place in range(len(data))]


def in_pieces(steps: Iterable[Step], sizes: Callable[[], int]) -> list[Step]:
    """The same bytes, each step in pieces of so many bytes as `sizes` says."""
    made: list[Step] = []
    for to_backend, data in steps:
        while data:
            size = sizes()
            made.append((to_backend, data[:size]))
            data = data[size:]
    return made


def together(steps: Sequence[Step]) -> list[Step]:
    """The same bytes, what the client sends first, each side's at once: as it is with a pipeline."""
    return [(side, b"".join(data for to_backend, data in steps if to_backend is side)) for side in (True, False)]


def survives(conversation: Conversation, steps: Iterable[Step], bound: int) -> None:
    """Whatever comes: no error, all bytes in order, and never more than `bound` bytes kept."""
    went, came = [b"", b""], [b"", b""]
    for to_backend, data in steps:
        went[to_backend] += data
        came[to_backend] += b"".join(part.data for part in fed(conversation, to_backend, data))
        kept = len(went[to_backend]) - len(came[to_backend])
        assert 0 <= kept <= bound and went[to_backend].startswith(came[to_backend])
    for side in (True, False):
        assert came[side] + conversation.rest(side) == went[side]
