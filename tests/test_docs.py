"""The documentation builds without a warning, says all there is to say, and prints nothing that does not work."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import printed
from tests.printed import Block, Command
from tests.program import ROOT, environment
from tests.servers.base import free_port
from tests.terminals import Terminal, terminals
from vaurien.arguments import argument_parser
from vaurien.config import DAEMON_OPTIONS, PROXY_OPTIONS
from vaurien.handlers import HANDLERS
from vaurien.hooks import HOOKS
from vaurien.hooks.points import POINTS
from vaurien.registry import Registry
from vaurien.version import __version__

DOCS = ROOT / "docs"
SHELVES = {"tutorial", "howto", "reference", "explanation"}
DEADLINE = 60.0  # seconds for one command
READY = 20.0  # seconds for the web server to start

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


def sphinx(builder: str, folder: Path) -> Path:
    """Builds the documentation into a subfolder of `folder` and returns that."""
    target = folder / builder
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", builder, "-d", folder / "trees", DOCS, target],
        env=environment({"PYTHONDONTWRITEBYTECODE": "1"}), capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``html`` and ``xml``, in which the documentation was built without a warning."""
    if find_spec("sphinx") is None:
        reason = "sphinx is not installed (pip install 'vaurien[docs]'; make check does)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("docs")
    sphinx("html", folder)
    sphinx("xml", folder)
    return folder


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[str, list[Block]]:
    """The blocks of each page."""
    found: dict[str, list[Block]] = defaultdict(list)
    for block in printed.blocks(built / "xml"):
        found[block.page].append(block)
    return found


def ids(built: Path, page: str) -> set[str]:
    """All that can be linked to on a page."""
    return set(re.findall(r'\bid="([^"]+)"', (built / "html" / f"{page}.html").read_text()))


def headings(built: Path, page: str) -> set[str]:
    root = ElementTree.parse(built / "xml" / f"{page}.xml").getroot()
    return {"".join(title.itertext()) for title in root.iter("title")}


def hyphenated(name: str) -> str:
    return name.replace("_", "-")


@pytest.mark.parametrize("registry", [HANDLERS, HOOKS], ids=lambda registry: registry.kind)
def test_each_that_is_built_in_has_a_section_and_each_of_its_options_an_entry(built: Path, registry: Registry) -> None:
    page = f"reference/{registry.kind}s"
    targets = ids(built, page)
    for name, built_in in registry.built_in.items():
        assert name in headings(built, page)
        for option in registry.options(built_in, name):
            assert f"{registry.kind}-{hyphenated(name)}-{hyphenated(option)}" in targets, f"{name}: {option}"


def test_each_option_of_an_ini_file_has_an_entry(built: Path) -> None:
    targets = ids(built, "reference/ini")
    for option in (*PROXY_OPTIONS, *DAEMON_OPTIONS, "extends", "callable"):
        assert f"ini-{hyphenated(option)}" in targets, option


def test_each_flag_has_an_entry(built: Path) -> None:
    targets = ids(built, "reference/command_line")
    flags = [flag for action in argument_parser()._actions for flag in action.option_strings]
    assert len(flags) > 15
    for flag in (*flags, "--handlers.NAME.OPTION", "--hooks.NAME.OPTION", "--behavior-NAME-OPTION"):
        assert f"cmdoption-vaurien-{flag.lstrip('-')}" in targets, flag


def test_each_point_of_hooks_has_an_entry(built: Path) -> None:
    assert {f"vaurien.hooks.Hook.{point.name}" for point in POINTS} <= ids(built, "reference/hooks")


def test_each_page_is_on_a_shelf_and_in_a_table_of_contents() -> None:
    # Sphinx warns of a page that no table of contents has, which fails the build, unless the page asks it not to.
    for path in DOCS.rglob("*.rst"):
        if "_build" in path.parts:
            continue
        assert ":orphan:" not in path.read_text(), path
        shelf = path.relative_to(DOCS).parts[0]
        assert shelf in SHELVES or path == DOCS / "index.rst", f"{path} is on no shelf"


