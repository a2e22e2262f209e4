"""``vaurienctl release``: a behavior that is held is taken back."""

from __future__ import annotations

from vaurien.client import Client
from vaurien.ctl import behavior, choices, settings
from vaurien.ctl.command import Commands, Given, add_command, completed
from vaurien.ctl.output import Output


def add_to(commands: Commands) -> None:
    command = add_command(
        commands, "release", run, "Takes back a behavior that is held, as by a program that was killed"
    )
    hold = command.add_argument("hold", type=int, metavar="HOLD", help="the number that behavior shows as hold:NUMBER")
    completed(hold, choices.holds)
    settings.add_proxy(command)


def run(client: Client, given: Given, out: Output) -> None:
    name = given.proxy or client.only_proxy()
    behavior.print_one(name, client.release(given.hold, name), out)
