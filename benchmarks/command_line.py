"""What the command lines of all benchmarks share."""

import argparse
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.peers import Peer


def positive(text: str) -> int:
    """A whole number, 1 or more, as an argument's type."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def parser(description: str, turns: str) -> argparse.ArgumentParser:
    """A parser with the arguments that every benchmark has; `turns` says whose there are so many of."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--rounds", type=positive, default=3, metavar="N", help=f"turns of every {turns} (3)")
    made.add_argument("--seconds", type=positive, default=3, metavar="S", help="how long each tool runs (3)")
    made.add_argument("--json", type=Path, metavar="FILE", help="write every figure there too")
    return made


def end_by_signals() -> None:
    """Lets SIGTERM and SIGHUP end the benchmark as Ctrl-C does: with every process and temporary file of it."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def announce(environment: Mapping[str, str], peers: Sequence[Peer]) -> None:
    """Prints what the figures belong to, and who is not measured."""
    for name, fact in environment.items():
        print(f"{name}: {fact}")
    for peer in peers:
        if peer.missing:
            print(f"{peer.name} is not measured: {peer.missing} is not installed")
    sys.stdout.flush()


def write_json(path: Path | None, data: Mapping[str, Any]) -> None:
    """Writes the data to the file, if one is wanted."""
    if path is not None:
        path.write_text(json.dumps(data, indent=2) + "\n")
