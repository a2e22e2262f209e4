"""Behavior calls: what proxies do, for good or as long as a ``with`` block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vaurien.client.answers import Behavior
from vaurien.client.asking import Asking
from vaurien.client.errors import ClientError, Invalid, NotFound
from vaurien.client.exchange import Answer
from vaurien.client.loaded import Loaded, LoadedProtocol
from vaurien.client.proxy_calls import Options, lasting


class BehaviorCalls(Asking):
    """Options of handlers are given in full, ``handlers={"delay": {"sleep": 2}}``, or short, ``sleep=2``. A short one
    goes to each handler in the behavior that has such an option, and it is `Invalid` if none has. Where both say
    something of one option, the full form holds. An option that is not given is as it was configured when the daemon
    started, or has its default."""

    def handlers(self) -> tuple[Loaded, ...]:
        """The handlers that can be chosen, with their options."""
        return tuple(map(Loaded.of, self.listed("/v1/handlers", "handlers")))

    def session_handlers(self) -> tuple[Loaded, ...]:
        """The session handlers that can be chosen, with their options."""
        return tuple(map(Loaded.of, self.listed("/v1/session_handlers", "session_handlers")))

    def hooks(self) -> tuple[Loaded, ...]:
        """The hooks that can be chosen, with their options."""
        return tuple(map(Loaded.of, self.listed("/v1/hooks", "hooks")))

    def protocols(self) -> tuple[LoadedProtocol, ...]:
        """The protocols that can be chosen, plain ``tcp`` first."""
        return tuple(map(LoadedProtocol.of, self.listed("/v1/protocols", "protocols")))

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
        self,
        behavior: str,
        /,
        *,
        proxy: str | None = None,
        handlers: Options | None = None,
        for_: float | str | None = None,
        **options: Any,
    ) -> Iterator[Behavior]:
        """As long as the ``with`` block, a proxy does this; then it does exactly what it did before, with the options
        that its handlers had, also when the block raises, and whatever was set meanwhile.

        Blocks may be nested, by other clients too: the one that began last is what holds. What holds for a while only
        (`for_` of `set_behavior`) goes on to do so beneath the block. With `for_` the block's behavior ends after so
        long, even if this program is gone by then.

        If the block raises and the behavior cannot be restored, because the daemon is gone, the block's exception is
        the one that is seen; it gets a note.
        """
        name = self.only_proxy() if proxy is None else proxy
        body = {"behavior": behavior, "handlers": self.options_for(behavior, handlers, options), **lasting(for_)}
        now = _behavior(self.request("PUT", self.path_of(name, "behavior"), {**body, "hold": True}))
        if now.hold is None:
            raise ClientError(None, "hold", "the daemon does not say how the behavior is released")
        try:
            yield now
        except BaseException as exc:
            try:
                self._release(name, now.hold)
            except ClientError as failure:
                exc.add_note(f"the behavior of proxy {name} could not be restored: {failure}")
            raise
        self._release(name, now.hold)

    def release(self, hold: int, proxy: str | None = None) -> Behavior:
        """Ends a block from outside, such as one whose program is gone: `hold` is that of a `Behavior` or a `Revert`.
        Returns what holds now. Raises `NotFound` if it has ended already."""
        return _behavior(self.request("DELETE", self.path_of(proxy, "holds", str(hold))))

    def _release(self, name: str, hold: int) -> None:
        try:
            self.release(hold, name)
        except NotFound as exc:
            if exc.where != "hold":
                raise  # the proxy is gone; otherwise what was holds already

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
