"""``.. vaurien-metrics:: proxy``, ``daemon``, ``process``: the families of metrics, as a table."""

import inspect

from sphinx.util.docutils import SphinxDirective
from table import table

from vaurien.control import families

SETS = {
    "proxy": families.OF_PROXIES,
    "toxiproxy": families.OF_TOXIPROXY,
    "daemon": families.OF_DAEMON,
    "process": families.OF_PROCESS,
}
HEAD = ("Metric", "Type", "Labels", "What it says")
WIDTHS = "34 12 22 32"


class MetricTable(SphinxDirective):
    required_arguments = 1

    def run(self):
        self.env.note_dependency(inspect.getfile(families))
        rows = [HEAD, *map(row, SETS[self.arguments[0]])]
        return self.parse_text_to_nodes("\n".join(table(WIDTHS, rows)))


def row(family):
    """The row of one family, which can be referred to as ``metric-`` and its name, with hyphens."""
    label = f".. _metric-{family.name.replace('_', '-')}:\n\n       ``{family.name}``"
    return label, family.kind, ", ".join(f"``{name}``" for name in family.labels), family.description
