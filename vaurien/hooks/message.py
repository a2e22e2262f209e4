"""Message, Reply, TAKEN: what hooks are given, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes on their way in one direction. It never changes: a filter returns another, made with `with_data`."""

    data: bytes
    to_backend: bool

    def with_data(self, data: bytes) -> Message:
        """The same message with other bytes. Empty ones mean that nothing goes on."""
        return replace(self, data=bytes(data))

    def __len__(self) -> int:
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the other's place: `data` goes back to where the call came from."""

    data: bytes


@final
class Taken:
    """The type of `TAKEN`, its only instance."""

    def __repr__(self) -> str:
        return "TAKEN"


TAKEN: Final = Taken()
"""The answer of a hook that has done the work itself."""

Claim = Reply | Taken | None
"""What a hook of the claim kind answers; None leaves it to the next."""
