"""Parser: the whole command line of ``vaurienctl``."""

from __future__ import annotations

from vaurien.ctl import (
    behavior,
    completion,
    counters,
    cut,
    events,
    handlers,
    of_old,
    proxies,
    release,
    scripts,
    session_behavior,
    sessions,
    status,
    toxics,
)
from vaurien.ctl.command import Parser, add_common, parser
from vaurien.version import __version__

COMMANDS = (
    status, behavior, release, session_behavior, handlers, toxics, proxies, sessions, cut, scripts, counters, events,
    of_old, completion,
)  # fmt: skip
"""In the order in which the help has them."""


def argument_parser() -> Parser:
    """The parser of all commands; what it parses has `run`, the function of the command."""
    found = parser(prog="vaurienctl", description="Drives a running Vaurien by its control API (vaurien --http).")
    found.add_argument(
        "--version", action="version", version=f"vaurienctl {__version__}", help="print the version and end"
    )
    add_common(found)
    commands = found.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for module in COMMANDS:
        module.add_to(commands)
    return found
