"""``.. vaurien-flags:: general``, ``proxy``, ``daemon``, ``control API``: one group of the command line's options."""

from declarations import default
from sphinx.util.docutils import SphinxDirective

from vaurien.arguments import GROUPS, argument_parser
from vaurien.sections import SYNONYMS


class Flags(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        (group,) = (group for group in argument_parser()._action_groups if group.title == self.arguments[0])
        actions = {action.dest: action for action in group._group_actions}
        lines = [".. program:: vaurien", ""]
        for name, action in actions.items():
            if name in SYNONYMS:
                continue  # it stands with the option that it is a name of
            synonyms = [actions[old] for old, new in SYNONYMS.items() if new == name]
            flags = [flag for each in (action, *synonyms) for flag in each.option_strings]
            value = f" {action.metavar}" if action.metavar and action.nargs != "?" else ""
            lines += [f".. option:: {', '.join(flag + value for flag in flags)}", "", f"   {text(name, action)}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def text(name, action):
    """What is said of an option that an INI file takes too, or that only the command line has."""
    option = {name: option for options in GROUPS.values() for name, option in options.items()}.get(name)
    if option is None or action.nargs == "?":
        return f"{action.help[:1].upper()}{action.help[1:]}."
    return f"{option.description}. {option.allowed().capitalize()}; default {default(option)}."
