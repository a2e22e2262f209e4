"""The files of a run: written anew after each row, so that a run that is stopped is not lost."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.charts import Chart
from benchmarks.data import as_data
from benchmarks.figures import Results
from benchmarks.groups import Group
from benchmarks.plots import draw
from benchmarks.selection import GROUPS
from benchmarks.tables import report

DATA, TABLES = "results.json", "results.rst"


@dataclass
class Outcome:
    """What a run has come to so far, and the `folder` that it goes to, which is made when it is not there.

    `facts` say of which machine and which versions, `settings` how it was measured.
    """

    folder: Path
    groups: Sequence[Group]
    facts: Mapping[str, str]
    settings: Mapping[str, Any]
    results: Results = field(default_factory=Results)
    plots: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The tables."""
        return report(self.groups, self.results, self.facts, self.plots)

    def write(self) -> None:
        """Writes the data and the tables; a reader finds the last ones whole or these."""
        self.folder.mkdir(parents=True, exist_ok=True)
        data = as_data(self.groups, self.results, self.facts, self.settings)
        for name, text in ((DATA, json.dumps(data, indent=1) + "\n"), (TABLES, self.text())):
            unfinished = self.folder / f"{name}.new"
            unfinished.write_text(text)
            os.replace(unfinished, self.folder / name)

    def forget_plots(self) -> None:
        """Removes the plots of an earlier run: they would be taken for this one's."""
        for group in GROUPS:
            (self.folder / f"{group.name}.svg").unlink(missing_ok=True)

    def charts(self) -> list[Chart]:
        """Those that have something to show."""
        charts = [chart for group in self.groups for chart in group.charts(group, self.results)]
        return [chart for chart in charts if not chart.is_empty()]

    def draw(self) -> None:
        """Writes the plots, and names them in the tables. Needs matplotlib."""
        for chart in self.charts():
            name = f"{chart.name}.svg"
            draw(chart, self.folder / name)
            self.plots.append(name)
        self.write()
