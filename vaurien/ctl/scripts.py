"""``vaurienctl scripts`` and ``restart``: where scripts stand, and how to begin one anew."""

from __future__ import annotations

from collections.abc import Iterable

from vaurien.client import Client, Script, Standing
from vaurien.ctl import settings
from vaurien.ctl.command import Commands, Given, add_command
from vaurien.ctl.output import Output
from vaurien.ctl.table import Table


def add_to(commands: Commands) -> None:
    command = add_command(commands, "scripts", show, "Shows where the scripts of proxies stand")
    settings.add_proxy(command, "only this proxy")
    command = add_command(commands, "restart", restart, "Begins a script anew, for all sessions")
    command.add_argument("handler", metavar="HANDLER", help="the script, as the behavior names it")
    settings.add_proxy(command)


def show(client: Client, given: Given, out: Output) -> None:
    names = client.info().proxies if given.proxy is None else (given.proxy,)
    found = [(name, script) for name in names for script in client.scripts(name)]
    if out.as_json:
        out.json({name: [script.json for of, script in found if of == name] for name in names})
    else:
        out.table(table(found))


def restart(client: Client, given: Given, out: Output) -> None:
    script = client.restart_script(given.handler, given.proxy)
    if out.as_json:
        out.json(script.json)
    else:
        out.line(f"{script.handler} begins anew: {script.script}")


def table(found: Iterable[tuple[str, Script]]) -> Table:
    """A row for each place where a script stands."""
    result = Table(
        ("proxy", "handler", "session", "step", "left", "rounds", "script"), frozenset(("session", "rounds"))
    )
    for name, script in found:
        for standing in script.standing:
            session = "all" if standing.session is None else standing.session
            step = "over" if standing.step is None else standing.step
            result.add(name, script.handler, session, step, left(standing), standing.rounds, script.script)
    return result


def left(standing: Standing) -> str:
    """What is left of the step, in words."""
    return "" if standing.left is None else f"{standing.left} {standing.unit}"
