"""Handlers and hooks as users write them, found by dotted path; what their hooks note is in `NOTES`."""

import socket
from typing import Any

from tests.handlers.own import passed_on
from tests.hooks.tools import Notes, hook
from vaurien.call import Call
from vaurien.handlers import BaseHandler
from vaurien.hooks import Hook, Reply

NOTES = Notes()
"""Each test that looks at it clears it first."""
ROUND = ("on_route", "before", "after", "on_error", "session_ended")


def told(name: str, priority: float = 100.0) -> Hook:
    """A hook that notes where it was called in `NOTES`, calls to the client excepted."""

    def at(point: str) -> Any:
        def note(subject: Any, *rest: Any) -> None:
            if getattr(subject, "to_backend", True):
                NOTES.note(f"{name}.{point}")

        return note

    made: Hook = type(name, (Hook,), {"name": name, "priority": priority, **{p: staticmethod(at(p)) for p in ROUND}})()
    return made


class Passing(BaseHandler):
    """Passes on, by the sockets alone."""

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        if to_backend:
            NOTES.note(self.name)
        passed_on(client_sock, backend_sock, to_backend)


COMMON = told("common")


class Parent(Passing):
    """Has two hooks of equal priority, and one that comes early."""

    name = "parent"
    hooks = [told("parent-a"), COMMON, told("parent-early", 50)]


class Mixin:
    """Adds a hook to whatever handler it is mixed into."""

    hooks = [told("mixin")]


class Child(Parent, Mixin):
    """Inherits, mixes in, adds its own, and names one instance again."""

    name = "child"
    hooks = [told("child"), COMMON]


class Sibling(Parent):
    """Has no list of its own."""

    name = "sibling"


class Failing(Child):
    """Raises before it has read."""

    name = "failing"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> Any:
        raise ZeroDivisionError("oh")


class Stranger(Passing):
    """Has no relation to the others."""

    name = "stranger"


def function(client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
    """A handler that is a function, with hooks of its own."""
    passed_on(client_sock, backend_sock, to_backend)


function.hooks = [told("of-a-function")]  # type: ignore[attr-defined]


class Configured(Hook):
    """A hook that settings name: it notes like the others."""

    name = "configured"
    options = {"mark": ("What it notes before the point", str, "configured")}

    def on_route(self, call: Call) -> None:
        self.note(call, "on_route")

    def before(self, call: Call) -> None:
        self.note(call, "before")

    def after(self, call: Call) -> None:
        self.note(call, "after")

    def on_error(self, call: Call, exc: BaseException) -> None:
        self.note(call, "on_error")

    def session_ended(self, session: Any) -> None:
        NOTES.note(f"{self.option('mark')}.session_ended")

    def close(self) -> None:
        NOTES.note(f"{self.option('mark')}.close")

    def note(self, call: Call, point: str) -> None:
        if call.to_backend:
            NOTES.note(f"{self.option('mark')}.{point}")


class Answering(BaseHandler):
    """Its requests are answered by a hook, at length; replies are none of its business."""

    name = "answering"
    options = {"direction": ("Which calls", str, "to_backend")}
    hooks = [hook("answers", before=lambda call: Reply(b"R" * (4 << 20)))]


class Picky(BaseHandler):
    """Raises when it has read something that it does not like, and passes on all else."""

    name = "picky"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        if b"BOOM" in data and (to_backend or data.startswith(b"$")):
            raise ZeroDivisionError("oh")
        self._send_data(client_sock, backend_sock, to_backend, data)


class Partly(BaseHandler):
    """Reads three bytes of what waits, in one of the ways that a socket has, and passes them on."""

    name = "partly"
    options = {"how": ("How it reads", str, "recv"), "direction": ("Which calls", str, "to_backend")}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        sock = client_sock if to_backend else backend_sock
        if self.option("how") == "peek":
            data = sock.recv(3, socket.MSG_PEEK)
            assert sock.recv(3) == data
        elif self.option("how") == "recv_into":
            buffer = bytearray(3)
            data = bytes(buffer[: sock.recv_into(buffer)])
        else:
            data = sock.recv(3)
        NOTES.note(data)
        self._send_data(client_sock, backend_sock, to_backend, data)


class Waiting(BaseHandler):
    """Reads until it has a whole line, in one call, and passes it on piece by piece."""

    name = "waiting"
    options = {"how": ("How it writes", str, "sendall"), "direction": ("Which calls", str, "to_backend")}

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        line = b""
        while not line.endswith(b"\n"):
            line += client_sock.recv(65536)
        for start in range(0, len(line), 4):
            piece = line[start : start + 4]
            if self.option("how") == "sendall":
                backend_sock.sendall(memoryview(piece))
            while self.option("how") == "send" and piece:
                piece = piece[backend_sock.send(piece) :]


class Sending(BaseHandler):
    """Sends with `send`, as often as it takes."""

    name = "sending"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        while data:
            data = data[(backend_sock if to_backend else client_sock).send(data) :]


class Unmade(Hook):
    """Cannot be made."""

    name = "unmade"

    def __init__(self, settings: Any, proxy: Any) -> None:
        raise RuntimeError("no licence")

    def before(self, call: Call) -> None:
        """Never called."""
