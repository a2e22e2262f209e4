"""Directives that write the reference out of the declarations in the program, so that nothing is said twice."""

from class_sections import ClassSections
from flag_entries import Flags
from option_table import OptionTable
from point_table import PointTable


def setup(app):
    app.add_directive("vaurien-sections", ClassSections)
    app.add_directive("vaurien-flags", Flags)
    app.add_directive("vaurien-options", OptionTable)
    app.add_directive("vaurien-points", PointTable)
    return {"parallel_read_safe": True}
