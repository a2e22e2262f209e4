"""What the tests of hooks share: hooks made of functions, the notes that they take, and daemons that have them."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.running import DEADLINE, Running, running
from vaurien.call import Call
from vaurien.hooks import Hook, Message
from vaurien.hooks.points import POINTS

ALL = tuple(point.name for point in POINTS)
RAISING = "tests.handlers.own.Raising"
"""A handler that reads its call and raises ZeroDivisionError."""


def hook(name: str = "tested", priority: float = 100.0, **methods: Callable[..., Any]) -> Hook:
    """A hook of this name whose points are plain functions, which are not given `self`."""
    functions = {point: staticmethod(function) for point, function in methods.items()}
    made: Hook = type(name, (Hook,), {"name": name, "priority": priority, **functions})()
    return made


class Notes(list[Any]):
    """What hooks have noted, in order; a test waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def note(self, what: Any) -> None:
        """Adds a note."""
        with self._changed:
            self.append(what)
            self._changed.notify_all()

    def wait(self, count: int) -> list[Any]:
        """The first `count` notes, once they are there; fails if there are more."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self) >= count, DEADLINE), f"only {list(self)} came"
            assert len(self) == count, list(self)
            return list(self)

    def wait_for(self, what: Any) -> None:
        """Waits until `what` has been noted."""
        with self._changed:
            assert self._changed.wait_for(lambda: what in self, DEADLINE), f"{what} is not in {list(self)}"


def noting(notes: Notes, name: str, points: tuple[str, ...] = ALL, priority: float = 100.0) -> Hook:
    """A hook that notes ``name.point`` at each of `points`, and changes nothing."""

    def at(point: str) -> Callable[..., Any]:
        def told(subject: Any, *rest: Any) -> Any:
            notes.note(f"{name}.{point}")
            return subject if isinstance(subject, Message) else None

        return told

    return hook(name, priority, **{point: at(point) for point in points})


@contextmanager
def hooked(
    distant: Any, *hooks: Any, behavior: str = "", options: Mapping[str, Any] | None = None, **settings: Any
) -> Iterator[Running]:
    """`running`, with hooks that are registered for its proxy, in this order."""
    with running(distant, behavior, options, **settings) as daemon:
        for each in hooks:
            add(daemon, each)
        yield daemon


def add(daemon: Running, each: Any) -> Any:
    """Registers a hook object for the first proxy, in the daemon's thread."""
    return daemon.do(lambda: daemon.proxy.hooks.add(each))


def to_backend(function: Callable[[Call], Any]) -> Callable[[Call], Any]:
    """`function` for calls to the backend; for the others a hook method that does nothing."""
    return lambda call: function(call) if call.to_backend else None


def rewriting(old: bytes, new: bytes) -> Callable[[Message], Message]:
    """A filter that puts `new` in the place of `old`."""
    return lambda message: message.with_data(message.data.replace(old, new))
