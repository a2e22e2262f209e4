"""Handlers as users write them, in all the shapes that they may have."""

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

import gevent

from vaurien.call import current
from vaurien.handlers import BaseHandler


def passed_on(client_sock: Any, backend_sock: Any, to_backend: bool, mark: bytes = b"") -> None:
    """Reads what waits and passes it on with `mark` before it, by the sockets alone."""
    source, dest = (client_sock, backend_sock) if to_backend else (backend_sock, client_sock)
    dest.sendall(mark + source.recv(65536))


class Marking(BaseHandler):
    """Derives from the base, with a constructor that calls it."""

    name = "marking"
    options = {"mark": ("What comes before the data", str, "m")}

    def __init__(self, settings: Any, proxy: Any) -> None:
        super().__init__(settings, proxy)
        self.made_with = settings, proxy

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, self.option("mark").encode() + data)


class WithoutSuper(BaseHandler):
    """Derives from the base, with a constructor that does not call it."""

    name = "without_super"
    options = {"mark": ("What comes before the data", str, "w")}

    def __init__(self, settings: Any, proxy: Any) -> None:
        self.made_with = settings, proxy

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        assert self.option("mark") == self.options["mark"]
        passed_on(client_sock, backend_sock, to_backend, self.options("mark").encode())


class Baseless:
    """Derives from nothing, and has a constructor."""

    options = {"mark": ("What comes before the data", str, "b")}

    def __init__(self, settings: Mapping[str, Any], proxy: Any) -> None:
        self.mark = settings["mark"].encode()
        self.made_with = settings, proxy

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        passed_on(client_sock, backend_sock, to_backend, self.mark)


class Plain:
    """Derives from nothing, has no constructor."""

    name = "plain"
    options = {"mark": ("What comes before the data", str, "p")}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        passed_on(client_sock, backend_sock, to_backend, self.options("mark").encode())  # type: ignore[operator]


class Slotted:
    """Has no room for options on the instance, so it keeps them itself."""

    __slots__ = ("settings",)
    name = "slotted"
    options = {"mark": ("What comes before the data", str, "s")}

    def __init__(self, settings: Any, proxy: Any) -> None:
        self.settings = settings

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        passed_on(client_sock, backend_sock, to_backend, self.settings("mark").encode())


class Bare:
    """The least that serves: a class that can be called, and nothing else."""

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        passed_on(client_sock, backend_sock, to_backend, b".")


def function(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    """A plain function."""
    passed_on(client_sock, backend_sock, to_backend, b"f")


def with_options(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    """A function that has options: it finds their values at the call."""
    passed_on(client_sock, backend_sock, to_backend, current.get().handler.values("mark").encode())


with_options.options = {"mark": ("What comes before the data", str, "o")}  # type: ignore[attr-defined]
with_options.name = "with_options"  # type: ignore[attr-defined]

partly = partial(passed_on, mark=b"l")
"""Something that can be called, and is neither class nor function."""


class Verdict(BaseHandler):
    """Passes on and returns what it is told to."""

    name = "verdict"
    options = {"returns": ("What it returns: a Python expression", str, "None")}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, data)
        return eval(self.option("returns"))


class Raising(BaseHandler):
    """Raises what it is told to, after it has read."""

    name = "raising"
    options = {"error": ("What it raises: a Python expression", str, "ZeroDivisionError('oh')")}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        self._get_data(client_sock, backend_sock, to_backend)
        raise eval(self.option("error"), {"gevent": gevent})


class Closing(BaseHandler):
    """Closes a socket of its session."""

    name = "closing"
    options = {"which": ("Whose socket it closes", str, "client")}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        (client_sock if self.option("which") == "client" else backend_sock).close()


class Unread(BaseHandler):
    """Does nothing at all: what waits is left to the next call."""

    name = "unread"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        pass


class Telling(BaseHandler):
    """Passes on, and notes what it knows of each call."""

    name = "telling"
    told: list[dict[str, Any]]

    def __init__(self, settings: Any, proxy: Any) -> None:
        super().__init__(settings, proxy)
        self.told = []

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        call = self.call
        self.told.append(
            {
                "session": call.session.ordinal,
                "to_backend": call.to_backend,
                "ordinal": call.ordinal,
                "data": call.data,
                "handler": call.handler.name,
                "draw": call.random("telling").random(),
                "proxy": self.proxy,
                "thread": threading.current_thread(),
                "sockets": (type(client_sock), type(backend_sock)),
            }
        )
        passed_on(client_sock, backend_sock, to_backend)


class Following(BaseHandler):
    """Has chosen a request, and so gets the reply too; puts a random byte before each."""

    name = "following"

    def acts_on(self, to_backend: bool) -> bool:
        return to_backend

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if to_backend:
            self.call.take_reply()
        passed_on(client_sock, backend_sock, to_backend, self.call.random("mark").randbytes(1))


class Direct(BaseHandler):
    """Says itself which calls are its own."""

    name = "direct"

    def acts_on(self, to_backend: bool) -> bool:
        return not to_backend

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        passed_on(client_sock, backend_sock, to_backend, b"d")


class Undecided(Direct):
    """Cannot say which calls are its own."""

    name = "undecided"

    def acts_on(self, to_backend: bool) -> bool:
        raise LookupError("nobody knows")


class Unmade(BaseHandler):
    """Cannot be made."""

    def __init__(self, settings: Any, proxy: Any) -> None:
        raise RuntimeError("no licence")


class Uncallable:
    """Has no `__call__`."""


class WrongOptions:
    """Its options are no declaration."""

    options = {"mark": "m"}


number = 42
"""No handler."""
