"""Hooks: who is told of calls and sessions, and may change them. `BUILT_IN` lists those that come with Vaurien."""

from __future__ import annotations

from vaurien.call import Call, current
from vaurien.hooks.base import COMMON, Hook
from vaurien.hooks.limit import Limit
from vaurien.hooks.message import TAKEN, Message, Reply
from vaurien.hooks.scope import GLOBAL
from vaurien.hooks.viewer import Viewer
from vaurien.registry import Registry

BUILT_IN: tuple[type[Hook], ...] = (Limit, Viewer)

HOOKS = Registry("hook", {hook.name: hook for hook in BUILT_IN}, "vaurien.hooks", COMMON)

current_call = current.get
"""The call that the calling greenlet works on. Raises `LookupError` outside of one."""

add_global = GLOBAL.add
"""Registers a hook object for all proxies of this process, and returns it."""

__all__ = ["BUILT_IN", "GLOBAL", "HOOKS", "TAKEN", "Call", "Hook", "Message", "Reply", "add_global", "current_call"]
