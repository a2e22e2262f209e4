"""``vaurienctl cut``: sessions are ended."""

from __future__ import annotations

from vaurien.client import Client
from vaurien.ctl import settings
from vaurien.ctl.command import Commands, Given, WrongCommandLine, add_command
from vaurien.ctl.output import Output


def add_to(commands: Commands) -> None:
    command = add_command(commands, "cut", run, "Ends one session, or all sessions of a proxy, at once")
    command.add_argument("session", nargs="?", type=int, metavar="SESSION", help="the number that sessions shows")
    command.add_argument("--all", action="store_true", help="all sessions of the proxy")
    settings.add_proxy(command)


def run(client: Client, given: Given, out: Output) -> None:
    if (given.session is None) != given.all:
        raise WrongCommandLine("say which: a SESSION, or --all")
    cut = client.cut_sessions(given.proxy) if given.all else client.cut_session(given.session, given.proxy)
    if out.as_json:
        out.json({"cut": cut})
    else:
        out.line(f"{cut} {'session' if cut == 1 else 'sessions'} cut")
