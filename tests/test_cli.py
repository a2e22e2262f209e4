"""The command as a whole: what it prints where, and its exit code. Nothing here is served; see test_signals.py."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.asking import ENDS, Said, refusal, said, write
from tests.program import environment
from vaurien.version import __version__


def said_by_process(cwd: Path, *argv: str) -> Said:
    command = [sys.executable, "-m", "vaurien", *argv]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own: `main` makes it importable, which must not outlive the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


# the same program


@pytest.mark.parametrize(
    "argv", [["--version"], ["--help"], ["-h"], [*ENDS, "--check-config"], [], ["--distannt", "x"]]
)
def test_python_m_vaurien_is_the_same_program(tmp_path: Path, argv: list[str]) -> None:
    assert said_by_process(tmp_path, *argv) == said(*argv)


def test_the_version() -> None:
    assert said("--version") == (0, f"vaurien {__version__}\n", "")


# refusals

IN_USE = "address already in use; choose another port, or 0 for any that is free"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], ["distant", "--distant HOST:PORT"]),
        (["--local", "localhost:8000"], ["distant", "missing"]),
        (["--distant", "localhost"], ["--distant", "'localhost'", "HOST:PORT"]),
        (["--distannt", "localhost:80"], ["--distannt", "did you mean '--distant'"]),
        (["--config", "nothere.ini"], ["nothere.ini", "no such file"]),
        (["--config", "nothere.ini", "--help"], ["nothere.ini", "no such file"]),
        (["--config", "nothere.ini", "--check-config"], ["nothere.ini", "no such file"]),
        ([*ENDS, "--check-config", "--seed", "x"], ["--seed", "a whole number", "'x'"]),
        ([*ENDS, "--behavior", "20:dely"], ["--behavior", "'dely'", "did you mean 'delay'"]),
        ([*ENDS, "--handlers.delay.slep", "2"], ["--handlers.delay.slep", "did you mean 'sleep'"]),
        ([*ENDS, "--log-output", "no/such/folder"], ["no/such/folder", "no such file or directory"]),
        ([*ENDS, "--log-output", "."], [".", "is a directory"]),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(argv: list[str], words: list[str]) -> None:
    with mock.patch("vaurien.cli.raise_descriptor_limit"):
        line = refusal(said(*argv))
    for word in words:
        assert word in line


@pytest.mark.parametrize("free", [[], ["--log-output", "a.log"], ["--log-level", "debug"]])
def test_a_port_in_use(tmp_path: Path, free: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        local = f"127.0.0.1:{other.getsockname()[1]}"
        line = refusal(said_by_process(tmp_path, "--distant", "127.0.0.1:9", "--local", local, *free))
    assert line == f"--local: cannot listen on {local}: {IN_USE}"


def test_when_one_port_is_in_use_none_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        local = f"127.0.0.1:{other.getsockname()[1]}"
        text = f"[proxy:a]\nlocal = unix:a.sock\ndistant = b:1\n[proxy:b]\nlocal = {local}\ndistant = b:1\n"
        write(tmp_path, {"vaurien.ini": text})
        line = refusal(said_by_process(tmp_path, "--config", "vaurien.ini"))
    assert line == f"vaurien.ini [proxy:b] local: cannot listen on {local}: {IN_USE}"
    assert not (tmp_path / "a.sock").exists()


@pytest.mark.parametrize(
    ("local", "words"),
    [
        ("unix:no/such/folder", ["unix:no/such/folder", "no such file or directory"]),
        ("unix:taken", ["unix:taken", "address already in use"]),
        ("192.0.2.1:80", ["192.0.2.1:80", "cannot assign requested address"]),
    ],
)
def test_an_address_that_cannot_be_had(tmp_path: Path, local: str, words: list[str]) -> None:
    write(tmp_path, {"taken": "a file of somebody's"})
    line = refusal(said_by_process(tmp_path, "--distant", "127.0.0.1:9", "--local", local))
    for word in words:
        assert word in line
    assert (tmp_path / "taken").read_text() == "a file of somebody's"


# --check-config


def test_a_good_configuration_is_described_and_not_bound(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        text = f"[proxy:a]\nlocal = {taken}\ndistant = b:1\n[proxy:c]\nlocal = unix:c.sock\ndistant = [::1]:2\n"
        write(tmp_path, {"vaurien.ini": f"[vaurien]\nbehavior = 20:delay\nseed = 5\n{text}"})
        code, out, err = said("--config", "vaurien.ini", "--check-config")
    assert (code, err) == (0, "")
    for line in (f"proxy a: {taken} -> b:1", "proxy c: unix:c.sock -> [::1]:2", "seed 5"):
        assert line in out.splitlines()
    assert "sleep=1.0" in out and "good" in out
    assert [path.name for path in tmp_path.iterdir()] == ["vaurien.ini"]


def test_a_bad_configuration(tmp_path: Path) -> None:
    write(tmp_path, {"vaurien.ini": "[vaurien]\ndistant = a:1\n[handler:delay]\nsleep = soon\n"})
    line = refusal(said("--config", "vaurien.ini", "--check-config"))
    assert line.startswith("vaurien.ini [handler:delay] sleep: ") and "'soon'" in line


# any command line


class NoDaemon:
    """Stands in for the daemon, so that a good command line ends."""

    def __init__(self, settings: object) -> None:
        self.proxies: dict[str, object] = {}
        self.seed = 1

    def start(self) -> None:
        """Nothing is bound."""

    def run(self, reload: Callable[[], object], ready: Callable[["NoDaemon"], object], companion: object) -> None:
        """What a reload would read is what was read."""
        ready(self)
        reload()


FLAGS = [
    "--local", "--distant", "--behavior", "--seed", "--config", "--log-level", "--log-format", "--timeout", "--proxy",
    "--backend", "--max-sessions", "--shutdown-timeout", "--check-config", "--version", "--help", "-h", "-x", "--",
    "--handlers.delay.sleep", "--handlers.delay.before", "--handlers.", "--handlers.x", "--handlers.a.b.c", "-",
    "--behavior-delay-sleep", "--behavior-", "--behavior-error-inject", "--handlers..", "--beh", "--local=", "---",
    "--log_level", "--=",
]  # fmt: skip
VALUES = [
    "localhost:80", "127.0.0.1:0", "[::1]:0", "unix:a", "localhost", "80", ":", "::", "", "20:delay",
    "100:dummy", "20", "-5:delay", "20:", ":delay", "20:dely", "20:os.path", "20:nowhere_at_all.X", "1e5",
    "true", "false", "debug", "warning", "json", "good.ini", "bad.ini", "no.ini", ".", "é", "nan", "inf", "%s",
    "5:error,20:delay", "-1", "0", "2", "$HOME",
]  # fmt: skip
WORDS = st.sampled_from(FLAGS) | st.sampled_from(VALUES)
GLUED = st.builds("{}={}".format, st.sampled_from(FLAGS), st.sampled_from(VALUES))
PAIRS = st.tuples(st.sampled_from(FLAGS), st.sampled_from(VALUES))
LINES = st.lists(PAIRS | st.tuples(WORDS | GLUED), max_size=8).map(
    lambda parts: [word for part in parts for word in part]
)


@settings(max_examples=400, deadline=None)
@given(LINES)
@example(["--distant", "localhost:80"])
@example(["--config", "good.ini", "--behavior", "5:error,20:delay", "--handlers.delay.sleep=2"])
def test_no_command_line_fails_in_any_other_way(argv: list[str]) -> None:
    write(Path.cwd(), {"good.ini": "[vaurien]\nbackend = b:1\n", "bad.ini": "[vaurien]\nbackand = b:1\n"})
    with mock.patch("vaurien.cli.Daemon", NoDaemon), mock.patch("vaurien.cli.raise_descriptor_limit"):
        answer = said(*argv)
    if answer[0] == 0:
        assert answer[1] and "Traceback" not in answer[2]
    else:
        refusal(answer)
