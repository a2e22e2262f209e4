"""Every example runs as the reader is told to run it: in its folder, by the commands at the top of its files."""

import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.program import ROOT, environment, program
from tests.servers.redis import Redis
from vaurien import chance

EXAMPLES = ROOT / "examples"
DEADLINE = 120.0  # seconds for one command
SEED = 28  # of the first ten sessions, the third and the ninth draw the first 20 percent, the eighth the next 10


def commands(path: Path, program: str) -> list[str]:
    """The command lines of `program` that stand indented in the comment or the docstring at the top of `path`."""
    text = path.read_text()
    head = text.split('"""')[1] if path.suffix == ".py" else "".join(re.findall(r"^#.*\n", text, re.MULTILINE))
    return re.findall(rf"^#?    +({re.escape(program)}(?: .*)?)$", head, re.MULTILINE)


def command(path: Path, program: str) -> str:
    """The only such command line."""
    (found,) = commands(path, program)
    return found


def arguments(line: str, **addresses: str) -> list[str]:
    """The arguments of a command line; an option's value is replaced where `addresses` has one for it."""
    words = shlex.split(line)[1:]
    for option, address in addresses.items():
        flag = f"--{option}"
        if flag in words:
            words[words.index(flag) + 1] = address
        else:
            words += [flag, address]
    return words


