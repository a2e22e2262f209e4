"""``python -m tests.fuzz PROTOCOL SECONDS``: searches for bytes that a protocol's parser does not bear.

What it finds lies in ``build/fuzz/PROTOCOL`` as a file ``crash-…``; the same command with that file's path behind plays
it again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["vaurien.protocols"]):
    import vaurien.protocols  # noqa: F401

from tests.fuzz.played import play
from tests.fuzz.protocols import NAMES, fuzzed
from tests.fuzz.steps import REFUSED, packed

BUILD = Path(__file__).parent.parent.parent / "build" / "fuzz"


def corpus(name: str) -> Path:
    """A folder with the sessions to begin with, made anew, and those that earlier runs have found."""
    folder = BUILD / name / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for number, steps in enumerate(fuzzed(name).sessions):
        for kind in (0, REFUSED):
            (folder / f"session-{number}-{kind}").write_bytes(b"\0" + packed(steps, kind))
    return folder


def main(name: str, seconds: str, *files: str) -> None:
    what = fuzzed(name)
    places = list(files) or [str(corpus(name))]
    crashes = f"-artifact_prefix={BUILD / name}/"
    limits = [f"-max_total_time={seconds}", "-max_len=70000", "-timeout=10", "-rss_limit_mb=1024"]
    atheris.Setup([sys.argv[0], *limits, crashes, "-print_final_stats=1", *places], lambda data: play(what, data))
    atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in NAMES or not sys.argv[2].isdigit():
        sys.exit(f"usage: python -m tests.fuzz {{{','.join(NAMES)}}} SECONDS [FILE…]")
    main(*sys.argv[1:])
