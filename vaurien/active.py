"""Active: the handlers and hooks at work in one proxy, with the values of their options."""

from __future__ import annotations

import logging
from typing import Any

from vaurien import chance, registry
from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks import scope
from vaurien.hooks.chain import Chain, Entry
from vaurien.match import Match
from vaurien.options import OptionValues
from vaurien.settings import HandlerSettings, HookSettings, SessionHandlerSettings, ToxicSettings
from vaurien.toxics.base import Toxic, seconds

log = logging.getLogger("vaurien.proxy")


Settings = HandlerSettings | HookSettings | SessionHandlerSettings | ToxicSettings


def made(kind: str, settings: Settings, values: OptionValues, proxy: Any) -> Any:
    """The instance that `settings` ask for. Raises `ConfigError` that names it if its constructor raises."""
    try:
        return registry.make(settings.target, values, proxy)
    except ConfigError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as exc:
        raise ConfigError(f"{kind} {settings.name}", f"cannot be made: {registry.in_a_line(exc)}") from exc


class ActiveHandler:
    """A handler at work in one proxy: the instance, its name and option values, and the hooks round its calls.

    `calls` counts what it was given, by direction: ``calls[True]`` are those to the backend; `chosen` is the proxy's
    own count of the calls that its name got, with those that a hook has taken from it. `own_hooks` are the entries
    that only this handler has; `chain` has them and all others. `in_loop` says that the engine may do its work in the
    event loop, `pauses` that this is a pause and then a relay.
    """

    __slots__ = ("act", "calls", "chain", "chosen", "in_loop", "name", "own_hooks", "pauses", "settings", "values")

    def __init__(self, settings: HandlerSettings, proxy: Any) -> None:
        """Makes the instance. Raises `ConfigError` that names the handler if that cannot be."""
        self.name = settings.name
        self.settings = settings
        self.values = OptionValues(settings.declared, settings.given)
        self.calls = [0, 0]
        self.chosen: list[int] = proxy.counters.calls_of(settings.name)
        self.act = made("handler", settings, self.values, proxy)
        if not callable(self.act):
            raise ConfigError(f"handler {self.name}", f"{type(self.act).__name__} has no __call__")
        self.own_hooks: list[Entry] = scope.declared_by(settings.target)
        self.wrap(Chain())

    def acts_on(self, to_backend: bool) -> bool:
        """Whether it wants the calls of this direction."""
        if hasattr(self.act, "acts_on"):
            try:
                return bool(self.act.acts_on(to_backend))
            except Exception:
                log.exception("handler %s raised in acts_on: it gets the calls of both directions", self.name)
                return True
        direction = self.values["direction"]
        return bool(direction == "both" or (direction == "to_backend") == to_backend)

    @property
    def match(self) -> Match | None:
        """What it is limited to; None for all calls."""
        match = self.values.get("match")
        return match if isinstance(match, Match) and match else None

    def wrap(self, chain: Chain) -> None:
        """Puts these hooks round its calls."""
        self.chain = chain
        self.in_loop = vars(type(self.act)).get("in_loop") is True and not chain.wraps_calls
        self.pauses = self.in_loop and hasattr(self.act, "pause")

    @property
    def relayed(self) -> bool:
        """Whether the engine may relay the bytes itself, and at once, instead of calling."""
        return self.in_loop and not self.pauses

    @property
    def wants_all(self) -> bool:
        """Whether it acts on all pieces of a long message, and not only on the first: filters do, too."""
        return bool(getattr(self.act, "every_piece", False) or self.chain.filters)

    def pause(self, call: Call) -> float:
        """How long the engine has to wait, in seconds, before it relays in its place."""
        self.calls[call.to_backend] += 1
        return float(self.act.pause(call))

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        self.calls[to_backend] += 1
        return self.act(client_sock, backend_sock, to_backend)

    def __repr__(self) -> str:
        return f"<handler {self.name}>"


class ActiveHook:
    """A hook that the settings ask for, at work in one proxy: the instance, its option values, its place in chains."""

    __slots__ = ("entry", "instance", "settings", "values")

    def __init__(self, settings: HookSettings, proxy: Any) -> None:
        """Makes the instance. Raises `ConfigError` that names the hook if that cannot be."""
        self.settings = settings
        self.values = OptionValues(settings.declared, settings.given)
        self.instance = made("hook", settings, self.values, proxy)
        self.entry = Entry.of(self.instance, settings.name)

    def close(self) -> None:
        """The proxy is done with it. What it raises is logged."""
        try:
            getattr(self.instance, "close", lambda: None)()
        except Exception:
            log.exception("hook %s raised in close", self.settings.name)


class ActiveToxic:
    """A toxic at work in one proxy: it makes the instance for each flow that it is drawn for. `version` grows with
    every change of its options; `opens` says that it may hold back the connect, `idles` that it does something while
    nothing comes."""

    __slots__ = ("idles", "opens", "proxy", "settings", "shared", "values", "version")

    def __init__(self, settings: ToxicSettings, proxy: Any) -> None:
        """Raises `ConfigError` that names the toxic if no instance can be made."""
        self.settings = settings
        self.proxy = proxy
        self.values = OptionValues(settings.declared, settings.given)
        self.shared: dict[Any, Any] = {}
        self.version = 0
        self.opens = settings.target.opening is not Toxic.opening
        self.idles = settings.target.idle is not Toxic.idle
        made("toxic", settings, self.values, proxy)

    @property
    def name(self) -> str:
        return self.settings.name

    def adopt(self, settings: ToxicSettings) -> None:
        """Other options, which hold at once."""
        changed = dict(settings.given) != dict(self.settings.given)
        self.settings = settings
        if changed:
            self.values.replace(settings.given)
            self.version += 1

    def affects(self, flow_key: int) -> bool:
        """Whether it acts on a flow: one draw, which stays the same for the flow's life."""
        toxicity = self.settings.toxicity
        return toxicity >= 1 or chance.draw(self._key(flow_key), 0) < toxicity * 2**64

    def opening(self, flow_key: int) -> float:
        """For how long it holds back the connect, in seconds. Raises what the toxic raises, `TypeError` for what is no
        number."""
        return seconds(self.toxic(None, flow_key).opening(), "return seconds")

    def toxic(self, stage: Any, flow_key: int) -> Any:
        """The instance for a flow. Raises what the constructor raises."""
        toxic = made("toxic", self.settings, self.values, self.proxy)
        toxic.stage = stage
        toxic.key = self._key(flow_key)
        toxic.shared = self.shared
        return toxic

    def _key(self, flow_key: int) -> int:
        return chance.key(flow_key, "toxic", self.settings.name)

    def __repr__(self) -> str:
        return f"<toxic {self.name}>"