def python(line: str, *more: str, folder: Path) -> str:
    """What a Python program prints that is started by `line` in `folder`."""
    done = subprocess.run(
        [sys.executable, *arguments(line), *more],
        cwd=folder, env=environment({"PYTHONDONTWRITEBYTECODE": "1"}), capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def web_server(line: str, folder: Path) -> Iterator[str]:
    """The web server that `line` starts, on a free port; its address."""
    words = [word if not word.isdigit() else "0" for word in arguments(line)]
    with subprocess.Popen(
        [sys.executable, "-u", *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            match = re.search(r"port (\d+)", process.stdout.readline())
            assert match is not None, "the web server does not start"
            yield f"127.0.0.1:{match[1]}"
        finally:
            process.kill()


def outcomes(output: str) -> list[str]:
    """What client.py and its kin say of each request, without the seconds."""
    return re.findall(r"^request \d+: (.+) after [\d.]+ s$", output, re.MULTILINE)


def seconds(output: str) -> list[float]:
    return [float(text) for text in re.findall(r" after ([\d.]+) s$", output, re.MULTILINE)]


def test_first_proxy() -> None:
    folder = EXAMPLES / "first_proxy"
    client = folder / "client.py"
    with web_server(command(client, "python -m http.server"), folder) as distant:
        line = command(client, "vaurien")
        options = [*arguments(line, local="127.0.0.1:0", distant=distant), "--seed", str(SEED)]
        with program(*options, cwd=folder) as vaurien:
            output = python(command(client, "python client.py"), vaurien.locals["default"], folder=folder)
    expected = ["200"] * 10
    expected[7] = "ConnectionResetError"
    assert outcomes(output) == expected
    times = seconds(output)
    assert times[2] >= 0.8 and times[8] >= 0.8
    assert min(times) < 0.8


def test_first_proxy_and_a_patient_client() -> None:
    folder = EXAMPLES / "first_proxy"
    client = folder / "patient_client.py"
    with web_server(command(folder / "client.py", "python -m http.server"), folder) as distant:
        line = command(folder / "client.py", "vaurien")
        options = [*arguments(line, local="127.0.0.1:0", distant=distant), "--seed", str(SEED)]
        with program(*options, cwd=folder) as vaurien:
            output = python(command(client, "python"), vaurien.locals["default"], folder=folder)
    found = outcomes(output)
    assert [outcome.rpartition(" ")[2] for outcome in found] == ["200"] * 10
    assert found[2] == "TimeoutError, then 200"
    assert found[6] == "ConnectionResetError, then TimeoutError, then 200"


def echo_once(listener: socket.socket, client_of: str, word: bytes) -> bytes:
    """What a client of the address `client_of` gets back from a backend that says everything back once."""
    host, _, port = client_of.rpartition(":")
    with socket.create_connection((host, int(port)), DEADLINE) as client:
        client.sendall(word)
        backend, _ = listener.accept()
        with backend:
            backend.settimeout(DEADLINE)
            backend.sendall(backend.recv(100))
        return client.recv(100)


def test_two_proxies(tmp_path: Path) -> None:
    folder = EXAMPLES / "two_proxies"
    ini = folder / "vaurien.ini"
    run, check = commands(ini, "vaurien")
    done = subprocess.run(
        [sys.executable, "-m", "vaurien", *arguments(check)],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("the configuration is good\n")

    with socket.create_server(("127.0.0.1", 0)) as web, socket.create_server(("127.0.0.1", 0)) as redis:
        web.settimeout(DEADLINE)
        redis.settimeout(DEADLINE)
        free = tmp_path / "free.ini"
        free.write_text(
            f"[vaurien]\nextends = {ini}\n"
            f"[proxy:web]\nlocal = 127.0.0.1:0\ndistant = 127.0.0.1:{web.getsockname()[1]}\n"
            f"[proxy:redis]\nlocal = 127.0.0.1:0\ndistant = 127.0.0.1:{redis.getsockname()[1]}\n"
        )
        with program(*arguments(run, config=str(free)), "--seed", str(SEED), cwd=folder) as vaurien:
            assert echo_once(web, vaurien.locals["web"], b"to the web server") == b"to the web server"
            assert echo_once(redis, vaurien.locals["redis"], b"to redis") == b"to redis"
            described = vaurien.output
    shown = re.sub(r"127\.0\.0\.1:\d+ -> \S+", "", described)
    parts = dict(re.findall(r"^proxy (\w+): \n((?:  .*\n)+)", shown, re.MULTILINE))
    assert re.findall(r"(\d+) %  (\w+)", parts["web"]) == [("10", "delay"), ("90", "dummy")]
    assert "sleep=0.5 " in parts["web"] and "jitter=0.0 " in parts["web"]
    assert re.findall(r"(\d+) %  (\w+)", parts["redis"]) == [("5", "delay"), ("1", "abort"), ("94", "dummy")]
    assert "sleep=0.05 " in parts["redis"] and "jitter=0.02 " in parts["redis"]


def test_custom_handler() -> None:
    folder = EXAMPLES / "custom_handler"
    ini = folder / "vaurien.ini"
    with web_server(command(ini, "python -m http.server"), folder) as distant:
        line = command(ini, "vaurien")
        options = [*arguments(line, local="127.0.0.1:0", distant=distant), "--seed", str(SEED)]
        with program(*options, cwd=folder, variables={"PYTHONDONTWRITEBYTECODE": "1"}) as vaurien:
            client = command(ini, "python ../first_proxy/client.py")
            output = python(client, vaurien.locals["default"], folder=folder)
    expected = ["200"] * 10
    expected[2] = expected[8] = "503"
    assert outcomes(output) == expected


def test_custom_handler_says_when_to_come_again() -> None:
    folder = EXAMPLES / "custom_handler"
    with socket.create_server(("127.0.0.1", 0)) as backend:
        distant = f"127.0.0.1:{backend.getsockname()[1]}"
        line = command(folder / "vaurien.ini", "vaurien")
        options = arguments(line, local="127.0.0.1:0", distant=distant, behavior="100:unavailable")
        with program(*options, cwd=folder, variables={"PYTHONDONTWRITEBYTECODE": "1"}) as vaurien:
            with socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = b""
                while piece := client.recv(65536):
                    answer += piece
            backend.settimeout(DEADLINE)
            behind, _ = backend.accept()
            with behind:
                behind.settimeout(DEADLINE)
                assert behind.recv(100) == b""
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n")
    assert answer.endswith(b"\r\n\r\n")


def test_custom_session_handler() -> None:
    folder = EXAMPLES / "custom_session_handler"
    ini = folder / "vaurien.ini"
    with web_server(command(ini, "python -m http.server"), folder) as distant:
        options = [*arguments(command(ini, "vaurien"), local="127.0.0.1:0", distant=distant), "--seed", str(SEED)]
        with program(*options, cwd=folder, variables={"PYTHONDONTWRITEBYTECODE": "1"}) as vaurien:
            output = python(command(ini, "python ../first_proxy/client.py"), vaurien.locals["default"], folder=folder)
            key = chance.key(chance.key(SEED, "default"), "session")
            drawn = [chance.ticket(key, ordinal) < 330_000 for ordinal in range(1, 11)]
    assert outcomes(output) == ["503" if busy else "200" for busy in drawn]
    assert True in drawn and False in drawn


@pytest.mark.parametrize("value", [None, "$7"])
def test_redis_behind_a_hang(redis_server: Redis, value: str | None) -> None:
    folder = EXAMPLES / "redis_hang"
    ini = folder / "vaurien.ini"
    with socket.create_connection((redis_server.host, redis_server.port), DEADLINE) as redis:
        redis.sendall(b"DEL vaurien\r\n" if value is None else f"SET vaurien {value}\r\n".encode())
        redis.recv(100)
    options = arguments(command(ini, "vaurien"), local="127.0.0.1:0", distant=redis_server.distant)
    with program(*options, "--seed", str(SEED), cwd=folder) as vaurien:
        client = command(ini, "python client.py")
        limits = ("--requests", "30", "--timeout", "0.4")
        output = python(client, "--address", vaurien.locals["default"], *limits, folder=folder)
        # The client has gone, so every session ends; the last line of them is the last session's.
        met = re.fullmatch(r"30 requests: (\d+) answered, (\d+) timed out, 0 failed\n", output)
        assert met is not None, output
        answered, timed_out = map(int, met.groups())
        vaurien.wait_for_log(rf"^.* #{timed_out + 1} ended: ")
        hung = len(re.findall(r" hang=1\b", vaurien.log))
    assert answered + timed_out == 30
    assert timed_out == hung > 0


def test_custom_protocol() -> None:
    folder = EXAMPLES / "custom_protocol"
    ini = folder / "vaurien.ini"
    server = subprocess.Popen(
        [sys.executable, *arguments(command(ini, "python server.py")), "--port", "0"],
        cwd=folder, env=environment({"PYTHONDONTWRITEBYTECODE": "1"}), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            line = command(ini, "vaurien")
            options = arguments(line, local="127.0.0.1:0", distant=f"127.0.0.1:{port}")
            with program(*options, cwd=folder, variables={"PYTHONDONTWRITEBYTECODE": "1"}) as vaurien:
                client = command(ini, "python client.py")
                output = python(client, "--address", vaurien.locals["default"], folder=folder)
        finally:
            server.kill()
    same, errors = map(int, re.findall(r"\d+", output))
    assert same + errors == 100 and 3 < errors < 45


def test_test_suite() -> None:
    folder = EXAMPLES / "test_suite"
    line = re.search(r"installed: (python -m pytest)", (folder / "conftest.py").read_text())
    assert line is not None
    # Its own settings, not this suite's: the reader's folder has none.
    apart = ("-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider", "-p", "no:schemathesis")
    assert re.search(r"^4 passed", python(line[1], "-q", *apart, folder=folder), re.MULTILINE)


def test_every_example_is_listed() -> None:
    listed = set(re.findall(r"^``(\w+)``", (EXAMPLES / "README.rst").read_text(), re.MULTILINE))
    assert listed == {path.name for path in EXAMPLES.iterdir() if path.is_dir() and path.name != "__pycache__"}
