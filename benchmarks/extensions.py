"""What a user might write, as empty as can be: the hooks and the handler whose cost `calls.py` declares.

Vaurien loads them by dotted path (``--hook benchmarks.extensions.CallHook``).
"""

from typing import Any

from vaurien.handlers import BaseHandler
from vaurien.hooks import Call, Hook, Message


class SessionHook(Hook):
    """Told of sessions, and does nothing."""

    name = "session_hook"

    def session_started(self, session: Any) -> None:
        pass

    def session_ended(self, session: Any) -> None:
        pass


class CallHook(Hook):
    """Told of calls, and does nothing."""

    name = "call_hook"

    def before(self, call: Call) -> None:
        pass

    def after(self, call: Call) -> None:
        pass


class FilterHook(Hook):
    """Gets all bytes, as they are read and as they are written, and changes none."""

    name = "filter_hook"

    def incoming(self, message: Message) -> Message:
        return message

    def outgoing(self, message: Message) -> Message:
        return message


class Relaying(BaseHandler):
    """Reads what waits and sends it on."""

    name = "relaying"

    def __call__(self, client_sock: Any, backend_sock: Any, to_backend: bool) -> None:
        data = self._get_data(client_sock, backend_sock, to_backend)
        if data:
            dest = backend_sock if to_backend else client_sock
            dest.sendall(data)
