"""Changes of a running daemon's behavior, as the control API makes them."""

from __future__ import annotations

from typing import Any

from tests.running import Running
from vaurien.control.live import Live


def set_options(daemon: Running, handler: str, **options: Any) -> None:
    """Changes single options of a handler of the first proxy."""
    daemon.do(lambda: Live(daemon.daemon).change(daemon.proxy.name, {"handlers": {handler: options}}))


def set_behavior(daemon: Running, behavior: str) -> None:
    """Another behavior for the first proxy."""
    daemon.do(lambda: Live(daemon.daemon).set_behavior(daemon.proxy.name, {"behavior": behavior}))
