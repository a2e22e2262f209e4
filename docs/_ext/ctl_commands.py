"""``.. vaurien-ctl::``: the options that all commands of vaurienctl take, and a section for each command."""

import argparse

from sphinx.util.docutils import SphinxDirective

from vaurien.ctl.parser import argument_parser


class CtlCommands(SphinxDirective):
    def run(self):
        lines = [*title("Options of all commands", "-"), "They may stand before the command or after it.", ""]
        lines += options(argument_parser(), "vaurienctl", lambda action: True)
        lines += title("Commands", "-")
        for name, parser in commands(argument_parser()):
            lines += [*title(name, "~"), parser.description, "", *usage(parser, name)]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def title(text, line):
    return [text, line * len(text), ""]


def commands(parser):
    """Each command with its parser; those of a command follow it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield name, inner
                yield from ((f"{name} {below}", found) for below, found in commands(inner))


def usage(parser, name):
    common = {flag for action in argument_parser()._actions for flag in action.option_strings}
    words = " ".join(
        action.metavar if action.nargs != "?" else f"[{action.metavar}]"
        for action in parser._actions
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
    )
    own = options(parser, f"vaurienctl {name}", lambda action: not common & set(action.option_strings))
    line = f"vaurienctl {name} {words}".rstrip() + (" [option …]" if len(own) > 2 else "")
    return [".. code-block:: text", "", f"   {line}", "", *own]


def options(parser, program, wanted):
    lines = [f".. program:: {program}", ""]
    for action in parser._actions:
        if action.option_strings and wanted(action):
            value = f" {action.metavar}" if action.metavar else ""
            names = ", ".join(flag + value for flag in action.option_strings)
            text = f"{action.help[:1].upper()}{action.help[1:]}."
            lines += [f".. option:: {names}", "", f"   {text}", ""]
    return lines
