"""``.. vaurien-options:: proxy``, ``daemon`` and others: the options that an INI file takes, as a table.

The option ``prefix`` says what stands first in the name by which each can be referred to; it is ``ini`` for most.
"""

from declarations import OPTION_SETS
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from table import option_table


class OptionTable(SphinxDirective):
    required_arguments = 1
    option_spec = {"prefix": directives.unchanged_required}

    def run(self):
        lines = option_table(OPTION_SETS[self.arguments[0]], self.options.get("prefix", "ini"))
        return self.parse_text_to_nodes("\n".join(lines))