def checked(folder: Path, lines: list[list[str]], variables: dict[str, str]) -> list[tuple[int, str, str]]:
    """Exit code, output and errors of each command line when it is only checked, in `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK], input=json.dumps(lines), cwd=folder, env=environment(variables),
        capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(result) for result in json.loads(done.stdout)]


def check_commands(folder: Path, found: list[Command], shown: dict[str, str]) -> int:
    """Checks the command lines of one page with the program's own check, beside the files that the page shows.

    Returns how many there were. What is printed below a command must agree with what the program says.
    """
    for name, text in shown.items():
        (folder / name).write_text(text)
    exports = [command.words[1].partition("=") for command in found if command.words[0] == "export"]
    variables = {name: value for name, _, value in exports}
    ours = [command for command in found if command.words[0] == "vaurien"]
    for command, (code, out, err) in zip(
        ours, checked(folder, [command.words[1:] for command in ours], variables), strict=True
    ):
        if command.output.startswith("vaurien: "):
            assert code == 2, command.line
            assert same_but_for_dots(command.output, err), f"{command.line} says\n{err}"
            continue
        assert (code, err) == (0, ""), f"{command.line} says\n{err}"
        said = banner(out)
        if "--check-config" in command.words and command.output:
            assert banner(command.output) == said, f"{command.line} says\n{out}"
        for line in banner(command.output):
            if "%" in line:
                assert line in said, f"{command.line} says\n{out}"
    return len(ours)


def banner(text: str) -> list[list[str]]:
    """The words of each line, in an order that does not depend on that of a handler's options."""
    return [[*line.split("  ")[:1], *sorted(line.split())] for line in text.splitlines()]


def same_but_for_dots(shown: str, said: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in shown.rstrip().split("…"))
    return re.fullmatch(pattern, said.rstrip()) is not None


def test_every_command_line_that_is_printed_is_accepted(pages: dict[str, list[Block]], tmp_path: Path) -> None:
    count = 0
    for page, shown in pages.items():
        found = [command for block in shown for command in printed.commands(block.text)]
        if any(command.words[0] == "vaurien" for command in found):
            folder = tmp_path / page.replace("/", "-")
            folder.mkdir()
            count += check_commands(folder, found, printed.files(shown))
    assert count > 30


def wait_for_port(port: int) -> None:
    end = time.monotonic() + READY
    while True:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "the web server does not start"
        time.sleep(0.01)


def same_but_for_time(shown: str, said: str) -> bool:
    """Whether both say the same of each request, in as many seconds or, on a machine with much to do, some more."""
    number = re.compile(r"(?<= after )[\d.]+(?= s$)", re.MULTILINE)
    if number.sub("…", shown).rstrip() != number.sub("…", said).rstrip():
        return False
    times = zip(map(float, number.findall(shown)), map(float, number.findall(said)), strict=True)
    return all(expected <= measured < expected + 5 for expected, measured in times)


def test_the_tutorial_does_what_it_says(pages: dict[str, list[Block]], tmp_path: Path) -> None:
    shown = pages["tutorial/first_proxy"]
    ports = {"8000": str(free_port()), "8001": str(free_port())}

    def here(text: str) -> str:
        return re.sub(r"\b800[01]\b", lambda match: ports[match[0]], text)

    folder = tmp_path / "first_proxy"
    folder.mkdir()
    for name, text in printed.files(shown).items():
        (folder / name).write_text(here(text))
    done = []
    with terminals(folder, [f"{name} terminal" for name in ("first", "second", "third", "any")]) as named:
        for block in shown:
            for command in printed.commands(here(block.text)):
                follow(named[block.caption], command, int(ports["8001"]))
                done.append(" ".join(command.words[:2]))
    assert done.count("vaurien --local") == 3
    assert done.count("python client.py") == 2 and done.count("python patient_client.py") == 1

    log = (folder / "vaurien.log").read_text().splitlines()
    (line,) = [block.text for block in shown if block.text.startswith("2026-")]
    assert " ended by abort;" in line
    assert without_times(line) in map(without_times, log)


def follow(terminal: Terminal, command: Command, port: int) -> None:
    """Does what the tutorial says, and compares with what it shows; the web server's port is `port`."""
    line = command.line
    if line.startswith("python -m http.server"):
        terminal.start(line)
        wait_for_port(port)
    elif line.startswith("vaurien --local"):
        terminal.start(line)
        said = terminal.read_until("seed ")
        assert not command.output or banner(said) == banner(command.output)
    elif line == "vaurien --version":
        assert terminal.run(line) == f"vaurien {__version__}\n" == f"{command.output.strip()}\n"
    elif line.startswith("python "):
        said = terminal.run(line)
        assert same_but_for_time(command.output, said), said
    else:  # the installation, which the tests of the packaging try
        assert line in ("python3 -m venv .venv", ". .venv/bin/activate", "pip install ."), f"nobody tries {line}"


def without_times(line: str) -> str:
    """A log line without its times."""
    return re.sub(r"[\d.]+ s$", "", line.partition(" ")[2])
