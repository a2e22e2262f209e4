"""Fields: a change of a proxy, as the fields of its settings that become others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from vaurien.settings import HandlerSettings, HookSettings, ProxySettings, SessionHandlerSettings, ToxicSettings

Fields = Mapping[str, Any]
"""Values by the names of fields of `ProxySettings`, and perhaps `OPTIONS`, `SESSION_OPTIONS`, `HOOK_OPTIONS` and some
that begin with `TOXIC`."""
TOXIC = "toxic:"
"""Begins the name of a change of one toxic, which leaves the others as they are: its settings, None where it goes."""
OPTIONS = "options"
"""A change of single options, beside the fields of a proxy's settings: it leaves the behavior as it is."""
SESSION_OPTIONS = "session_options"
"""The same for session handlers."""
OptionChanges = dict[str, tuple[Any, dict[str, Any]]]
"""By handler: the handler where there is none yet, and the options that change."""


HOOK_OPTIONS = "hook_options"
"""The same for hooks: it leaves alone which hooks there are."""
HookChanges = dict[str, tuple[int, dict[str, Any]]]
"""By hook: the number of the change, and the options that change."""
SINGLE = (OPTIONS, SESSION_OPTIONS, HOOK_OPTIONS)
"""Changes of single options."""
OF_BEHAVIOR = ("behavior", "handlers", OPTIONS)
"""What a behavior consists of."""

Hooks = tuple[HookSettings, ...]
Handlers = Mapping[str, HandlerSettings]
H = TypeVar("H", HandlerSettings, SessionHandlerSettings)


def with_options(handlers: Mapping[str, H], changes: OptionChanges) -> dict[str, H]:
    """The handlers, of calls or of sessions, with single options changed."""
    changed = dict(handlers)
    for name, (blank, given) in changes.items():
        handler: H = changed.get(name) or blank
        changed[name] = replace(handler, given={**handler.given, **given})
    return changed


def with_hook_options(hooks: Hooks, changes: HookChanges) -> Hooks:
    """The hooks with single options changed."""
    return tuple(_with_change(hook, *changes[hook.name]) if hook.name in changes else hook for hook in hooks)


def _with_change(hook: HookSettings, number: int, given: Mapping[str, Any]) -> HookSettings:
    """Its options are others than before, and than those of another that is changed in the same way: so is what is
    made."""
    return replace(hook, given={**hook.given, **given}, made=hash((hook.made, number)))


def with_own_hook_options(handlers: Handlers, changes: HookChanges) -> dict[str, HandlerSettings]:
    """The handlers with options changed of the hooks that are theirs alone."""
    return {name: replace(each, hooks=with_hook_options(each.hooks, changes)) for name, each in handlers.items()}


def with_toxics(toxics: tuple[ToxicSettings, ...], changes: Fields) -> tuple[ToxicSettings, ...]:
    """The toxics with those changes made that are of single ones; a new one is the last."""
    changed: dict[str, ToxicSettings | None] = {toxic.name: toxic for toxic in toxics}
    changed.update({name.removeprefix(TOXIC): value for name, value in changes.items() if name.startswith(TOXIC)})
    return tuple(toxic for toxic in changed.values() if toxic is not None)


def with_fields(base: ProxySettings, fields: Fields) -> ProxySettings:
    """The settings with a change made."""
    plain = {name: value for name, value in fields.items() if name not in SINGLE}
    changed = replace(base, **{name: value for name, value in plain.items() if not name.startswith(TOXIC)})
    changed = replace(changed, toxics=with_toxics(changed.toxics, fields))
    if OPTIONS in fields:
        changed = replace(changed, handlers=with_options(changed.handlers, fields[OPTIONS]))
    if SESSION_OPTIONS in fields:
        session_handlers = with_options(changed.session_handlers, fields[SESSION_OPTIONS])
        changed = replace(changed, session_handlers=session_handlers)
    if HOOK_OPTIONS in fields:
        hooks = with_hook_options(changed.hooks, fields[HOOK_OPTIONS])
        handlers = with_own_hook_options(changed.handlers, fields[HOOK_OPTIONS])
        changed = replace(changed, hooks=hooks, handlers=handlers)
    return changed


def left_of(fields: Fields, others: Fields) -> Fields:
    """What is left of a change that holds for a while when `others` are set for good."""
    left = {name: value for name, value in fields.items() if name not in others}
    if "behavior" in others:
        left.pop(OPTIONS, None)
    if "session_behavior" in others:
        left.pop(SESSION_OPTIONS, None)
    if "hooks" in others:
        left.pop(HOOK_OPTIONS, None)
    if "toxics" in others:
        left = {name: value for name, value in left.items() if not name.startswith(TOXIC)}
    return _with_changes(left, others)


def replaced(held: Fields, fields: Fields) -> Fields:
    """A behavior that is held, when `fields` are set meanwhile."""
    return _with_changes(
        {**held, **{name: fields[name] for name in ("behavior", "handlers") if name in fields}}, fields
    )


def _with_changes(fields: Fields, changes: Fields) -> Fields:
    """The fields with single options changed."""
    changed = dict(fields)
    if OPTIONS in changes and "handlers" in changed:
        changed["handlers"] = with_options(changed["handlers"], changes[OPTIONS])
    if SESSION_OPTIONS in changes and "session_handlers" in changed:
        changed["session_handlers"] = with_options(changed["session_handlers"], changes[SESSION_OPTIONS])
    if HOOK_OPTIONS in changes and "handlers" in changed:
        changed["handlers"] = with_own_hook_options(changed["handlers"], changes[HOOK_OPTIONS])
    if HOOK_OPTIONS in changes and "hooks" in changed:
        changed["hooks"] = with_hook_options(changed["hooks"], changes[HOOK_OPTIONS])
    if "toxics" in changed:
        changed["toxics"] = with_toxics(changed["toxics"], changes)
    return changed


def shown_fields(fields: Iterable[str]) -> list[str]:
    """The names of fields that people know."""
    names = ("toxics" if name.startswith(TOXIC) else name for name in fields if name != "places")
    shown = {OPTIONS: "handlers", SESSION_OPTIONS: "session_handlers"}
    return sorted({shown.get(name, name) for name in names})
