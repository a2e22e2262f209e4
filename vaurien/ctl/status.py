"""``vaurienctl status``: all proxies with what they do, as a table that is drawn again and again."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from vaurien.client import Client, Counters, Info, NotFound, Proxy
from vaurien.ctl.command import Commands, Given, add_command
from vaurien.ctl.output import Output
from vaurien.ctl.table import Table

COLUMNS = (
    "proxy", "listening", "distant", "sessions", "opened", "calls", "calls/s", "bytes_to_backend", "bytes_to_client",
    "failures", "errors", "reverts_in", "behavior",
)  # fmt: skip
NUMBERS = frozenset(COLUMNS[3:-1])
SPARE = ("bytes_to_backend", "bytes_to_client", "distant", "opened", "failures", "listening", "reverts_in", "errors")


def add_to(commands: Commands) -> None:
    command = add_command(
        commands, "status", run, "Shows all proxies at work, until Ctrl-C; once if nobody looks at it"
    )
    command.add_argument("--once", action="store_true", help="print it once and end")
    command.add_argument(
        "--interval", type=_seconds, default=1.0, metavar="SECONDS", help="the time from one look to the next; 1"
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.05 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"expected seconds from 0.05 to 3600, not {text!r}")
    return value


@dataclass(frozen=True)
class Look:
    """What a daemon was at one moment."""

    moment: float
    info: Info
    proxies: Mapping[str, tuple[Proxy, Counters]]

    @classmethod
    def at(cls, client: Client) -> Look:
        found = {}
        for proxy in client.proxies():
            with suppress(NotFound):  # it was deleted a moment ago
                found[proxy.name] = proxy, client.counters(proxy.name)
        return cls(time.monotonic(), client.info(), found)

    def calls(self, name: str) -> int:
        counts = self.proxies[name][1].calls.values()
        return sum(each.to_backend + each.to_client for each in counts)

    def rate(self, name: str, before: Look | None) -> float | None:
        """Calls a second since the look before; None if it is not known."""
        if before is None or name not in before.proxies or self.moment <= before.moment:
            return None
        return max(0, self.calls(name) - before.calls(name)) / (self.moment - before.moment)

    def table(self, before: Look | None) -> Table:
        table = Table(COLUMNS, NUMBERS, SPARE)
        for name, (proxy, counters) in self.proxies.items():
            reverts = min((each.seconds for each in proxy.reverts if each.seconds is not None), default=None)
            table.add(
                name, proxy.listening, proxy.distant, counters.sessions_open, counters.sessions_opened,
                self.calls(name), self.rate(name, before), counters.bytes_to_backend, counters.bytes_to_client,
                counters.connect_failures, counters.errors, reverts, proxy.behavior,
            )  # fmt: skip
        return table

    def json(self) -> dict[str, object]:
        proxies = [{**proxy.json, "counters": counters.json} for proxy, counters in self.proxies.values()]
        return {**self.info.json, "proxies": proxies}


def run(client: Client, given: Given, out: Output) -> None:
    look = Look.at(client)
    if out.as_json:
        out.json(look.json())
    elif given.once or not out.live:
        out.table(look.table(None))
    else:
        _follow(client, look, given.interval, out)


def _follow(client: Client, look: Look, interval: float, out: Output) -> None:
    from rich.live import Live  # it takes its time, and what goes into a pipe does without

    try:
        console = out.console()
        with Live(look.table(None).drawn(console.width), console=console, auto_refresh=False) as live:
            while True:
                time.sleep(interval)
                before, look = look, Look.at(client)
                live.update(look.table(before).drawn(console.width), refresh=True)
    except KeyboardInterrupt:
        pass  # the way in which this ends
