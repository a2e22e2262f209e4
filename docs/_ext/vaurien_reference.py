"""Directives that write the reference out of the declarations in the program, so that nothing is said twice."""

from class_sections import ClassSections
from ctl_commands import CtlCommands
from flag_entries import Flags
from member_entries import MemberEntries
from metric_table import MetricTable
from option_table import OptionTable
from point_entries import PointEntries
from point_table import PointTable


def setup(app):
    app.add_directive("vaurien-sections", ClassSections)
    app.add_directive("vaurien-flags", Flags)
    app.add_directive("vaurien-metrics", MetricTable)
    app.add_directive("vaurien-ctl", CtlCommands)
    app.add_directive("vaurien-options", OptionTable)
    app.add_directive("vaurien-points", PointTable)
    app.add_directive("vaurien-point-entries", PointEntries)
    app.add_directive("vaurien-members", MemberEntries)
    return {"parallel_read_safe": True}
