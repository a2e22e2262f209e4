"""Message, Reply, TAKEN: what hooks are given, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes on their way in one direction. It never changes: a filter returns another, made with `with_data`."""

    data: bytes
    to_backend: bool

    def __post_init__(self) -> None:
        _check(self)

    def with_data(self, data: bytes) -> Message:
        """The same message with other bytes. Empty ones mean that nothing goes on."""
        return replace(self, data=bytes(data))

    def __len__(self) -> int:
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the other's place: `data` goes back to where the call came from."""

    data: bytes

    def __post_init__(self) -> None:
        _check(self)


def _check(told: Message | Reply) -> None:
    if not isinstance(told.data, bytes | bytearray | memoryview):
        raise TypeError(f"the data of a {type(told).__name__} must be bytes, not {told.data!r}")
    object.__setattr__(told, "data", bytes(told.data))


@final
class Taken:
    """The type of `TAKEN`, its only instance."""

    def __repr__(self) -> str:
        return "TAKEN"


TAKEN: Final = Taken()
"""What a claim returns when the hook has done the work itself."""

Claim = Reply | Taken | None
"""What a hook of the claim kind answers; None leaves it to the next."""
