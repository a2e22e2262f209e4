"""Summary: what it came to, in words, and what to try next."""

from __future__ import annotations

from textwrap import fill, indent

from rich.text import Text

from vaurien.demo.chaos import EFFECTS
from vaurien.demo.client import Kind
from vaurien.demo.commands import LOCAL, commands, program
from vaurien.demo.ink import Ink
from vaurien.demo.shares import Taken
from vaurien.demo.stage import Stage
from vaurien.demo.tally import Tally

INDENT = "    "


def summary(stage: Stage, columns: int, ink: Ink) -> Text:
    """For a stage that has been stopped. What is to be copied may be longer than `columns`, and is never broken."""
    prose = min(columns, 80)
    parts = [Text(f"{fill(line, prose, subsequent_indent=INDENT)}\n") for line in accounts(stage)]
    parts.append(Text(f"{fill(notes(ink), prose)}\n\n", "dim"))
    parts.append(Text(f"{fill(f'To try before servers of your own, with clients sent to {LOCAL}:', prose)}\n", "bold"))
    for shows, command in commands(columns - len(INDENT)):
        parts.append(Text(f"{fill(shows, prose, initial_indent='  ', subsequent_indent='  ')}\n"))
        parts.append(Text(f"{indent(command, INDENT)}\n", "cyan"))
    parts.append(Text(f"{program()} --help lists all handlers and options."))
    return Text.assemble(*parts)


def accounts(stage: Stage) -> list[str]:
    """What the proxy says that it did beside what the client says that it saw."""
    direct, through = stage.traffic.direct, stage.traffic.through
    begin = f"In {stage.elapsed:.1f} s the client made {direct.requests} requests directly"
    return [f"{begin} and {through.requests} through Vaurien.", *(account(share, through) for share in stage.shares())]


def account(share: Taken, through: Tally) -> str:
    calls = "requests" if share.to_backend else "answers"
    return f"  {share.name} took {share.calls} {calls}: the client saw {saw(EFFECTS[share.name].seen, through)}"


def saw(kind: Kind, tally: Tally) -> str:
    if kind is Kind.LATE:
        late = tally.counts[Kind.LATE] + tally.late_garbage
        return f"{late} late answers, {tally.late_garbage} of them garbage"
    return f"{tally.counts[kind]} {'resets' if kind is Kind.RESET else 'answers of garbage'}"


def notes(ink: Ink) -> str:
    """How to read the numbers."""
    return (
        f"{ink.plus_minus} is how far chance leads with so few calls in 19 of 20 cases. A request that is reset gets "
        "no answer. Backend, proxy and client share one process here: the times show a shape, they do not measure "
        "Vaurien."
    )
