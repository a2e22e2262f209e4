"""Output: what a command prints, as tables, as lines or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from vaurien.client import Behavior, Proxy, Toxic
from vaurien.ctl.table import Table
from vaurien.options import shown

if TYPE_CHECKING:
    from rich.console import Console


class Output:
    """What goes to standard output. `as_json` is what was asked for; the commands heed it."""

    def __init__(self, as_json: bool, stream: TextIO | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.as_json = as_json

    @property
    def live(self) -> bool:
        """Whether somebody looks at it: a table may be drawn, and drawn again."""
        return self.stream.isatty() and not self.as_json

    def console(self) -> Console:
        """The terminal, for rich."""
        from rich.console import Console  # it takes its time, and what goes into a pipe does without

        return Console(file=self.stream, highlight=False, emoji=False, markup=False)

    def table(self, table: Table) -> None:
        if self.live:
            console = self.console()
            console.print(table.drawn(console.width))
        else:
            self.stream.write(table.plain())

    def line(self, text: str) -> None:
        """A line, at once: somebody may wait for it."""
        print(text, file=self.stream, flush=True)

    def json(self, body: Any) -> None:
        """A JSON value, over several lines."""
        self.line(json.dumps(body, indent=2))

    def json_line(self, body: Any) -> None:
        """A JSON value on one line, for what comes one by one."""
        self.line(json.dumps(body))


def versioned(answer: Proxy | Behavior | Toxic) -> dict[str, Any]:
    """What the daemon said, and its `etag` as ``--if-match`` takes it: HTTP's quotation marks are taken away, which a
    shell would take away too."""
    return {**answer.json, "etag": answer.etag.strip('"')}


def valued(options: Mapping[str, Any]) -> str:
    """Options with their values, as one types them; those that are not set are left out."""
    return " ".join(f"{option}={_typed(value)}" for option, value in options.items() if value not in (None, ""))


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return shown(tuple(value) if isinstance(value, list) else value)
