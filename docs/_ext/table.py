"""Tables in reStructuredText: of anything, and of options."""

from declarations import default

HEAD = ("Type", "Default", "Allowed", "Description")
WIDTHS = "18 9 14 24 35"


def table(widths, rows):
    """The lines of a table; the first of the rows is its head."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for first, *others in rows:
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in others)]
    return [*lines, ""]


def option_table(options, prefix, word="Option"):
    """The lines of a table of options, none where there are no options. Each can be referred to as ``prefix-name``;
    `word` is what an option is called."""
    rows = [(word, *HEAD)]
    for name, option in options.items():
        label = f".. _{prefix}-{name.replace('_', '-')}:\n\n       ``{name}``"
        rows.append((label, option.type_name(), default(option), option.allowed(), option.description))
    return table(WIDTHS, rows) if options else []
