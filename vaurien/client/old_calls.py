"""Old calls: the names that the client of the Vaurien of old had."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from vaurien.client.answers import Behavior
from vaurien.client.behavior_calls import BehaviorCalls


class OldCalls(BehaviorCalls):
    """One handler at a time, which gets all calls."""

    def get_handler(self, proxy: str | None = None) -> str:
        """The name of the handler that gets all calls; where several share them, the behavior: ``20:delay``."""
        now = self.get_behavior(proxy)
        taking = [share.handler for share in now.shares if share.percent > 0]
        return taking[0] if len(taking) == 1 else now.behavior

    def set_handler(self, name: str, /, *, proxy: str | None = None, **options: Any) -> Behavior:
        """From the next call on, this handler gets all calls. What `get_handler` has returned is taken too."""
        return self.set_behavior(_behavior(name), proxy=proxy, **options)

    def with_handler(
        self, name: str, /, *, proxy: str | None = None, **options: Any
    ) -> AbstractContextManager[Behavior]:
        """As long as the ``with`` block, this handler gets all calls."""
        return self.behavior(_behavior(name), proxy=proxy, **options)

    def list_handlers(self) -> list[str]:
        """The names of the handlers that can be chosen, sorted."""
        return sorted(handler.name for handler in self.handlers())


def _behavior(name: str) -> str:
    return name if ":" in name else f"100:{name}"
