"""What a daemon says at its start: on standard output and in its log, and the seed that makes a run again."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.asking import asked, asked_in, write
from tests.peers import Backend, receive_exactly
from tests.program import Program, environment, program
from tests.running import DEADLINE
from vaurien.banner import banner
from vaurien.settings import DaemonSettings

MODULE = """
from vaurien.handlers import BaseHandler

class Super(BaseHandler):
    name = "super"
    options = {"weight": ("How heavy", float, 0.5), "when": ("The moment", str, None)}
"""


def lines_of(settings: DaemonSettings) -> list[str]:
    return banner({name: (str(proxy.local), proxy) for name, proxy in settings.proxies.items()}, settings.seed)


def ends(backend: Backend) -> list[str]:
    """The options of a proxy on a free port before `backend`."""
    host, port = backend.address
    return ["--local", "127.0.0.1:0", "--distant", f"{host}:{port}"]


def ping(port: int, host: str = "127.0.0.1") -> None:
    """One request and its echo, through the proxy on `port`."""
    with socket.create_connection((host, port), DEADLINE) as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"


def share(line: str) -> list[str]:
    """Weight, "%", name and the options, whatever their order."""
    weight, percent, name, *options = line.split()
    return [weight, percent, name, *sorted(options)]


# the lines


def test_each_handler_has_a_line_with_all_its_options() -> None:
    argv = ["--local", ":1", "--distant", "h:2", "--behavior", "0.1:error,20:delay", "--handlers.delay.sleep", "2"]
    first, *shares, last = lines_of(asked(*argv, "--seed", "5"))
    assert (first, last) == ("proxy default: :1 -> h:2", "seed 5")
    assert [share(line) for line in shares] == [
        ["0.1", "%", "error", "direction=to_client", "inject=False", "warmup=0"],
        ["20", "%", "delay", "before=True", "direction=both", "distribution=uniform", "jitter=0.0", "sleep=2.0"],
        ["79.9", "%", "dummy"],
    ]


def test_callers_and_tls_have_lines() -> None:
    lines = lines_of(asked("--distant", "h:2", "--protocol", "smtp", "--distant-tls", "--distant-tls-implicit"))
    assert "  tls with the backend  verified by what the system trusts  from the first byte" in lines
    lines = lines_of(asked("--distant", "h:2", "--protocol", "http", "--caller-header", "X-Me", "--max-active", "3"))
    assert "  callers name their handler in X-Me, 3 at once" in lines


@pytest.mark.parametrize(
    ("behavior", "shares"),
    [("100:dummy", ["100 dummy"]), ("", ["100 dummy"]), ("100:hang", ["100 hang"]), ("0:hang", ["0 hang", "100 dummy"]),
     ("20:dummy", ["20 dummy", "80 dummy"])],
)  # fmt: skip
def test_the_rest_goes_to_dummy(behavior: str, shares: list[str]) -> None:
    found = [share(line) for line in lines_of(asked("--distant", "h:2", "--behavior", behavior))[1:-1]]
    assert [f"{weight} {name}" for weight, _, name, *_ in found] == shares


def test_each_proxy_has_its_own_lines(tmp_path: Path) -> None:
    text = (
        "[vaurien]\nbehavior = 1:delay\n[proxy:a]\nlocal = unix:/a\ndistant = [::1]:1\n[proxy:a:handler:delay]\n"
        "sleep = 3\n[proxy:b]\nlocal = :2\ndistant = h:2\nbehavior = 2:hang\n"
    )
    found = lines_of(asked_in(tmp_path, text))
    assert [line for line in found if not line.startswith(" ")] == [
        "proxy a: unix:/a -> [::1]:1", "proxy b: :2 -> h:2", "seed: drawn at start",
    ]  # fmt: skip
    assert [share(line)[2] for line in found if line.startswith(" ")] == ["delay", "dummy", "hang", "dummy"]
    assert "sleep=3.0" in found[1]


# the start


def logged(text: str) -> list[str]:
    """The messages of a log at info, without time, level and indentation."""
    return re.findall(r"^\S+ INFO +(.*)$", text, re.MULTILINE)


def test_it_says_the_same_on_standard_output_and_in_the_log(tmp_path: Path, echo_backend: Backend) -> None:
    write(tmp_path, {"mine_of_banner.py": MODULE})
    argv = [*ends(echo_backend), "--handlers.super.weight=7", "--seed", "42"]
    with program(*argv, "--behavior", "0:mine_of_banner.Super", cwd=tmp_path) as running:
        ping(running.port)
        host, port = echo_backend.address
        first, *shares, last = running.output.splitlines()
        assert first == f"proxy default: 127.0.0.1:{running.port} -> {host}:{port}"
        assert [share(line) for line in shares] == [
            ["0", "%", "super", "direction=both", "weight=7.0"], ["100", "%", "dummy"],
        ]  # fmt: skip
        assert last == "seed 42"
        running.wait_for_log("seed 42$")
        assert logged(running.log)[:4] == [line.strip() for line in running.output.splitlines()]


def test_real_ports_of_several_proxies_and_a_unix_socket(tmp_path: Path, echo_backend: Backend) -> None:
    distant = "{}:{}".format(*echo_backend.address)
    listeners = {"a": "127.0.0.1:0", "b": "[::1]:0", "c": "unix:c.sock", "d": "localhost:0", "e": ":0"}
    text = "".join(f"[proxy:{name}]\nlocal = {local}\ndistant = {distant}\n" for name, local in listeners.items())
    path = write(tmp_path, {"vaurien.ini": text})
    with program("--config", path, cwd=tmp_path) as running:
        assert list(running.locals) == list(listeners)
        ports = running.ports
        assert set(ports) == {"a", "b", "d", "e"} and 0 not in ports.values() and len(set(ports.values())) == 4
        hosts = {name: local.rpartition(":")[0] for name, local in running.locals.items()}
        assert hosts == {"a": "127.0.0.1", "b": "[::1]", "c": "unix", "d": "127.0.0.1", "e": "0.0.0.0"}
        for host, name in (("127.0.0.1", "a"), ("::1", "b"), ("localhost", "d"), ("127.0.0.1", "e")):
            ping(ports[name], host)
        assert (tmp_path / "c.sock").is_socket()
    assert not (tmp_path / "c.sock").exists()


@pytest.mark.parametrize("level", ["warning", "error"])
def test_a_quiet_log_has_no_banner_but_standard_output_has(level: str, echo_backend: Backend) -> None:
    with program(*ends(echo_backend), "--log-level", level) as running:
        ping(running.port)
        running.stop()
        assert len(running.output.splitlines()) == 3
        assert running.log == ""


def test_a_log_file_gets_the_banner_and_standard_error_nothing(tmp_path: Path, echo_backend: Backend) -> None:
    path = write(tmp_path, {"a.log": "what was there before\n"})
    with program(*ends(echo_backend), "--log-output", path) as running:
        ping(running.port)
        running.stop()
        assert running.log == ""
        first, *rest = path.read_text().splitlines()
        assert first == "what was there before"
        assert logged("\n".join(rest))[:3] == [line.strip() for line in running.output.splitlines()]


def test_on_a_terminal_it_is_said_once(echo_backend: Backend) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "vaurien", *ends(echo_backend), "--seed", "42"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment())
    os.close(theirs)
    try:
        text = read_until(ours, "seed 42")
        ping(int(re.search(r":(\d+) ->", text)[1]))
        process.send_signal(signal.SIGTERM)
        text += read_until(ours, "stopping")
        assert process.wait(DEADLINE) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert text.count("proxy default") == text.count("seed 42") == 1


def read_until(terminal: int, word: str) -> str:
    text, end = "", time.monotonic() + DEADLINE
    while word not in text:
        assert select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0], f"no {word!r} in {text!r}"
        text += os.read(terminal, 65536).decode()
    return text


# the seed


def replies(running: Program) -> list[bytes]:
    """What 30 requests in two sessions are answered when a third of the replies are noise."""
    found = []
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", running.port), DEADLINE) as client:
            for _ in range(15):
                client.sendall(b"a request of 24 bytes...")
                found.append(receive_exactly(client, 24))
    return found


def test_the_seed_that_is_printed_makes_the_run_again(echo_backend: Backend) -> None:
    argv = [*ends(echo_backend), "--behavior", "33:error"]
    with program(*argv) as running:
        seed, first = running.seed, replies(running)
    with program(*argv, "--seed", str(seed)) as running:
        assert running.seed == seed
        assert replies(running) == first
    with program(*argv) as running:
        assert running.seed != seed, "two seeds were drawn the same"
        assert replies(running) != first
    assert 0 < first.count(b"a request of 24 bytes...") < 30
