"""``vaurienctl events``: what happens, as it happens."""

from __future__ import annotations

import json
from datetime import datetime

from vaurien.client import Client, ClientError, Event
from vaurien.ctl import settings
from vaurien.ctl.command import Commands, Given, add_command, completed
from vaurien.ctl.output import Output
from vaurien.events import TYPES


def add_to(commands: Commands) -> None:
    command = add_command(commands, "events", run, "Follows what happens, until Ctrl-C: a line for each event")
    settings.add_proxy(command, "only what happens at this proxy")
    kind = command.add_argument(
        "--type", action="append", default=[], metavar="TYPE", dest="types",
        help=f"only events of this type; can be given again: {', '.join(TYPES)}",
    )  # fmt: skip
    completed(kind, lambda **_: list(TYPES))


def run(client: Client, given: Given, out: Output) -> None:
    try:
        with client.events(given.proxy, given.types) as events:
            for event in events:
                if out.as_json:
                    out.json_line(event.json)
                else:
                    out.line(line(event))
    except KeyboardInterrupt:
        return  # the way in which this ends
    raise ClientError(None, "", "the daemon has stopped")


def line(event: Event) -> str:
    """The local time, the proxy, the type, and what else there is, as NAME=VALUE."""
    moment = datetime.fromtimestamp(event.time).isoformat(timespec="milliseconds")
    details = (f"{name}={_value(value)}" for name, value in event.details.items())
    return " ".join([moment, _value(event.proxy), event.type, *details])


def _value(value: object) -> str:
    """A value without a blank, unless it is in quotation marks."""
    if isinstance(value, str) and value.isprintable() and value and not set(value) & set(" \"'="):
        return value
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ",".join(map(_value, value))
    return "-" if value is None else json.dumps(value)
