"""``vaurienctl handlers``, ``session-handlers``, ``hooks`` and ``protocols``: what can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from vaurien.client import Client, ClientError, Loaded, LoadedOption
from vaurien.ctl import choices
from vaurien.ctl.command import Commands, Given, add_command, completed
from vaurien.ctl.output import Output
from vaurien.ctl.table import Table


def add_to(commands: Commands) -> None:
    command = add_command(
        commands, "handlers", run_handlers, "Shows the handlers that can be chosen, with their options"
    )
    completed(command.add_argument("name", nargs="?", metavar="NAME", help="only this one"), choices.handlers)
    help = "Shows the session handlers that can be chosen, with their options"
    command = add_command(commands, "session-handlers", run_session_handlers, help)
    completed(command.add_argument("name", nargs="?", metavar="NAME", help="only this one"), choices.session_handlers)
    command = add_command(commands, "hooks", run_hooks, "Shows the hooks that can be chosen, with their options")
    completed(command.add_argument("name", nargs="?", metavar="NAME", help="only this one"), choices.hooks)
    add_command(commands, "protocols", run_protocols, "Shows the protocols that can be chosen, with their errors")


def run_protocols(client: Client, given: Given, out: Output) -> None:
    found = client.protocols()
    if out.as_json:
        out.json([each.json for each in found])
        return
    table = Table(("protocol", "errors", "description"))
    for each in found:
        table.add(each.name, ",".join(each.errors), each.summary)
    out.table(table)


def run_handlers(client: Client, given: Given, out: Output) -> None:
    show("handler", client.handlers(), given.name, out)


def run_session_handlers(client: Client, given: Given, out: Output) -> None:
    show("session handler", client.session_handlers(), given.name, out)


def run_hooks(client: Client, given: Given, out: Output) -> None:
    show("hook", client.hooks(), given.name, out)


def show(kind: str, loaded: Sequence[Loaded], name: str | None, out: Output) -> None:
    """A row for each option; what has none has a row of its own."""
    found = [each for each in loaded if name in (None, each.name)]
    if name is not None and not found:
        known = ", ".join(each.name for each in loaded) or "there is none"
        raise ClientError(None, "", f"there is no {kind} {name!r} here; choose from {known}")
    if out.as_json:
        out.json([each.json for each in found] if name is None else found[0].json)
        return
    columns = (kind.replace(" ", "_"), "option", "type", "default", "allowed", "description")
    table = Table(columns, spare=("type", "allowed"))
    for each in found:
        table.add(each.name, None, None, None, None, each.summary)
        for option in each.options:
            table.add(
                each.name, option.name, option.type, _default(option.default), allowed(option), option.description
            )
    out.table(table)


def _default(value: object) -> object:
    """As one types it: lists with commas, and an empty text or list as ``''``, which is not the same as none."""
    if isinstance(value, bool):
        return str(value).lower()
    text = ",".join(map(str, value)) if isinstance(value, list) else value
    return "''" if text == "" else text


def allowed(option: LoadedOption) -> str:
    """The limits of an option, without a blank: ``0..100``, ``a|b``, ``0..`` seconds."""
    if option.choices:
        return "|".join(option.choices)
    if option.minimum is None and option.maximum is None:
        return ""
    low = "" if option.minimum is None else f"{option.minimum:g}"
    high = "" if option.maximum is None else f"{option.maximum:g}"
    return f"{low}..{high}"
