"""The tutorial does what it says: its commands are run in its terminals, and say what it shows."""

import re
import socket
import time
from pathlib import Path

from tests import built_docs, printed
from tests.checked import banner
from tests.printed import Command, same_but_for_time
from tests.servers.base import free_port
from tests.terminals import Terminal, terminals
from vaurien.version import __version__

TERMINALS = ["first terminal", "second terminal", "third terminal", "any terminal"]
INSTALLATION = ("python3 -m venv .venv", ". .venv/bin/activate", "pip install --editable .")
READY = 20.0  # seconds for the web server to start


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    blocks = built_docs.pages()["tutorial/first_proxy"]
    ports = {"8000": str(free_port()), "8001": str(free_port())}

    def here(text: str) -> str:
        return re.sub(r"\b800[01]\b", lambda match: ports[match[0]], text)

    folder = tmp_path / "first_proxy"
    folder.mkdir()
    for name, text in printed.files(blocks).items():
        (folder / name).write_text(here(text))
    done = []
    with terminals(folder, TERMINALS) as named:
        for block in blocks:
            for command in printed.commands(here(block.text)):
                follow(named[block.caption], command, int(ports["8001"]))
                done.append(" ".join(command.words[:2]))
    assert done.count("vaurien --local") == 3
    assert done.count("python client.py") == 2 and done.count("python patient_client.py") == 1

    log = (folder / "vaurien.log").read_text().splitlines()
    (line,) = [block.text for block in blocks if block.text.startswith("2026-")]
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
    else:  # which the tests of the packaging try
        assert line in INSTALLATION, f"nobody tries {line}"


def wait_for_port(port: int) -> None:
    end = time.monotonic() + READY
    while True:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "the web server does not start"
        time.sleep(0.01)


def without_times(line: str) -> str:
    """A log line without its times."""
    return re.sub(r"[\d.]+ s$", "", line.partition(" ")[2])
