"""``.. vaurien-sections:: handler``, ``hook``…: a section for each of that kind that is built in, with its options."""

import inspect

from sphinx.util.docutils import SphinxDirective
from table import option_table

from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.toxics import TOXICS

REGISTRIES = {registry.kind: registry for registry in (HANDLERS, SESSION_HANDLERS, HOOKS, TOXICS)}
WORDS = {"toxic": "Attribute"}
"""What an option is called, where that is another word."""


class ClassSections(SphinxDirective):
    required_arguments = 1

    def run(self):
        registry = REGISTRIES[self.arguments[0]]
        lines = []
        for name, built_in in registry.built_in.items():
            self.env.note_dependency(inspect.getfile(built_in))
            lines += section(registry, name, built_in)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def section(registry, name, built_in):
    """Can be referred to as ``handler-delay``, its options as ``handler-delay-sleep``."""
    label = f"{registry.kind}-{name}".replace("_", "-")
    docstring = inspect.getdoc(built_in)
    if not docstring:
        raise ValueError(f"{registry.kind} {name} has no docstring")
    options = option_table(registry.options(built_in, name), label, WORDS.get(registry.kind, "Option"))
    return [f".. _{label}:", "", name, "-" * len(name), "", *docstring.splitlines(), "", *options]
