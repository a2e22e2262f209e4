"""Command lines as the program's own check sees them."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests.printed import Command
from tests.program import environment

DEADLINE = 120.0  # seconds for all command lines

# One process for all of them: starting it takes longer than checking. What a page brings stays in a child of its own.
CHECK = """\
import json, os, sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from vaurien.cli import main

def check(arguments):
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments if {"--version", "--help"} & {*arguments} else [*arguments, "--check-config"])
    return code, out.getvalue(), err.getvalue()

results = []
for folder, variables, lines in json.load(sys.stdin):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.chdir(folder)
        os.environ.update(variables)
        with open(writer, "w") as file:
            json.dump([check(line) for line in lines], file)
        os._exit(0)
    os.close(writer)
    with open(reader) as file:
        results.append(json.load(file))
    os.wait()
print(json.dumps(results))
"""


class Page(NamedTuple):
    """A page that prints commands, the files that it shows by name, and the folder in which they are tried."""

    folder: Path
    commands: list[Command]
    files: dict[str, str]

    @property
    def ours(self) -> list[Command]:
        return [command for command in self.commands if command.words[0] == "vaurien"]

    @property
    def exports(self) -> dict[str, str]:
        found = [command.words[1].partition("=") for command in self.commands if command.words[0] == "export"]
        return {name: value for name, _, value in found}


def checked(pages: Sequence[Page]) -> list[list[tuple[int, str, str]]]:
    """Exit code, output and errors of each command line of each page when it is only checked."""
    lines = [(str(page.folder), page.exports, [command.words[1:] for command in page.ours]) for page in pages]
    done = subprocess.run(
        [sys.executable, "-c", CHECK], input=json.dumps(lines),
        env=environment({"PYTHONDONTWRITEBYTECODE": "1"}), capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [[tuple(result) for result in results] for results in json.loads(done.stdout)]


def check_commands(*pages: Page) -> int:
    """Checks the command lines of Vaurien that the pages print, each in its page's folder, beside that page's files.

    Returns how many there were. What is printed below a command must agree with what the program says.
    """
    for page in pages:
        for name, content in page.files.items():
            (page.folder / name).write_text(content)
        for command in page.ours:
            for flag, value in pairwise(command.words):
                if flag == "--http-token-file":
                    (page.folder / Path(value).name).write_text("secret")
    for page, results in zip(pages, checked(pages), strict=True):
        for command, said in zip(page.ours, results, strict=True):
            check_command(command, *said)
    return sum(len(page.ours) for page in pages)


def check_command(command: Command, code: int, out: str, err: str) -> None:
    if command.output.startswith("vaurien: "):
        assert code == 2 and said_with_dots(command.output, err), f"{command.line} says\n{err}"
    else:
        assert (code, err) == (0, ""), f"{command.line} says\n{err}"
        check_banner(command, out)


def check_banner(command: Command, out: str) -> None:
    """Whether what is printed below a command is what it says; of one that starts, the address and the seed are not
    known before."""
    said, shown = banner(out), banner(command.output)
    if "--check-config" in command.words:
        assert not shown or shown == said, f"{command.line} says\n{out}"
    for line in shown:
        assert "%" not in line or line in said, f"{command.line} says\n{out}"


def banner(text: str) -> list[list[str]]:
    """The words of each line, in an order that does not depend on that of a handler's options."""
    return [sorted(line.split()) for line in text.splitlines()]


def said_with_dots(shown: str, said: str) -> bool:
    """Whether the page shows what is said, with dots for what it leaves out."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip().split("…"))
    return re.fullmatch(pattern, said.rstrip()) is not None
