"""Chain: hooks in their order, and what their answers and failures mean."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from gevent import GreenletExit

from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks.base import DEFAULT_PRIORITY, overrides
from vaurien.hooks.message import TAKEN, Claim, Message, Reply
from vaurien.hooks.points import BY_NAME, POINTS
from vaurien.options import OptionValues
from vaurien.registry import name_of, nearest

log = logging.getLogger("vaurien.hooks")

FILTERS = frozenset(point.name for point in POINTS if point.kind == "filter")

Function = Callable[..., Any]


class Entry:
    """One hook in a chain: the object, its name and priority, and its own methods by point."""

    __slots__ = ("hook", "name", "points", "priority")

    def __init__(self, hook: Any, name: str, priority: float, points: dict[str, Function]) -> None:
        self.hook = hook
        self.name = name
        self.priority = priority
        self.points = points

    def refresh(self) -> None:
        """Reads the priority and the wanted points again, after the hook's options have changed."""
        self.points = _points(self.hook)
        self.priority = _priority(self.hook, self.name)

    def same(self) -> Any:
        """What two entries have in common that are to be called once."""
        return self.hook if len(self.points) == 1 and self.hook in self.points.values() else id(self.hook)

    @classmethod
    def of(cls, hook: Any, name: str = "") -> Entry:
        """The entry of a hook object, called `name` or as it calls itself. Raises `ConfigError` if it has no method
        for any point."""
        name = name or name_of(hook, type(hook).__name__)
        points = _points(hook)
        if isinstance(hook, type):
            raise ConfigError(f"hook {hook.__name__}", "is a class: register an instance of it")
        if not points:
            raise ConfigError(f"hook {name}", f"has none of {', '.join(BY_NAME)}")
        return cls(hook, name, _priority(hook, name), points)

    @classmethod
    def listening(cls, point: str, function: Function, priority: float) -> Entry:
        """The entry of a function that listens at one point. Raises `ConfigError` for a point that is none."""
        name = getattr(function, "__qualname__", repr(function))
        if point not in BY_NAME:
            raise ConfigError(f"hook {name}", f"unknown point {point!r}; {nearest(point, BY_NAME)}")
        if not callable(function):
            raise ConfigError(f"hook {name}", "cannot be called")
        return cls(function, name, _number(priority, name), {point: function})


def _points(hook: Any) -> dict[str, Function]:
    """The methods of the hook at the points that it wants, of those that it overrides."""
    wants: Callable[[str], bool] = getattr(hook, "wants", lambda point: True)
    names = [point.name for point in POINTS if overrides(hook, point.name)]
    return {name: getattr(hook, name) for name in names if isinstance(hook, type) or wants(name)}


def _priority(hook: Any, name: str) -> float:
    options: Any = getattr(hook, "options", None)
    chosen = options.get("priority") if isinstance(options, OptionValues) else None
    return _number(getattr(hook, "priority", DEFAULT_PRIORITY) if chosen is None else chosen, name)


def _number(priority: Any, name: str) -> float:
    try:
        return float(priority)
    except (TypeError, ValueError) as exc:
        raise ConfigError(f"hook {name}", "its priority must be a number") from exc


