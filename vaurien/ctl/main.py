"""The ``vaurienctl`` program: what is typed, what is done, and the exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence

from vaurien.client import ClientError, Unauthorized
from vaurien.ctl.command import WrongCommandLine, client, token_asked
from vaurien.ctl.output import Output
from vaurien.ctl.parser import argument_parser

INTERRUPTED = 128 + signal.SIGINT
"""The exit code that shells give a program that Ctrl-C has ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program. Returns its exit code: 0; 1 if no daemon is there or it refuses; 2 for a wrong command line."""
    parser = argument_parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete  # only where a shell asks what can be typed

        argcomplete.autocomplete(parser)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names may have characters that a terminal has not
    try:
        given = parser.parse_args(argv)
        given.run(client(given), given, Output(given.json))
        sys.stdout.flush()
    except WrongCommandLine as exc:
        return _complain(str(exc), 2)
    except Unauthorized:
        return _complain(token_asked(given), 1)
    except ClientError as exc:
        return _complain(str(exc), 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody reads; and Python would try once more, at its end
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _complain(message: str, code: int) -> int:
    print("vaurienctl:", " ".join(message.split()), file=sys.stderr)
    return code
