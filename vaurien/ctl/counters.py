"""``vaurienctl counters``: all that a proxy has counted."""

from __future__ import annotations

from collections.abc import Iterator

from vaurien.client import Client, Counters
from vaurien.ctl import settings
from vaurien.ctl.command import Commands, Given, add_command
from vaurien.ctl.output import Output
from vaurien.ctl.table import Table


def add_to(commands: Commands) -> None:
    command = add_command(
        commands, "counters", run, "Shows what proxies have counted, and how their sessions have ended"
    )
    settings.add_proxy(command, "only this proxy")


def run(client: Client, given: Given, out: Output) -> None:
    names = client.info().proxies if given.proxy is None else (given.proxy,)
    found = {name: client.counters(name) for name in names}
    if out.as_json:
        bodies = {name: counters.json for name, counters in found.items()}
        out.json(bodies if given.proxy is None else bodies[given.proxy])
        return
    table = Table(("proxy", "count", "of"), frozenset(("count",)))
    for name, counters in found.items():
        for count, of in counted(counters):
            table.add(name, count, of)
    out.table(table)


def counted(counters: Counters) -> Iterator[tuple[int, str]]:
    """Each number with what it counts."""
    yield counters.sessions_opened, "sessions opened"
    yield counters.sessions_open, "sessions open"
    for cause, count in counters.sessions_ended.items():
        yield count, f"sessions ended: {cause}"
    for handler, count in counters.session_handlers.items():
        yield count, f"sessions of session handler: {handler}"
    yield counters.connect_failures, "connect failures"
    yield counters.errors, "errors"
    yield counters.bytes_to_backend, "bytes to backend"
    yield counters.bytes_to_client, "bytes to client"
    for handler, calls in counters.calls.items():
        yield calls.to_backend, f"calls to backend: {handler}"
        yield calls.to_client, f"calls to client: {handler}"
    for command, calls in counters.commands.items():
        yield calls.to_backend, f"{command} to backend"
        yield calls.to_client, f"{command} to client"
