"""``.. vaurien-members:: package.module.Class``: an entry for each attribute and method that its content lists.

Each is a name, with its text indented below; a name without a text has its docstring. It can be referred to as
``PREFIX-NAME``, where the option ``prefix`` says what stands first.
"""

import importlib
import inspect
import textwrap

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective


class MemberEntries(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec = {"prefix": directives.unchanged_required}

    def run(self):
        module, _, name = self.arguments[0].rpartition(".")
        described = getattr(importlib.import_module(module), name)
        self.env.note_dependency(inspect.getfile(described))
        lines = []
        for member, text in listed(self.content):
            lines += entry(described, member, text, self.options["prefix"])
        return self.parse_text_to_nodes("\n".join(lines))


def listed(content):
    """The names in the content of the directive, each with the text below it."""
    found = []
    for line in content:
        if line and not line[0].isspace():
            found.append((line.strip(), []))
        elif found:
            found[-1][1].append(line)
    return [(name, textwrap.dedent("\n".join(text)).strip()) for name, text in found]


def entry(described, name, text, prefix):
    member = inspect.getattr_static(described, name)  # raises AttributeError for a name that is none
    text = text or inspect.getdoc(member)
    if not text:
        raise ValueError(f"{described.__name__}.{name} has neither a text nor a docstring")
    term = f"``{name}``"
    function = member.__func__ if isinstance(member, classmethod) else member
    if inspect.isfunction(function):
        parameters = ", ".join(list(inspect.signature(function).parameters)[1:])
        term = f"``{name}({parameters})``"
    label = f".. _{prefix}-{name.replace('_', '-')}:"
    return [label, "", term, *(f"   {line}" for line in text.splitlines()), ""]
