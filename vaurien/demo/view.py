"""View: the stage as a page of text, for the terminal while it plays and for the end."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from vaurien.demo.chaos import BEHAVIOR, EFFECTS
from vaurien.demo.client import LATE, Kind
from vaurien.demo.ink import Ink
from vaurien.demo.shares import Taken
from vaurien.demo.stage import Stage
from vaurien.demo.tally import Tally

NARROWEST = 60
"""With fewer columns numbers would be cut, and so say something else."""
WIDE = 80
"""From so many columns on there is room for whole phrases."""
WIDEST = 103
MARGIN = 3
"""Columns left free at the right: the terminal's ^C must not push the page into a further line."""
HEAD = "bold"
TITLE = "Vaurien, a proxy that makes traffic go wrong"
STYLES = {Kind.FINE: "green", Kind.LATE: "yellow", Kind.GARBAGE: "magenta", Kind.RESET: "red", Kind.LOST: "cyan"}
"""What a handler did and what the client saw of it have one colour."""
LABEL = len("  late (over 100 ms) ")
PERCENT_CELLS = len("100.0 %  ")


class View:
    """Draws `stage` for so many columns, in 23 lines: a terminal of 24 shows all of it."""

    def __init__(self, stage: Stage, columns: int, ink: Ink) -> None:
        self.stage = stage
        self.wide = columns >= WIDE
        self.columns = min(columns, WIDEST) - MARGIN
        self.route = (self.columns - LABEL) // 2
        self.ink = ink

    def page(self) -> Group:
        return Group(self.heading(), "", self.seen(), "", self.done(), "", self.times())

    def heading(self) -> Table:
        table = Table.grid(expand=False)
        table.add_column(width=self.columns - 12, no_wrap=True, overflow="crop")
        table.add_column(width=12, justify="right", no_wrap=True, overflow="crop")
        table.add_row(Text(TITLE, HEAD), f"{self.stage.elapsed:.0f} of {self.stage.seconds:.0f} s")
        return table

    def seen(self) -> Table:
        """What the client saw, by route."""
        traffic = self.stage.traffic
        table = self.routes("The client saw")
        if self.wide:
            table.add_row("", "client -> backend", "client -> Vaurien -> backend")
        counts = [f"{tally.requests:{PERCENT_CELLS + 5}}" for tally in (traffic.direct, traffic.through)]
        table.add_row("  requests", *counts)
        for kind in Kind:
            if kind is Kind.LOST and not traffic.direct.counts[kind] + traffic.through.counts[kind]:
                continue
            cells = [self.counted(tally, kind) for tally in (traffic.direct, traffic.through)]
            table.add_row(Text(f"  {self.kind_label(kind)}", STYLES[kind]), *cells)
        return table

    def kind_label(self, kind: Kind) -> str:
        if kind is Kind.LATE:
            return f"late (over {LATE * 1000:g} ms)"
        return "connection reset" if kind is Kind.RESET else str(kind.value)

    def counted(self, tally: Tally, kind: Kind) -> Text:
        style = STYLES[kind] if tally.counts[kind] else "dim"
        return Text(f"{percent(tally.share(kind))}{tally.counts[kind]:5}", style)

    def done(self) -> Table:
        """What each handler did, against what was asked for."""
        table = Table.grid(padding=(0, 2 if self.wide else 1))
        label = f"--behavior {BEHAVIOR}" if self.wide else "Vaurien did"
        table.add_column(no_wrap=True, overflow="crop")
        table.add_column(justify="right", no_wrap=True, overflow="crop")
        table.add_column(justify="right", no_wrap=True, overflow="crop")
        table.add_column(no_wrap=True, overflow="crop")
        table.add_row(Text(label, HEAD), Text("asked for", HEAD), Text("took", HEAD))
        for share in self.stage.shares():
            table.add_row(*self.share_cells(share))
        return table

    def share_cells(self, share: Taken) -> list[Text]:
        effect = EFFECTS[share.name]
        style = STYLES[effect.seen]
        calls = "requests" if share.to_backend else "answers"
        return [
            Text(f"  {share.name}  {effect.does if self.wide else effect.short}", style),
            Text(f"{share.asked * 100:g} {self.ink.plus_minus}{share.margin * 100:.1f} %"),
            Text(f"{share.share * 100:.1f} %", style),
            Text(f"{share.calls:3} of {share.of} {calls}", "dim"),
        ]

    def times(self) -> Table:
        """How long the answers took, by route. Both are drawn to one scale."""
        latencies = [self.stage.traffic.direct.latencies, self.stage.traffic.through.latencies]
        table = self.routes("Answers took")
        shares = [latency.shares() for latency in latencies]
        scale = max(max(one) for one in shares) or 1
        cells = self.route - PERCENT_CELLS - 2
        for label, *parts in zip(latencies[0].labels(), *shares, strict=True):
            bars = [Text(percent(part) + self.ink.bar(part / scale, cells), "" if part else "dim") for part in parts]
            table.add_row(f"  {label}", *bars)
        return table

    def routes(self, head: str) -> Table:
        """An empty table with a column for each route."""
        table = Table.grid()
        table.add_column(width=LABEL, no_wrap=True, overflow="crop")
        table.add_column(width=self.route, no_wrap=True, overflow="crop")
        table.add_column(width=self.route, no_wrap=True, overflow="crop")
        table.add_row(Text(head, HEAD), Text("directly", HEAD), Text("through Vaurien", HEAD))
        return table


def percent(part: float) -> str:
    """Nine cells, the last two of them empty."""
    return f"{part * 100:5.1f} %  "
