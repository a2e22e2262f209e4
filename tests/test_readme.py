"""What README.rst says: it is well-formed, names every handler, and what it prints works as it is pasted."""

import re
import subprocess
from pathlib import Path

from tests import printed
from tests.built_docs import need
from tests.checked import Page, check_commands
from tests.printed import same_but_for_time
from tests.program import ROOT, environment
from tests.servers.base import free_port
from tests.terminals import programs
from vaurien.handlers import HANDLERS

README = (ROOT / "README.rst").read_text()
FIRST_SCREEN = 48  # lines
DEADLINE = 60.0  # seconds


def literal(beginning: str) -> str:
    """The text of the only indented block that begins so, without the indentation."""
    found = [block for block in blocks() if block.startswith(beginning)]
    assert len(found) == 1, f"{len(found)} blocks begin with {beginning!r}"
    return found[0]


def blocks() -> list[str]:
    """All indented blocks."""
    parts = re.findall(r"(?:::|\.\. code-block:: \w+)\n\n((?:    .*\n|\n)+)", README)
    return [re.sub(r"^    ", "", part, flags=re.MULTILINE).strip() + "\n" for part in parts]


def test_it_is_well_formed() -> None:
    need("docutils")
    from docutils.core import publish_string

    publish_string(README, writer="null", settings_overrides={"halt_level": 2, "report_level": 2})


def test_the_first_screen_says_how_to_see_it_and_how_to_prove_it() -> None:
    screen = "\n".join(README.splitlines()[:FIRST_SCREEN])
    assert "make demo " in screen and "make test " in screen
    assert literal(". .venv").splitlines()[-1] in screen
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"``make (\w+)``|^    make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), f"there is no make {''.join(target)}"


def test_the_example_works_as_it_is_pasted(tmp_path: Path) -> None:
    example, shown = literal(". .venv"), literal("request 1: ")
    assert len(example.splitlines()) <= 10
    for port in ("8000", "8001"):
        assert port in example
        example = re.sub(rf"\b{port}\b", str(free_port()), example)
    found = programs(tmp_path)
    # What `make demo` leaves behind, and a sleep that is over when both are there, however long that takes.
    activate = tmp_path / ".venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f'PATH="{found}:$PATH"\n')
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (found / "vaurien").write_text((found / "vaurien").read_text().rstrip() + " > vaurien.out\n")
    distant = re.search(r"--distant 127\.0\.0\.1:(\d+)", example)
    assert distant is not None
    (found / "sleep").write_text(
        "#!/bin/bash\n"
        f"until grep -q '^seed' vaurien.out 2>/dev/null && : 2>/dev/null </dev/tcp/127.0.0.1/{distant[1]}; do\n"
        "    /bin/sleep 0.05\n"
        "done\n"
    )
    (found / "sleep").chmod(0o755)
    # The last command sends SIGTERM; then both are waited for, so that nothing is left.
    done = subprocess.run(
        ["bash", "-c", f"{example}\nwait"], cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE,
        env=environment({"PYTHONDONTWRITEBYTECODE": "1"}),
    )  # fmt: skip
    assert done.stderr == ""
    assert same_but_for_time(shown, done.stdout), done.stdout


def test_the_table_names_every_handler_once() -> None:
    table = README.partition("These are built in:")[2].partition("``vaurien --help``")[0]
    assert re.findall(r"^``(\w+)``", table, re.MULTILINE) == sorted(HANDLERS.built_in)


def test_every_command_line_that_is_printed_is_accepted(tmp_path: Path) -> None:
    commands = [command for block in blocks() for command in printed.commands(block)]
    files = {}
    for beginning, name in (("[vaurien]", "vaurien.ini"), ("from vaurien", "shout.py")):
        assert f"This is ``{name}``:" in README
        files[name] = literal(beginning)
    assert check_commands(Page(tmp_path, commands, files)) == 8


def test_every_place_to_read_on_is_there() -> None:
    named = re.findall(r"``((?:docs/|examples|CHANGES)[^`]*)``", README)
    assert len(named) > 5
    for name in named:
        assert (ROOT / name).exists() or name.startswith("docs/_build"), name
