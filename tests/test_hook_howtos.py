"""What is printed about hooks does what it says: the how-tos' commands, before a real Redis, and the README's hook."""

import re
import socket
import textwrap
import time
from pathlib import Path

import pytest

from tests import built_docs, printed
from tests.peers import backend, echo, receive_exactly
from tests.printed import Block, Command
from tests.program import ROOT, program
from tests.reader import Reader, pattern
from tests.servers.base import free_port
from tests.servers.redis import Redis

STEPS = {"howto/write_a_hook": 20, "howto/see_what_passes": 7, "howto/turn_clients_away": 7}
"""So many commands each page has that are tried here."""
DEADLINE = 10.0  # seconds


@pytest.mark.parametrize("page", STEPS)
def test_it_does_what_it_says(page: str, redis_server: Redis, tmp_path: Path) -> None:
    ports = {"6379": redis_server.port, "6380": free_port(), "8000": free_port(), "8001": free_port()}
    with Reader(tmp_path, ports) as reader:
        reader.run("redis-cli -p 6379 flushall")
        assert sum(follow(reader, block) for block in built_docs.pages()[page]) == STEPS[page]


def test_the_hook_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    section = (ROOT / "README.rst").read_text().partition("\nHooks\n-----\n")[2].partition("\n------")[0]
    (code,) = re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", section, re.MULTILINE)
    (flags,) = re.findall(r"^``(--hook \S+)`` puts it to work", section, re.MULTILINE)
    (tmp_path / "slow.py").write_text(textwrap.dedent(code))
    late = ("--behavior", "100:delay", "--handlers.delay.sleep", "0.6", "--handlers.delay.direction", "to_backend")
    with backend(echo) as server:
        ends = ("--local", "127.0.0.1:0", "--distant", f"127.0.0.1:{server.address[1]}")
        with (
            program(*ends, *late, *flags.split(), cwd=tmp_path, variables={"PYTHONDONTWRITEBYTECODE": "1"}) as vaurien,
            socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE) as client,
        ):
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
            vaurien.wait_for_output(r"^session 1: 0\.\d s in delay$")
    assert vaurien.output.count("session 1") == 1, "the answer was quick"


def follow(reader: Reader, block: Block) -> int:
    """Does what a block says, and compares with what it shows. Returns the number of commands that were tried."""
    if printed.FILE.fullmatch(block.caption):
        (reader.folder / block.caption).write_text(reader.here(block.text) + "\n")
    if not block.caption.endswith(" terminal"):
        return 0  # for the eye, or checked with all other command lines
    commands = list(printed.commands(block.text))
    for command in commands:
        if command.words[0] == "vaurien":
            reader.start(command.line)
        else:
            shows(reader, command)
    if not commands:
        wait = reader.vaurien.wait_for_log if " ERROR " in block.text else reader.vaurien.wait_for_output
        wait(pattern(reader.here(block.text)))
    return len(commands)


def shows(reader: Reader, command: Command) -> None:
    """Whether a command says what the page shows. What is in a file may come a moment after the answer."""
    end = time.monotonic() + (DEADLINE if command.words[0] == "cat" else 0)
    said = reader.run(command.line)
    while not re.fullmatch(pattern(reader.here(command.output)), said.strip()):
        assert time.monotonic() < end, f"{command.line} says\n{said}"
        said = reader.run(command.line)
