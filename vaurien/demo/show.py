"""Show: the demo from start to end, drawn live on a terminal, told line by line elsewhere."""

from __future__ import annotations

import os
import sys

from gevent.event import Event
from rich.console import Console
from rich.live import Live

from vaurien import logs
from vaurien.demo.client import Kind
from vaurien.demo.ink import Ink
from vaurien.demo.interrupt import interrupt
from vaurien.demo.stage import Stage
from vaurien.demo.summary import summary
from vaurien.demo.view import NARROWEST, TITLE, View

FRAME = 0.25
"""How often a terminal is drawn anew, in seconds. A drawing takes the processor from the traffic."""
LINE = 1.0
"""How often a line is written where there is no terminal, in seconds."""


def run(seconds: float = 10.0) -> int:
    """Shows traffic for `seconds`, or until SIGINT or SIGTERM, then what it came to. Returns the exit code, 0."""
    # A terminal is what can be drawn on: FORCE_COLOR or the like must not bring control codes into a file.
    console = Console(force_terminal=None if sys.stdout.isatty() else False, markup=False, highlight=False, emoji=False)
    ink = Ink.of(console.encoding)
    log = logs.set_up("error", os.devnull, "text")
    try:
        with interrupt() as interrupted:
            stage = Stage(seconds)
            try:
                if can_draw(console):
                    draw(console, stage, ink, interrupted)
                else:
                    tell(console, stage, ink, interrupted)
            finally:
                stage.stop()
            console.print()
            console.print(summary(stage, console.width, ink), soft_wrap=True)
    except BrokenPipeError:
        # The reader has seen enough. What is still buffered would raise again at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        logs.tear_down(log)
    return 0


def can_draw(console: Console) -> bool:
    """Whether a page can be drawn over the one before."""
    return console.is_terminal and not console.is_dumb_terminal and console.width >= NARROWEST


def draw(console: Console, stage: Stage, ink: Ink, interrupted: Event) -> None:
    """The page, again and again in the same place; its last state stays."""
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            live.update(View(stage, console.width, ink).page(), refresh=True)
            if interrupted.wait(min(FRAME, stage.rest)) or not stage.rest:
                break
        stage.stop()
        live.update(View(stage, console.width, ink).page())


def tell(console: Console, stage: Stage, ink: Ink, interrupted: Event) -> None:
    """A line now and then, and the page at the end."""
    console.width = max(console.width, NARROWEST)
    kinds = (Kind.FINE, Kind.LATE, Kind.GARBAGE, Kind.RESET)
    console.print(f"{TITLE}\n\n{'':8}directly  through Vaurien")
    console.print(f"{'':8}requests  requests" + "".join(f"{kind.value:>8}" for kind in kinds))
    while stage.rest and not interrupted.wait(min(LINE, stage.rest)):
        direct, through = stage.traffic.direct, stage.traffic.through
        seen = "".join(f"{through.counts[kind]:8}" for kind in kinds)
        console.print(f"{stage.elapsed:4.0f} s  {direct.requests:8}  {through.requests:8}{seen}")
    stage.stop()
    console.print()
    console.print(View(stage, console.width, ink).page())
