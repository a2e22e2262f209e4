"""``vaurienctl completion``: what a shell needs to complete the words of this command."""

from __future__ import annotations

from argcomplete.shell_integration import shellcode

from vaurien.client import Client
from vaurien.ctl.command import Commands, Given, add_command
from vaurien.ctl.output import Output

SHELLS = ("bash", "zsh", "fish")


def add_to(commands: Commands) -> None:
    command = add_command(
        commands, "completion", run, "Prints what a shell needs to complete the words of this command"
    )
    command.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")


def run(client: Client, given: Given, out: Output) -> None:
    code = shellcode(["vaurienctl"], shell=given.shell)
    if out.as_json:
        out.json(code)
    else:
        out.line(code.rstrip())
