"""Every curl line of the documentation is run, in its order, and says what the page shows; so are the other commands
round it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Self

import pytest

from tests import built_docs, printed
from tests.printed import Block, Command
from tests.program import Program
from tests.reader import Reader, pattern
from tests.servers.base import free_port

PAGES = (
    "howto/drive_it_live",
    "howto/move_from_toxiproxy",
    "howto/slow_network",
    "howto/watch_it_with_prometheus",
    "howto/write_a_toxic",
    "reference/control_api_classic",
    "reference/control_api_toxiproxy",
)
"""The pages with curl lines to the control API. One that begins with them is before `DAEMON`."""
DAEMON = "vaurien --local localhost:8000 --distant localhost:8001 --http"
ELSEWHERE = ("howto/aim", "howto/tls", "howto/web_server", "reference/matches")
"""Pages whose curl lines go through a proxy, and not to the control API."""
OTHERS = {"eval", "prometheus", "toxiproxy-server"}
"""Commands that have no place in a test: they are for the reader's shell, have tests of their own, or are another's."""


API_PORTS = {"8080": ("--http", "--http-port"), "8474": ("--toxiproxy", "-port")}
"""Where the pages have the control API: by which flag it is there, and by which it is told to be elsewhere."""


class LiveReader(Reader):
    """A reader who has `vaurienctl` too, and a control API at a free port. A daemon starts when a command needs it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {name: free_port() for name in ("6379", "6380", "8000", "8001", *API_PORTS)})
        self.needed: str | None = DAEMON
        (folder / ".curlrc").write_text("silent\nshow-error\n")  # no progress where the answers are

    def __enter__(self) -> Self:
        super().__enter__()
        program = self.folder / "bin" / "vaurienctl"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vaurien.ctl "$@"\n')
        program.chmod(0o755)
        return self

    def start(self, line: str) -> Program:
        line = line.removesuffix(" &")
        for port, (flag, elsewhere) in API_PORTS.items():
            line = re.sub(rf"{flag}\b(?!-)", f"{flag} {elsewhere} {self.ports[port]}", line)
        return super().start(line)

    def run(self, line: str) -> str:
        if self.needed is not None:
            self.start(self.needed)
            self.needed = None
        return super().run(line)

    def _variables(self) -> dict[str, str]:
        url = f"http://localhost:{self.ports['8080']}"
        return {**super()._variables(), "VAURIEN_URL": url, "HOME": str(self.folder)}


def need_curl() -> None:
    if shutil.which("curl") is None:
        if os.environ.get("CI"):
            pytest.fail("curl is not installed")
        pytest.skip("curl is not installed")


@pytest.mark.parametrize("page", PAGES)
def test_each_line_says_what_the_page_shows(page: str, tmp_path: Path) -> None:
    need_curl()
    blocks = built_docs.pages()[page]
    with LiveReader(tmp_path) as reader:
        lines = [line for block in blocks for line in follow(reader, block)]
    curls = [line for line in lines if "curl " in line]
    assert curls and curls == [command.line for block in blocks for command in curl_commands(block)]


def curl_commands(block: Block) -> list[Command]:
    return [command for command in printed.commands(block.text) if "curl " in command.line]


def follow(reader: LiveReader, block: Block) -> list[str]:
    """Does what a block says, and compares with what it shows. Returns the lines that were run."""
    if printed.FILE.fullmatch(block.caption):
        (reader.folder / block.caption).write_text(reader.here(block.text) + "\n")
    if block.language != "console":
        return []
    done = []
    for command in printed.commands(block.text):
        if command.words[0] not in OTHERS:
            follow_one(reader, command)
            done.append(command.line)
    return done


def follow_one(reader: LiveReader, command: Command) -> None:
    if command.line.startswith("python -m http.server"):
        reader.serve(command.line)
    elif command.words[0] == "vaurien":
        reader.needed = command.line
    else:
        said = reader.run(command.line)
        shown = pattern(reader.here(command.output))
        assert re.fullmatch(shown, said.strip()), f"{command.line} says\n{said}\nand not\n{command.output}"
        for expected, measured in zip(seconds(command.output), seconds(said), strict=True):
            assert expected - 0.1 < measured < expected + 5, f"{command.line} takes {measured} s, and not {expected}"


def seconds(text: str) -> list[float]:
    """The times in what curl says, where it is asked for them."""
    return [float(number) for number in re.findall(r"^(\d+\.\d{6}) s$", text, re.MULTILINE)]


def test_no_page_has_other_curl_lines() -> None:
    found = {page for page, blocks in built_docs.pages().items() if any(map(curl_commands, blocks))}
    assert found == {*PAGES, *ELSEWHERE}


def test_what_a_page_shows_is_compared(tmp_path: Path) -> None:
    with LiveReader(tmp_path) as reader, pytest.raises(AssertionError, match="and not"):
        follow_one(reader, Command("echo one", "two"))
