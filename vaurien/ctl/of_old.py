"""``vaurienctl list-handlers``, ``get-handler``, ``set-handler``: what the command of old had."""

from __future__ import annotations

from vaurien.client import Client
from vaurien.ctl import choices, settings
from vaurien.ctl.command import Commands, Given, add_command, completed
from vaurien.ctl.output import Output, versioned


def add_to(commands: Commands) -> None:
    add_command(commands, "list-handlers", list_handlers, "Lists the names of the handlers that can be chosen")
    command = add_command(commands, "get-handler", get_handler, "Shows which handler gets all calls")
    settings.add_proxy(command)
    command = add_command(commands, "set-handler", set_handler, "Gives all calls to one handler")
    completed(command.add_argument("handler", metavar="HANDLER", help="its name"), choices.handlers)
    settings.add_options(command)
    settings.add_for(command)
    settings.add_proxy(command)


def list_handlers(client: Client, given: Given, out: Output) -> None:
    names = client.list_handlers()
    if out.as_json:
        out.json(names)
    for name in () if out.as_json else names:
        out.line(name)


def get_handler(client: Client, given: Given, out: Output) -> None:
    name = client.get_handler(given.proxy)
    if out.as_json:
        out.json(name)
    else:
        out.line(name)


def set_handler(client: Client, given: Given, out: Output) -> None:
    full, short = settings.options(given.options)
    now = client.set_handler(given.handler, proxy=given.proxy, handlers=full, for_=given.for_, **short)
    settings.note_idle(full, now)
    if out.as_json:
        out.json(versioned(now))
    else:
        out.line(f"handler is {given.handler}")
