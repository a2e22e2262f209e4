"""Handlers: what can happen to a call. `BUILT_IN` lists those that come with Vaurien."""

from __future__ import annotations

from vaurien.handlers.abort import Abort
from vaurien.handlers.base import COMMON, BaseHandler
from vaurien.handlers.blackout import Blackout
from vaurien.handlers.corrupt import Corrupt
from vaurien.handlers.delay import Delay
from vaurien.handlers.drip import Drip
from vaurien.handlers.dummy import Dummy
from vaurien.handlers.error import Error
from vaurien.handlers.half_close import HalfClose
from vaurien.handlers.hang import Hang
from vaurien.handlers.lost_response import LostResponse
from vaurien.handlers.rewrite import Rewrite
from vaurien.handlers.script import ByScript
from vaurien.handlers.transient import Transient
from vaurien.handlers.truncate import Truncate
from vaurien.registry import Registry

BUILT_IN: tuple[type[BaseHandler], ...] = (
    Abort,
    Blackout,
    Corrupt,
    Delay,
    Drip,
    Dummy,
    Error,
    HalfClose,
    Hang,
    LostResponse,
    Rewrite,
    ByScript,
    Transient,
    Truncate,
)

HANDLERS = Registry(
    "handler", {handler.name: handler for handler in BUILT_IN}, "vaurien.handlers", COMMON, implied={"script": ByScript}
)

__all__ = ["BUILT_IN", "HANDLERS", "BaseHandler"]
