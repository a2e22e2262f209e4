"""The ``transient`` handler: wrong for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.handlers.error import Error
from vaurien.options import Option


class Transient(Error):
    """Fails as ``error`` does for `agitate` calls, then everything works.

    The calls are counted over all sessions of the proxy, since that is how a service recovers: a client that comes
    again with a new connection finds it better.
    """

    name = "transient"
    options = {"agitate": Option("So many calls fail before all work", int, 3, minimum=0), **Error.options}

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        super().__init__(settings, proxy)
        self.failed = 0

    def fails(self) -> bool:
        if not super().fails() or self.failed >= self.option("agitate"):
            return False
        self.failed += 1
        return True
