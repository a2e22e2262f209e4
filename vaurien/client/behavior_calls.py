"""Behavior calls: what proxies do, for good or as long as a ``with`` block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vaurien.client.answers import Behavior, Loaded
from vaurien.client.asking import Asking
from vaurien.client.errors import ClientError, Conflict, Invalid, Outdated
from vaurien.client.exchange import Answer
from vaurien.client.proxy_calls import Options, lasting

ATTEMPTS = 20
"""So often in a row another may change the proxy between a look at it and the change: a guess, far too large."""


class BehaviorCalls(Asking):
    """Options of handlers are given in full, ``handlers={"delay": {"sleep": 2}}``, or short, ``sleep=2``. A short one
    goes to each handler in the behavior that has such an option, and it is `Invalid` if none has. Where both say
    something of one option, the full form holds. An option that is not given is as it was configured when the daemon
    started, or has its default."""

    def handlers(self) -> tuple[Loaded, ...]:
        """The handlers that can be chosen, with their options."""
        return tuple(map(Loaded.of, self.listed("/v1/handlers", "handlers")))

    def hooks(self) -> tuple[Loaded, ...]:
        """The hooks that can be chosen, with their options."""
        return tuple(map(Loaded.of, self.listed("/v1/hooks", "hooks")))

    def get_behavior(self, proxy: str | None = None) -> Behavior:
        """What a proxy does now."""
        return _behavior(self.request("GET", self.path_of(proxy, "behavior")))

    def set_behavior(
        self,
        behavior: str,
        /,
        *,
        proxy: str | None = None,
        handlers: Options | None = None,
        for_: float | str | None = None,
        expected: str | None = None,
        **options: Any,
    ) -> Behavior:
        """What a proxy does from its next call on: ``"20:delay,5:error"``. Returns what holds now.

        With `for_` (seconds, or ``"30s"``, ``"1.5m"``) it goes back by itself. `expected` is the `etag` of what was
        read before; if the proxy has changed since, nothing is done but to raise `Outdated`. Raises `Invalid`.
        """
        body = {"behavior": behavior, "handlers": self.options_for(behavior, handlers, options), **lasting(for_)}
        return _behavior(self.request("PUT", self.path_of(proxy, "behavior"), body, expected=expected))

    @contextmanager
    def behavior(
        self, behavior: str, /, *, proxy: str | None = None, handlers: Options | None = None, **options: Any
    ) -> Iterator[Behavior]:
        """As long as the ``with`` block, a proxy does this; then it does exactly what it did before, with the options
        that its handlers had, also when the block raises.

        Blocks that are nested, by other clients too, must end in the reverse order of their beginnings. If the block
        raises and the behavior cannot be restored, because the daemon is gone, the block's exception is the one that is
        seen; it gets a note. Raises `Conflict` if what holds now is there for a while only (``for``): what it goes
        back to cannot be restored.
        """
        name = self.only_proxy() if proxy is None else proxy
        wanted = self.options_for(behavior, handlers, options)
        before, now = self._exchanged(name, behavior, wanted)
        try:
            yield now
        except BaseException as exc:
            try:
                self._restore(name, before)
            except ClientError as failure:
                exc.add_note(f"the behavior of proxy {name} could not be restored: {failure}")
            raise
        self._restore(name, before)

    def _exchanged(self, name: str, behavior: str, handlers: Options) -> tuple[Behavior, Behavior]:
        """What held until now, and what holds now. No change by another can come between the two."""
        for attempt in range(ATTEMPTS):
            before = self.get_behavior(name)
            if before.reverts_in is not None:
                raise Conflict(
                    None,
                    "behavior",
                    f"that of proxy {name} goes back to another one in {before.reverts_in:.1f} s, which could not be"
                    " restored; wait for it, or set one for good",
                )
            try:
                return before, self.set_behavior(behavior, proxy=name, handlers=handlers, expected=before.etag or None)
            except Outdated:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _restore(self, name: str, before: Behavior) -> None:
        self.set_behavior(before.behavior, proxy=name, handlers=before.handlers)

    def options_for(
        self, behavior: str, handlers: Options | None, short: Mapping[str, Any]
    ) -> dict[str, dict[str, Any]]:
        """Options in full, for a behavior: those of `handlers`, and the `short` ones. Raises `Invalid`."""
        full = {name: dict(options) for name, options in (handlers or {}).items()}
        if not short:
            return full
        named = names_in(behavior)
        declared = {
            each.name: [option.name for option in each.options] for each in self.handlers() if each.name in named
        }
        for option, value in short.items():
            takers = [name for name, options in declared.items() if option in options]
            if not takers:
                there = "; ".join(f"{name} has {', '.join(options) or 'none'}" for name, options in declared.items())
                raise Invalid(
                    None, option, f"no handler of {behavior!r} has such an option; {there or 'none is known'}"
                )
            for name in takers:
                full.setdefault(name, {}).setdefault(option, value)
        return full


def names_in(behavior: str) -> list[str]:
    """The handlers that a behavior names. Whether it is one is for the daemon to say."""
    return [part.rpartition(":")[2] for part in re.split(r"[,\s]+", behavior) if part]


def _behavior(answer: Answer) -> Behavior:
    return Behavior.of(answer.body, etag=answer.etag)
