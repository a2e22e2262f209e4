"""The hooks and controllers of "Pecan Hooks", carried over: a request is a call, a controller is a handler."""

from typing import Any

from tests.hooks.tools import Notes
from vaurien.call import Call
from vaurien.handlers import BaseHandler
from vaurien.hooks import Hook, Reply

OUT = Notes()
"""What the page's hooks and controllers print."""


def requests(told: Any) -> bool:
    return bool(told.to_backend)


class SimpleHook(Hook):
    """Prints about the request, and about how it went."""

    def on_route(self, state: Call) -> None:
        if requests(state):
            OUT.note("about to map the call to a handler...")
            assert state.handler is None  # Routing hasn't occurred yet
            assert isinstance(state.data, bytes)

    def before(self, state: Call) -> None:
        if requests(state):
            OUT.note("about to enter the controller...")
            assert state.handler.name == "simple"
            assert type(state.handler.act).__name__ == "SimpleController"

    def after(self, state: Call) -> None:
        what = "method" if requests(state) else "response"
        OUT.note(f"{what}: {state.vars.pop(self, b'').decode()}")

    def incoming(self, message: Any) -> Any:
        self.call.vars[self] = message.data.split(b" ")[not message.to_backend]
        return message


class Speaking(BaseHandler):
    """Says its line for a request, and passes everything on."""

    says = ""

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        if to_backend:
            OUT.note(self.says)
        data = self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, data)


class SimpleController(Speaking):
    """Has a hook of its own."""

    name = "simple"
    says = "DO SOMETHING!"
    hooks = [SimpleHook()]


class SomeExceptionType(Exception):
    """What the controller raises."""


class CustomErrorHook(Hook):
    """Answers one kind of error."""

    def __init__(self, answer: bytes = b"") -> None:
        super().__init__()
        self.answer = answer

    def on_error(self, state: Call, exc: BaseException) -> Reply | None:
        OUT.note(self.answer.decode())
        return Reply(self.answer) if type(exc).__name__ == "SomeExceptionType" else None


class Failing(Speaking):
    """Raises what the request asks for."""

    name = "failing"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        if to_backend:
            raise SomeExceptionType if data.startswith(b"GET /custom") else LookupError
        self._send_data(client_sock, backend_sock, to_backend, data)


class Entering(Hook):
    """Prints on which way one is."""

    text = ""

    def before(self, state: Call) -> None:
        if requests(state):
            OUT.note(self.text)


class ParentHook(Entering):
    priority = 1
    text = "about to enter the parent controller..."


class CommonHook(Entering):
    priority = 2
    text = "just a common hook..."


class SubHook(Entering):
    text = "about to enter the subcontroller..."


class SubMixin:
    hooks = [SubHook()]


# The same instance for both controllers, to avoid double calls.
common = CommonHook()


class RootController(Speaking):
    name = "root"
    says = "I AM THE ROOT!"
    hooks = [common, ParentHook()]


class SubController(RootController, SubMixin):
    """What is below a controller in Pecan's tree, and so has its hooks too, derives from it here."""

    name = "sub"
    says = "I AM THE SUB!"
    hooks = [common]


class CarelessController(RootController):
    """Names another instance of a class that its parent names."""

    name = "careless"
    says = "TWICE!"
    hooks = [CommonHook()]
