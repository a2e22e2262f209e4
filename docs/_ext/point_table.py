"""``.. vaurien-points::``: the points at which hooks are called, as a table."""

from sphinx.util.docutils import SphinxDirective
from table import table

from vaurien.hooks.points import POINTS


class PointTable(SphinxDirective):
    def run(self):
        rows = [("Point", "When", "Kind", "Order")]
        for point in POINTS:
            method = f":py:meth:`{point.name} <vaurien.hooks.Hook.{point.name}>`"
            rows.append((method, point.summary, point.kind, "reversed" if point.backwards else "by priority"))
        return self.parse_text_to_nodes("\n".join(table("25 45 15 15", rows)))
