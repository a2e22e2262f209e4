"""Command lines as the program's own check sees them."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from tests.printed import Command
from tests.program import environment

DEADLINE = 120.0  # seconds for all command lines of a page

# One process for all of them: starting it takes longer than checking.
CHECK = """\
import json, sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from vaurien.cli import main
results = []
for arguments in json.load(sys.stdin):
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments if {"--version", "--help"} & {*arguments} else [*arguments, "--check-config"])
    results.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(results))
"""


def checked(folder: Path, lines: list[list[str]], variables: dict[str, str]) -> list[tuple[int, str, str]]:
    """Exit code, output and errors of each command line when it is only checked, in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK], input=json.dumps(lines), cwd=folder,
        env=environment({"PYTHONDONTWRITEBYTECODE": "1", **variables}),
        capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(result) for result in json.loads(done.stdout)]


def check_commands(folder: Path, commands: list[Command], files: dict[str, str]) -> int:
    """Checks the command lines of Vaurien that one page prints, in `folder`, beside the files that the page shows.

    Returns how many there were. What is printed below a command must agree with what the program says.
    """
    for name, content in files.items():
        (folder / name).write_text(content)
    exports = [command.words[1].partition("=") for command in commands if command.words[0] == "export"]
    ours = [command for command in commands if command.words[0] == "vaurien"]
    for command in ours:
        for flag, value in pairwise(command.words):
            if flag == "--http-token-file":
                (folder / Path(value).name).write_text("secret")
    results = checked(folder, [command.words[1:] for command in ours], {name: value for name, _, value in exports})
    for command, (code, out, err) in zip(ours, results, strict=True):
        if command.output.startswith("vaurien: "):
            assert code == 2 and said_with_dots(command.output, err), f"{command.line} says\n{err}"
        else:
            assert (code, err) == (0, ""), f"{command.line} says\n{err}"
            check_banner(command, out)
    return len(ours)


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
