"""The hook's contract: a class that is told of, and may change, what happens round calls and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vaurien import call as calls
from vaurien.call import Call
from vaurien.hooks.message import Claim, Message, Reply
from vaurien.options import Option, OptionValues, declared

DEFAULT_PRIORITY = 100.0
COMMON = {"priority": Option("The lower, the earlier it is called; its class says where this does not", float)}
"""The options that every hook has."""


class Hook:
    """Override the points that you want; those that no hook overrides cost nothing.

    `priority` orders the hooks of all scopes together, lowest first, equal ones in order of registration; the
    option of that name wins over the class's. `options` are declared and read as a handler's. A method may block in
    gevent's way (``gevent.sleep``, gevent's sockets): it runs in a greenlet of the session and holds up only that.
    What blocks the thread, as ``time.sleep`` does, holds up the whole daemon.
    """

    name: ClassVar[str] = ""
    priority: float = DEFAULT_PRIORITY
    options: Any = {}

    def __init__(self, settings: Mapping[str, Any] | None = None, proxy: Any = None) -> None:
        """`settings` are the values of the options that were set; `proxy` is the proxy that this instance serves,
        None where it serves several."""
        if not isinstance(settings, OptionValues):
            settings = OptionValues(declared(type(self), self.name, COMMON), settings or {})
        self.settings = settings
        self.options = settings
        self.proxy = proxy

    def option(self, name: str) -> Any:
        """The value of the option called `name`."""
        return self.options(name)

    @property
    def call(self) -> Call:
        """The call that is being acted on. Raises `LookupError` outside of one."""
        return calls.current.get()

    def wants(self, point: str) -> bool:
        """Whether it is to be called at a point that it overrides, as its options are now."""
        return True

    def close(self) -> None:
        """The proxy is done with this hook."""

    def session_started(self, session: Any) -> Claim:
        """A client has come; there is no backend yet. A claim means that none will be contacted: the client gets the
        `Reply`, or was served here (`TAKEN`), and the session ends. An exception resets the client."""

    def backend_connected(self, session: Any) -> Claim:
        """The backend connection stands; no byte has gone. A claim ends the session: the client gets the `Reply`, or
        the hook has carried the bytes itself (`TAKEN`). An exception resets both."""

    def on_route(self, call: Call) -> None:
        """A call is there and no handler chosen. Setting ``call.handler`` to a name or a handler chooses it. An
        exception is the call's error."""

    def before(self, call: Call) -> Claim:
        """The handler is chosen. A claim skips it: a `Reply` goes back to where the call came from, and what had been
        sent by then is dropped; with `TAKEN` the hook has done the work. An exception is the call's error."""

    def incoming(self, message: Message) -> Message | Reply:
        """Data as read, before the handler has it. Returns the message, or another; a `Reply` answers the sender, and
        the handler never sees the data. Anything else is a `TypeError`; an exception is the call's error."""
        return message

    def outgoing(self, message: Message) -> Message | Reply:
        """Data as the handler writes it, to either side. Returns what is sent; a `Reply` goes back to where the call
        came from instead. Anything else is a `TypeError`; an exception is the call's error, and nothing is sent."""
        return message

    def after(self, call: Call) -> None:
        """The call is over, however it ended; called if `before` of this hook was reached. An exception is logged."""

    def on_error(self, call: Call, exc: BaseException) -> Claim:
        """The call raised `exc`. With a `Reply` the client gets that instead of a closed connection, and the session
        goes on; with `TAKEN` it goes on too. An exception is logged. Where messages are known, a `Reply` to a request
        comes in its turn, and in the place of the backend's reply if the handler has passed on some of the request."""

    def session_ended(self, session: Any) -> None:
        """The session is over, both its sockets are closed; its totals stand. An exception is logged."""


def overrides(hook: Any, point: str) -> bool:
    """Whether `hook` has something of its own to do at `point`."""
    method = getattr(hook if isinstance(hook, type) else type(hook), point, None) or getattr(hook, point, None)
    return method is not None and method is not getattr(Hook, point)
