"""``.. vaurien-point-entries::``: an entry for each point at which hooks are called: kind, order, and its docstring."""

import inspect

from sphinx.util.docutils import SphinxDirective

from vaurien.hooks import Hook
from vaurien.hooks.points import POINTS

RETURNS = {
    "notify": "is ignored",
    "claim": "``None``, and the next hook is asked; a :py:class:`Reply` or :py:data:`TAKEN`, and the round ends",
    "filter": "a :py:class:`Message`, for the next hook; a :py:class:`Reply`, and the round ends",
}


class PointEntries(SphinxDirective):
    def run(self):
        self.env.note_dependency(inspect.getfile(Hook))
        lines = [line for point in POINTS for line in entry(point)]
        return self.parse_text_to_nodes("\n".join(lines))


def entry(point):
    """Can be referred to as :py:meth:`vaurien.hooks.Hook.POINT`. Expects `vaurien.hooks` as the current module."""
    docstring = inspect.getdoc(getattr(Hook, point.name))
    if not docstring:
        raise ValueError(f"point {point.name} has no docstring")
    order = "reversed: the highest priority first" if point.backwards else "by priority, the lowest first"
    fields = {"Kind": point.kind, "Order": order, "Is told": ", ".join(f"``{name}``" for name in point.told)}
    fields["What it returns"] = RETURNS[point.kind]
    body = [f":{name}: {text}" for name, text in fields.items()] + ["", *docstring.splitlines(), ""]
    return [f".. py:method:: Hook.{point.name}({', '.join(point.told)})", "", *(f"   {line}" for line in body)]