class Chain:
    """The hooks that are called for one proxy, or for one handler of it, in order: lowest priority first, equal ones
    as they were registered, those of all proxies before those of the proxy, and these before those of the handler. An
    object that is there twice is called once. `asks_before` and `filters` say whether any overrides ``before``, or one
    of the filters."""

    __slots__ = ("_after", "_backwards", "_before", "_forwards", "asks_before", "entries", "filters", "wraps_calls")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        listeners: dict[tuple[Any, ...], Entry] = {}
        for entry in entries:
            listeners.setdefault((entry.same(), *sorted(entry.points)), entry)
        self.entries = tuple(sorted(listeners.values(), key=lambda entry: entry.priority))
        self._forwards = {
            point.name: tuple(entry for entry in self.entries if point.name in entry.points) for point in POINTS
        }
        self._backwards = {point: tuple(reversed(entries)) for point, entries in self._forwards.items()}
        numbered = list(enumerate(self.entries, 1))
        self._before = [(number, entry) for number, entry in numbered if "before" in entry.points]
        self._after = [(number, entry) for number, entry in reversed(numbered) if "after" in entry.points]
        self.asks_before = bool(self._before)
        self.filters = self.listens("incoming") or self.listens("outgoing")
        self.wraps_calls = any(self._forwards[point.name] for point in POINTS if point.by_call)

    def listens(self, point: str) -> bool:
        """Whether any hook overrides `point`."""
        return bool(self._forwards[point])

    def on_session(self, point: str, session: Any) -> Claim:
        """Asks at ``session_started`` or ``backend_connected``. What a hook raises is raised here."""
        session.stopped = False
        for entry in self._forwards[point]:
            answer: Claim = _asked(entry, point, session, session)
            if answer is not None or session.stopped:
                return answer
        return None

    def on_route(self, call: Call) -> None:
        """Tells of a call for which no handler is chosen yet. What a hook raises is raised here."""
        call.stopped = False
        for entry in self._forwards["on_route"]:
            _asked(entry, "on_route", call, call)
            if call.stopped:
                return

    def before(self, call: Call) -> Claim:
        """Asks who wants the call; notes on the call how many hooks were reached, for `after`."""
        call.stopped = False
        for number, entry in self._before:
            call.reached = number
            answer: Claim = _asked(entry, "before", call, call)
            if answer is not None or call.stopped:
                return answer
        call.reached = len(self.entries)
        return None

    def filtered(self, point: str, call: Call, message: Message) -> Message | Reply:
        """The message that ``incoming`` or ``outgoing`` makes of `message`, or the `Reply` that breaks the chain."""
        call.stopped = False
        for entry in self._forwards[point]:
            answer = _asked(entry, point, call, message)
            if isinstance(answer, Reply):
                return answer
            message = answer
            if call.stopped:
                break
        return message

    def after(self, call: Call, patience: float | None = None) -> None:
        """Tells the hooks that `before` has reached, backwards, that the call is over. What one raises is logged, also
        that it takes longer than `patience` seconds, where that is given."""
        call.stopped = False
        for number, entry in self._after:
            if number > call.reached:
                continue
            if patience is None:
                _told(entry, "after", call)
            else:
                with gevent.Timeout(patience, False):  # type: ignore[arg-type]
                    _told(entry, "after", call)
            if call.stopped:
                return

    def on_error(self, call: Call, exc: BaseException) -> Claim:
        """Asks all hooks, backwards, what to do about `exc`. What one raises is logged."""
        call.stopped = False
        for entry in self._backwards["on_error"]:
            answer: Claim = _told(entry, "on_error", call, exc)
            if answer is not None or call.stopped:
                return answer
        return None

    def session_ended(self, session: Any) -> None:
        """Tells all hooks, backwards. What one raises is logged."""
        session.stopped = False
        for entry in self._backwards["session_ended"]:
            _told(entry, "session_ended", session)
            if session.stopped:
                return


def _asked(entry: Entry, point: str, subject: Any, *told: Any) -> Any:
    """What the hook answers. What it raises is raised, with the hook's name left on the call or session."""
    try:
        return _checked(entry, point, entry.points[point](*told))
    except BaseException:
        subject.culprit = f"hook {entry.name} in {point}"
        raise


def _told(entry: Entry, point: str, subject: Any, *told: Any) -> Any:
    """What the hook answers; None where it raises, which is logged by its name."""
    try:
        return _checked(entry, point, entry.points[point](subject, *told))
    except GreenletExit:
        raise
    except BaseException:  # even a gevent.Timeout: the others still run
        session = getattr(subject, "session", subject)
        direction = getattr(subject, "to_backend", None)
        log.exception("hook %s raised in %s", entry.name, point, extra=session.context(direction))
        return None


def _checked(entry: Entry, point: str, answer: Any) -> Any:
    """The answer, if it is of a type that this kind of point allows; it is ignored where nothing is asked."""
    if answer is None and point not in FILTERS:
        return None
    kind = BY_NAME[point].kind
    if kind == "notify":
        return None
    if kind == "filter":
        if isinstance(answer, Message | Reply):
            return answer
        raise TypeError(f"hook {entry.name}: {point} must return a Message or a Reply, not {answer!r}")
    if answer is None or answer is TAKEN or isinstance(answer, Reply):
        return answer
    raise TypeError(f"hook {entry.name}: {point} must return None, a Reply or TAKEN, not {answer!r}")
