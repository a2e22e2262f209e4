"""``vaurienctl sessions``: the sessions that are open now."""

from __future__ import annotations

from vaurien.client import Client
from vaurien.ctl import settings
from vaurien.ctl.command import Commands, Given, add_command
from vaurien.ctl.output import Output
from vaurien.ctl.table import Table

NUMBERS = ("session", "age", "bytes_to_backend", "bytes_to_client", "calls_to_backend", "calls_to_client")


def add_to(commands: Commands) -> None:
    command = add_command(commands, "sessions", run, "Lists the sessions that are open now")
    settings.add_proxy(command, "only those of this proxy")


def run(client: Client, given: Given, out: Output) -> None:
    names = client.info().proxies if given.proxy is None else (given.proxy,)
    found = {name: client.sessions(name) for name in names}
    if out.as_json:
        lists = {name: [session.json for session in sessions] for name, sessions in found.items()}
        out.json(lists if given.proxy is None else lists[given.proxy])
        return
    table = Table(
        ("proxy", NUMBERS[0], "client", *NUMBERS[1:], "calls"),
        frozenset(NUMBERS),
        ("calls_to_backend", "calls_to_client", "age"),
    )
    for name, sessions in found.items():
        for one in sessions:
            calls = " ".join(f"{handler}={count}" for handler, count in one.calls.items())
            table.add(
                name, one.ordinal, one.client, one.age, one.bytes_to_backend, one.bytes_to_client,
                one.calls_to_backend, one.calls_to_client, calls,
            )  # fmt: skip
    out.table(table)
