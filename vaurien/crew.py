"""Crew: the handlers, hooks and toxics of one proxy, in the order in which calls and bytes meet them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import gevent

from vaurien.active import ActiveHandler, ActiveHook, ActiveToxic
from vaurien.active_session_handler import ActiveSessionHandler
from vaurien.aim import is_script
from vaurien.aimed import AimedChoice
from vaurien.callers import Callers
from vaurien.choice import Choice
from vaurien.errors import ConfigError, NotMade
from vaurien.fitting import check_fitting
from vaurien.handlers import HANDLERS
from vaurien.hooks import GLOBAL
from vaurien.hooks.chain import Chain
from vaurien.hooks.scope import Scope
from vaurien.registry import name_of
from vaurien.session_choice import SessionChoice
from vaurien.settings import HandlerSettings, HookSettings, ProxySettings, SessionHandlerSettings, ToxicSettings

log = logging.getLogger("vaurien.proxy")

A = TypeVar("A", ActiveHandler, ActiveHook, ActiveToxic, ActiveSessionHandler)
KINDS = {
    HookSettings: "hook",
    HandlerSettings: "handler",
    ToxicSettings: "toxic",
    SessionHandlerSettings: "session_handler",
}


@dataclass(frozen=True)
class Prepared:
    """Settings, and the handlers, hooks and toxics that they ask for, made but not at work yet."""

    settings: ProxySettings
    handlers: Mapping[str, ActiveHandler]
    hooks: Mapping[str, ActiveHook]
    toxics: tuple[ActiveToxic, ...] = ()
    session_handlers: Mapping[str, ActiveSessionHandler] = field(default_factory=dict)


class Crew:
    """Who acts on the calls of a proxy.

    `choices[to_backend]` is the choice that every call of that direction makes, or None where there is nothing to
    choose; `chain` has the hooks of the proxy, without those of single handlers. Both are replaced whole when the
    behavior, an option or a hook changes, and so hold from the next call on. `scope` takes the hooks that are
    registered by program. `toxics[to_backend]` are those of that direction in their order, `openers` all that may hold
    back a connect. `session_choice` is the choice that every session makes, None where there is nothing to choose.
    `cuts` says that something depends on messages, `cuts_since` since when; `counts` that commands are counted.
    """

    def __init__(self, proxy: Any, settings: ProxySettings) -> None:
        """Raises `ConfigError` if a handler or hook cannot be made."""
        self.proxy = proxy
        self.scope: Scope = proxy.hooks
        self.chain = Chain()
        self.choices: tuple[Choice | None, Choice | None] = (None, None)
        self.verbose = False
        self.cuts = False
        self.cuts_since = 0.0
        self.counts = False
        self.toxics: tuple[list[ActiveToxic], list[ActiveToxic]] = ([], [])
        self.openers: list[ActiveToxic] = []
        self.has_toxics = False
        self.session_choice: SessionChoice | None = None
        self._callers: Callers | None = None
        self.dummy = self._found("dummy")
        self._now = Prepared(settings, {}, {})
        self.adopt(self.prepare(settings))
        for scope in (GLOBAL, self.scope):
            scope.watch(self._arrange)

    @property
    def handlers(self) -> Mapping[str, ActiveHandler]:
        """All that can be chosen, by name."""
        return self._now.handlers

    def prepare(self, settings: ProxySettings) -> Prepared:
        """What `settings` ask for; handlers and hooks that stay are kept. Raises `ConfigError`."""
        check_fitting(settings)
        now = self._now
        handlers: dict[str, ActiveHandler] = {}
        hooks: dict[str, ActiveHook] = {}
        try:
            for name, hook in settings.named_hooks.items():
                hooks[name] = self._kept(now.hooks.get(name), hook, ActiveHook)
            for name, handler in settings.handlers.items():
                handlers[name] = self._kept(now.handlers.get(name), handler, ActiveHandler)
            toxics = tuple(self._toxic(toxic) for toxic in settings.toxics)
            for_sessions = {
                name: self._kept(now.session_handlers.get(name), handler, ActiveSessionHandler)
                for name, handler in settings.session_handlers.items()
            }
        except ConfigError:
            self.discard(Prepared(settings, handlers, hooks))
            raise
        return Prepared(settings, handlers, hooks, toxics, for_sessions)

    def _toxic(self, wanted: ToxicSettings) -> ActiveToxic:
        old = next((toxic for toxic in self._now.toxics if toxic.name == wanted.name), None)
        same = old is not None and old.settings.to_backend == wanted.to_backend
        if same and old is not None and dict(old.settings.given) != dict(wanted.given):
            self._kept(None, wanted, ActiveToxic)  # whether the class takes these options shows only then
        return self._kept(old if same else None, wanted, ActiveToxic)

    def discard(self, prepared: Prepared) -> None:
        """Closes the hooks that `prepare` made, where they are not to go to work after all."""
        for name, hook in prepared.hooks.items():
            if self._now.hooks.get(name) is not hook:
                hook.close()

    def _kept(self, old: A | None, wanted: Any, make: Callable[[Any, Any], A]) -> A:
        """The one that does its work already, if it is what is wanted, or else a new one. Raises `NotMade`."""
        same = old is not None and old.settings.target is wanted.target
        if same and getattr(old.settings, "made", 0) == getattr(wanted, "made", 0):  # type: ignore[union-attr]
            return old  # type: ignore[return-value]
        try:
            return make(wanted, self.proxy)
        except ConfigError as exc:
            raise NotMade(KINDS[type(wanted)], wanted.name, exc) from exc

    def adopt(self, prepared: Prepared) -> None:
        """Sets to work what `prepare` made. Holds from the next call on."""
        before, self._now = self._now, prepared
        for name, handler in prepared.handlers.items():
            handler.settings = prepared.settings.handlers[name]
            handler.values.replace(handler.settings.given)
        for name, wanted in prepared.settings.named_hooks.items():
            hook = prepared.hooks[name]
            hook.settings = wanted
            hook.values.replace(wanted.given)
            hook.entry.refresh()
        self._adopt_toxics(prepared)
        self._adopt_session_handlers(prepared)
        self._arrange()
        leaving = [hook for name, hook in before.hooks.items() if prepared.hooks.get(name) is not hook]
        if leaving:
            gevent.spawn(self._see_off, leaving)

    def _adopt_toxics(self, prepared: Prepared) -> None:
        for toxic, settings in zip(prepared.toxics, prepared.settings.toxics, strict=True):
            toxic.adopt(settings)
        to_client, to_backend = (
            [toxic for toxic in prepared.toxics if toxic.settings.to_backend == way] for way in (False, True)
        )
        self.toxics = to_client, to_backend
        self.openers = [toxic for toxic in prepared.toxics if toxic.opens]
        self.has_toxics = bool(prepared.toxics)

    def _adopt_session_handlers(self, prepared: Prepared) -> None:
        settings, handlers = prepared.settings, prepared.session_handlers
        for name, handler in handlers.items():
            handler.settings = settings.session_handlers[name]
            handler.values.replace(handler.settings.given)
        self.session_choice = SessionChoice.of(settings.session_behavior, handlers, self.proxy)

    def _see_off(self, hooks: list[ActiveHook]) -> None:
        """In a greenlet: closes hooks that have left, when the calls are over that they are still told of."""
        sessions = self.proxy.unended()
        calls = [flow.greenlet for session in sessions for flow in session.flows]
        asked = [session.greenlet for session in sessions if not session.entering]
        for worker in (*calls, *asked):
            if worker is not None:
                worker.wait_over()
        for hook in hooks:
            hook.close()

    def _arrange(self) -> None:
        """Puts everybody in order anew. Called again whenever a hook is registered."""
        now = self._now
        shared = [*GLOBAL.entries, *(now.hooks[hook.name].entry for hook in now.settings.hooks), *self.scope.entries]
        chain = Chain(shared)
        dummy = now.handlers.get("dummy") or self.dummy
        for handler in {dummy, *now.handlers.values()}:
            own = [now.hooks[hook.name].entry for hook in handler.settings.hooks]
            handler.wrap(Chain([*shared, *handler.own_hooks, *own]))
        self.verbose = log.isEnabledFor(logging.DEBUG)
        deferred = chain.listens("on_route")
        choices = [self._choice(dummy, to_backend, deferred) for to_backend in (False, True)]
        for to, choice in enumerate(self.choices):
            if choice is not None:
                choice.leave(session.flows[to] for session in self.proxy.sessions.values() if session.flows)
        to_client, to_backend = (choice if choice.chooses() or self.verbose else None for choice in choices)
        self.chain, self.dummy, self.choices = chain, dummy, (to_client, to_backend)
        self.counts = now.settings.command_metrics
        cuts = self.counts or to_client is not None or to_backend is not None
        if cuts and not self.cuts:
            self.cuts_since = time.monotonic()
        self.cuts = cuts

    def _choice(self, dummy: ActiveHandler, to_backend: bool, deferred: bool) -> Choice:
        """The choice among the handlers that there are now."""
        settings, handlers = self._now.settings, self._now.handlers
        behavior, header = settings.behavior, settings.caller_header
        limited = any(handlers[share.name].match is not None for share in behavior.shares)
        if not (limited or behavior.scripts or header):
            return Choice(behavior, handlers, dummy, to_backend, deferred)
        if self._callers is None or (self._callers.header, self._callers.most) != (header, settings.max_active):
            self._callers = Callers(header, settings.max_active)
        acting = {name: handler for name, handler in handlers.items() if not is_script(handler.settings.target)}
        self._callers.handlers = {"dummy": dummy, **acting}
        return AimedChoice(behavior, handlers, dummy, to_backend, deferred, self._callers if header else None)

    def handler(self, wanted: Any) -> ActiveHandler:
        """The handler that `wanted` names: one of this proxy's own, or one that can be found by that name; or the one
        that it is, an object to be called. Raises `ConfigError` if there is none."""
        if isinstance(wanted, ActiveHandler):
            return wanted
        if not isinstance(wanted, str):
            return self._stranger(wanted)
        name = wanted
        found = self.handlers.get(name)
        if found is None and "." in name:
            name = name_of(HANDLERS.find(name, f"proxy {self.proxy.name}"), name)
            found = self.handlers.get(name)
        if found is None:
            found = self.dummy if name == self.dummy.name else self._found(wanted)
            self._now = replace(self._now, handlers={**self.handlers, name: found})
            self._arrange()
        return found

    def _stranger(self, instance: Any) -> ActiveHandler:
        """A handler that is an object of the hook's own."""
        name = name_of(instance, getattr(instance, "__qualname__", type(instance).__name__))
        handler = ActiveHandler(HandlerSettings(name, instance, HANDLERS.common), self.proxy)
        handler.wrap(Chain([*self.chain.entries, *handler.own_hooks]))
        return handler

    def _found(self, name: str) -> ActiveHandler:
        where = f"proxy {self.proxy.name}"
        target = HANDLERS.find(name, where)
        return ActiveHandler(HandlerSettings(name, target, HANDLERS.options(target, where)), self.proxy)

    def close(self) -> None:
        """Closes the hooks; nothing that is registered from now on concerns this proxy."""
        GLOBAL.unwatch(self._arrange)
        for hook in self._now.hooks.values():
            hook.close()
