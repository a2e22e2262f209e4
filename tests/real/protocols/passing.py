"""Hooks for these tests: one that changes nothing, and one that picks the requests that a handler gets."""

from typing import Any

from vaurien.call import Call
from vaurien.hooks import Hook
from vaurien.options import Option


class Passing(Hook):
    """Looks at each call, so that each goes through a handler, and passes it on."""

    name = "passing"

    def before(self, call: Call) -> None:
        assert call.message is None or call.message.to_backend == call.to_backend


class Picking(Hook):
    """Gives `handler` the requests whose command is `command`; all others are for ``dummy``."""

    name = "picking"
    options: Any = {
        "command": Option("The command", str, ""),
        "handler": Option("Who gets its requests", str, "dummy"),
    }

    def on_route(self, call: Call) -> None:
        picked = call.message is not None and call.to_backend and call.message.command == self.option("command")
        call.handler = self.option("handler") if picked else "dummy"
