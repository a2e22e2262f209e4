"""``.. vaurien-options:: proxy`` and ``daemon``: the options that an INI file takes, as a table."""

from declarations import OPTION_SETS
from sphinx.util.docutils import SphinxDirective
from table import WIDTHS, option_rows, table


class OptionTable(SphinxDirective):
    required_arguments = 1

    def run(self):
        rows = option_rows(OPTION_SETS[self.arguments[0]], "ini")
        return self.parse_text_to_nodes("\n".join(table(WIDTHS, rows)))
