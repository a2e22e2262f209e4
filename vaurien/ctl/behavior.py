"""``vaurienctl behavior``: what proxies do, shown or set."""

from __future__ import annotations

from collections.abc import Iterable

from vaurien.client import Behavior, Client
from vaurien.ctl import settings
from vaurien.ctl.command import Commands, Given, WrongCommandLine, add_command
from vaurien.ctl.output import Output, valued, versioned
from vaurien.ctl.table import Table


def add_to(commands: Commands) -> None:
    command = add_command(commands, "behavior", run, "Shows what proxies do, or sets it")
    settings.add_behavior(command, "behavior", help="what the proxy is to do, such as 20:delay,5:error")
    settings.add_options(command)
    settings.add_for(command)
    settings.add_if_match(command)
    settings.add_proxy(command, "which proxy, if there are several; all are shown if none is named")


def run(client: Client, given: Given, out: Output) -> None:
    if given.behavior is not None:
        full, short = settings.options(given.options)
        now = client.set_behavior(
            given.behavior, proxy=given.proxy, handlers=full, for_=given.for_, expected=given.expected, **short
        )  # fmt: skip
        settings.note_idle(full, now)
        name = given.proxy or client.only_proxy()
    elif given.options or given.for_ is not None or given.expected is not None:
        raise WrongCommandLine("--set, --for and --if-match need a BEHAVIOR, such as 20:delay")
    elif given.proxy is None:
        found = {name: client.get_behavior(name) for name in client.info().proxies}
        _show(found.items(), out, {name: versioned(behavior) for name, behavior in found.items()})
        return
    else:
        name, now = given.proxy, client.get_behavior(given.proxy)
    print_one(name, now, out)


def print_one(name: str, now: Behavior, out: Output) -> None:
    _show([(name, now)], out, versioned(now))


def _show(found: Iterable[tuple[str, Behavior]], out: Output, body: object) -> None:
    if out.as_json:
        out.json(body)
    else:
        out.table(table(found))


def table(found: Iterable[tuple[str, Behavior]]) -> Table:
    """A row for each script, and for each share, with the options of its handler."""
    result = Table(("proxy", "percent", "handler", "reverts_in", "options"), frozenset(("percent", "reverts_in")))
    for name, behavior in found:
        for script in (part for part in behavior.behavior.split(",") if ":" not in part):
            result.add(name, "script", script, _reverts(behavior), valued(behavior.handlers.get(script, {})))
        for share in behavior.shares:
            options = {} if share.handler == "dummy" else behavior.handlers.get(share.handler, {})  # it does nothing
            result.add(name, f"{share.percent:g}", share.handler, _reverts(behavior), valued(options))
    return result


def _reverts(behavior: Behavior) -> float | str | None:
    if behavior.reverts_in is None and behavior.hold is not None:
        return f"hold:{behavior.hold}"
    return behavior.reverts_in
