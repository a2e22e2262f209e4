"""Toxics in the program itself: at its start, and when SIGHUP finds others in its file."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import write
from tests.handlers.tools import until_end
from tests.peers import Backend, receive_exactly
from tests.program import environment, program
from tests.reloading import SHARED, Reloaded, reloaded
from tests.running import DEADLINE
from tests.toxics.tools import SLACK

MODULE = '''
from vaurien.toxics import Toxic

class Shout(Toxic):
    """Says it louder, 100 %."""
    name = "shout"
    options = {"end": ("What comes after, in % or not", str, "!")}

    def shape(self, chunk):
        yield chunk.take(len(chunk)).upper() + self.option("end").encode()

class Unmade(Toxic):
    def __init__(self, settings, proxy):
        raise RuntimeError("no licence")

class Raising(Toxic):
    name = "raising"
    def shape(self, chunk):
        raise ZeroDivisionError("oh")
'''
BASE = SHARED.format(behavior="100:dummy")
LATE = "[toxic:late]\ntype = latency\nlatency = {latency}\nstream = upstream\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, {"mine_of_program.py": MODULE})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def refused(*argv: str) -> str:
    """The one line with which the program refuses to start."""
    command = [sys.executable, "-m", "vaurien", "--local", "127.0.0.1:0", "--distant", "127.0.0.1:1", *argv]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=20)
    assert done.returncode == 2, done
    assert re.fullmatch(r"vaurien: [^\n]+\n", done.stderr), done.stderr
    return done.stderr.removeprefix("vaurien: ").strip()


def test_what_cannot_be_made_is_refused_at_the_start(folder: Path) -> None:
    assert refused("--toxics.x.type", "mine_of_program.Unmade") == "toxic x: cannot be made: RuntimeError: no licence"


def test_what_is_wrong_is_refused_at_the_start() -> None:
    line = refused("--toxics.slicer.average_size=5", "--toxics.slicer.size_variation=5")
    assert line.endswith("size_variation: expected less than average_size, which is 5, not 5")


def test_a_users_own_of_the_working_directory(tmp_path: Path, echo_backend: Backend) -> None:
    write(tmp_path, {"mine_of_program.py": MODULE})
    host, port = echo_backend.address
    arguments = ("--local", "127.0.0.1:0", "--distant", f"{host}:{port}", "--toxics.loud.type", "mine_of_program.Shout")
    with program(*arguments, "--toxics.loud.end=?", cwd=tmp_path) as running:
        assert "  toxic loud (shout)  downstream end=?\n" in running.output
        with socket.create_connection(("127.0.0.1", running.port), DEADLINE) as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 6) == b"HELLO?"


def test_the_help_shows_a_users_own(folder: Path) -> None:
    command = [sys.executable, "-m", "vaurien", "--toxics.loud.type", "mine_of_program.Shout", "--help"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done
    group = done.stdout.partition("\ntoxic loud:")[2]
    assert "Says it louder, 100 %." in group
    assert "What comes after, in % or not" in group


@pytest.fixture
def running(folder: Path, echo_backend: Backend) -> Iterator[Reloaded]:
    with reloaded(folder, echo_backend) as daemon:
        yield daemon


def test_sighup_adds_changes_and_removes_on_live_sessions(running: Reloaded) -> None:
    proxy = running.proxy("a")
    with running.connect("a") as client:

        def took() -> float:
            start = time.monotonic()
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
            return time.monotonic() - start

        took()
        running.hang_up(BASE + proxy + LATE.format(latency=150))
        assert 0.15 <= took() < 0.15 + SLACK
        running.hang_up(BASE + proxy + LATE.format(latency=60_000))
        client.sendall(b"held")
        running.hang_up(BASE + proxy)
        assert receive_exactly(client, 4) == b"held"
        running.hang_up(BASE + proxy + "[proxy:a:toxic:loud]\ntype = mine_of_program.Shout\n")
        client.sendall(b"hello")
        assert receive_exactly(client, 6) == b"HELLO!"


def test_a_wrong_file_changes_nothing(running: Reloaded) -> None:
    proxy = running.proxy("a")
    running.hang_up(BASE + proxy + "[toxic:loud]\ntype = mine_of_program.Shout\n")
    with running.connect("a") as client:
        for wrong, line in (
            ("[toxic:latency]\nlatency = x\n", r"not reloaded.*\[toxic:latency\] latency: "),
            ("[toxic:x]\ntype = mine_of_program.Unmade\n", r"not reloaded.*toxic x: cannot be made: RuntimeError"),
        ):
            running.hang_up(BASE + proxy + wrong, line)
            client.sendall(b"hello")
            assert receive_exactly(client, 6) == b"HELLO!"


def test_one_that_raises_is_logged_with_its_session(running: Reloaded) -> None:
    running.hang_up(BASE + running.proxy("a") + "[toxic:bad]\ntype = mine_of_program.Raising\n")
    with running.connect("a") as client:
        client.sendall(b"hello")
        assert until_end(client) == (b"", "closed")
    running.running.wait_for_log(r"ERROR .*a.*toxic bad raised ZeroDivisionError")
    running.running.wait_for_log(r"^ZeroDivisionError: oh$")
    running.hang_up(BASE + running.proxy("a"))
    with running.connect("a") as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
