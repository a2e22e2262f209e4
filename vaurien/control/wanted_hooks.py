"""Wanted hooks: what a request asks of a proxy's hooks, checked, as fields of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from vaurien.control.checks import converted
from vaurien.control.fields import HOOK_OPTIONS, HookChanges, with_hook_options
from vaurien.control.given_options import by_name, given_options
from vaurien.errors import ConfigError
from vaurien.options import words
from vaurien.registry import nearest
from vaurien.settings import HookSettings, ProxySettings

_MADE = count(1)


def wanted_hooks(
    body: Mapping[str, Any], now: ProxySettings, configured: ProxySettings, loaded: Mapping[str, HookSettings]
) -> dict[str, Any]:
    """What ``hooks`` and ``hook_options`` change. A hook whose options are given is made anew, so that its class sees
    them; others stay as they are. Raises `ConfigError` whose `where` is the path in the body."""
    there = now.named_hooks
    chosen: dict[str, HookSettings] = {}
    if "hooks" in body:
        chosen = _chosen(body["hooks"], configured, loaded)
        own = {hook.name for hook in now.hooks}
        there = {**{name: hook for name, hook in there.items() if name not in own}, **chosen}
    changes: HookChanges = {}
    for name, options in by_name(body, HOOK_OPTIONS).items():
        where = f"{HOOK_OPTIONS}.{name}"
        if name not in there:
            known = nearest(name, there) if there else "it has none: name it in hooks, too"
            raise ConfigError(where, f"the proxy has no hook {name!r}; {known}")
        changes[name] = next(_MADE), given_options(there[name], options, where)
    fields: dict[str, Any] = {"hooks": with_hook_options(tuple(chosen.values()), changes)} if "hooks" in body else {}
    left = {name: change for name, change in changes.items() if name not in chosen}
    if left or not fields:
        fields[HOOK_OPTIONS] = left
    return fields


def _chosen(value: Any, configured: ProxySettings, loaded: Mapping[str, HookSettings]) -> dict[str, HookSettings]:
    """The hooks that a list names, with the options that the operator has written."""
    known = {**loaded, **{hook.name: hook for hook in configured.hooks}}
    names = converted("hooks", words, value if isinstance(value, str | list) else [value])
    for name in names:
        if name not in known:
            raise ConfigError("hooks", f"there is no hook {name!r} here; {nearest(name, known)}")
    return {name: known[name] for name in names}
