"""The log: a line for each session's end, one for each call at debug, and what each line carries."""

import json
import logging
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.peers import Backend, backend, receive_all, receive_exactly
from tests.program import program
from tests.running import DEADLINE, Running, running

END = re.compile(
    r"ended: (?P<how>.+); -> (?P<sent>\d+) bytes, <- (?P<received>\d+) bytes, calls: (?P<calls>\S+=\d+(?: \S+=\d+)*), "
    r"(?P<seconds>\d+\.\d{3}) s"
)
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"


def ends_of(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.getMessage().startswith("ended: ")]


def end_of(caplog: pytest.LogCaptureFixture, daemon: Running) -> re.Match[str]:
    """The end of the only session, taken apart, once it has ended."""
    daemon.wait_until(lambda: ends_of(caplog), "the line of the session's end")
    (record,) = ends_of(caplog)
    assert (record.levelname, record.__dict__["proxy"], record.__dict__["session"]) == ("INFO", "default", 1)
    match = END.fullmatch(record.getMessage())
    assert match, record.getMessage()
    return match


def calls_of(match: re.Match[str]) -> dict[str, int]:
    return {name: int(count) for name, count in (part.split("=") for part in match["calls"].split())}


def ping(client: socket.socket, times: int = 1) -> None:
    for _ in range(times):
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"


@pytest.fixture(autouse=True)
def at_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "vaurien")


# the end of a session


def test_bytes_calls_handlers_and_seconds(caplog: pytest.LogCaptureFixture, echo_backend: Backend) -> None:
    with running(echo_backend.address, "100:delay", {"delay.sleep": 0.05}) as daemon:
        with daemon.connect() as client:
            ping(client, 3)
        match = end_of(caplog, daemon)
    assert (match["sent"], match["received"]) == ("15", "15")
    assert calls_of(match) == {"delay": 3, "dummy": 3}, "three requests are late, their replies are not"
    assert 0.15 <= float(match["seconds"]) < DEADLINE


def test_each_handler_is_counted(caplog: pytest.LogCaptureFixture, echo_backend: Backend) -> None:
    options = {"delay.sleep": 0, "corrupt.rate": 0, "corrupt.direction": "both"}
    with running(echo_backend.address, "40:delay,40:corrupt", options, seed=1) as daemon:
        with daemon.connect() as client:
            ping(client, 30)
        calls = calls_of(end_of(caplog, daemon))
    assert set(calls) == {"delay", "corrupt", "dummy"} and all(calls.values())
    assert sum(calls.values()) == 60


def test_sessions_have_ordinals_and_proxies_names(caplog: pytest.LogCaptureFixture, echo_backend: Backend) -> None:
    with running(echo_backend.address) as daemon:
        for ordinal in (1, 2, 3):
            with daemon.connect() as client:
                ping(client, ordinal)
            daemon.wait_until(lambda ordinal=ordinal: len(ends_of(caplog)) == ordinal)
    assert [record.__dict__["session"] for record in ends_of(caplog)] == [1, 2, 3]
    assert [END.findall(record.getMessage())[0][1] for record in ends_of(caplog)] == ["5", "10", "15"]


@contextmanager
def answered(serve: Any, behavior: str = "100:dummy") -> Iterator[tuple[Running, socket.socket]]:
    """A client of a daemon before a backend of plain sockets."""
    with backend(serve) as server, running(server.address, behavior) as daemon, daemon.connect() as client:
        yield daemon, client


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def say_and_wait(sock: socket.socket) -> None:
    sock.sendall(b"hello")
    receive_all(sock)


def say_and_leave(sock: socket.socket) -> None:
    sock.sendall(b"hello")


def say_and_reset(sock: socket.socket) -> None:
    sock.sendall(b"hello")
    sock.recv(1)  # the client has it
    reset(sock)


def test_the_client_closes(caplog: pytest.LogCaptureFixture) -> None:
    with answered(say_and_wait) as (daemon, client):
        receive_exactly(client, 5)
        client.close()
        assert end_of(caplog, daemon)["how"] == "client closed"


def test_the_client_resets(caplog: pytest.LogCaptureFixture) -> None:
    with answered(say_and_wait) as (daemon, client):
        receive_exactly(client, 5)
        reset(client)
        assert end_of(caplog, daemon)["how"] == "client reset"


def test_the_backend_closes(caplog: pytest.LogCaptureFixture) -> None:
    with answered(say_and_leave) as (daemon, client):
        assert receive_all(client) == b"hello"
        client.close()
        assert end_of(caplog, daemon)["how"] == "backend closed"


def test_the_backend_resets(caplog: pytest.LogCaptureFixture) -> None:
    with answered(say_and_reset) as (daemon, client):
        receive_exactly(client, 5)
        client.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        assert end_of(caplog, daemon)["how"] == "backend reset"


@pytest.mark.parametrize("handler", ["blackout", "abort", "truncate", "lost_response"])
def test_a_handler_ends_it(caplog: pytest.LogCaptureFixture, echo_backend: Backend, handler: str) -> None:
    with running(echo_backend.address, f"100:{handler}") as daemon, daemon.connect() as client:
        client.sendall(b"hello")
        match = end_of(caplog, daemon)
    assert match["how"] == f"ended by {handler}"
    assert calls_of(match)[handler] >= 1


def test_the_backend_refuses(caplog: pytest.LogCaptureFixture) -> None:
    with running("unix:/nobody/is/here") as daemon:
        with pytest.raises(ConnectionResetError), daemon.connect() as client:  # it may come before that has returned
            client.recv(1)
        match = end_of(caplog, daemon)
    assert match["how"] == "backend failed: no such file or directory"
    assert (match["sent"], match["received"]) == ("0", "0")
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.getMessage() == "backend unix:/nobody/is/here: no such file or directory"
    assert (warning.__dict__["proxy"], warning.__dict__["session"], warning.__dict__["arrow"]) == ("default", 1, "->")


def test_the_daemon_stops(caplog: pytest.LogCaptureFixture, echo_backend: Backend) -> None:
    with running(echo_backend.address) as daemon, daemon.connect() as client:
        ping(client)
        daemon.stop()
        (record,) = ends_of(caplog)
    assert record.getMessage().startswith("ended: shutdown; -> 5 bytes, <- 5 bytes, ")


# the real log


def traffic(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
        ping(client, 2)


def proxied(server: Backend, *argv: str) -> list[str]:
    host, port = server.address
    ends = ["--local", "127.0.0.1:0", "--distant", f"{host}:{port}"]
    return [*ends, "--behavior", "100:delay", "--handlers.delay.sleep", "0", *argv]


def test_text_at_debug(echo_backend: Backend) -> None:
    with program(*proxied(echo_backend, "--log-level", "debug")) as program_:
        traffic(program_.port)
        program_.wait_for_log(rf"^{STAMP} INFO default #1 ended: client closed; -> 10 bytes, <- 10 bytes, calls: ")
        lines = program_.log.splitlines()
    calls = [line for line in lines if " call " in line]
    for line, (arrow, ordinal, name) in zip(
        calls, [("->", 1, "delay"), ("<-", 1, "dummy"), ("->", 2, "delay"), ("<-", 2, "dummy")], strict=True
    ):
        assert re.match(rf"{STAMP} DEBUG default #1 {arrow} call {ordinal}: {name}(, 0\.\d{{3}} s)?$", line)


def test_json_at_debug(tmp_path: Path, echo_backend: Backend) -> None:
    path = tmp_path / "a.log"
    argv = proxied(echo_backend, "--log-level", "debug", "--log-format", "json", "--log-output", str(path))
    with program(*argv) as program_:
        traffic(program_.port)
        program_.stop()
        assert program_.log == ""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert all({"time", "level", "message"} <= set(line) and re.fullmatch(STAMP, line["time"]) for line in lines)
    calls = [line for line in lines if line["level"] == "debug" and "call" in line["message"]]
    assert [(line["proxy"], line["session"], line["direction"]) for line in calls] == [
        ("default", 1, "to_backend"), ("default", 1, "to_client"),
    ] * 2  # fmt: skip
    (end,) = [line for line in lines if line["message"].startswith("ended: ")]
    assert (end["level"], end["proxy"], end["session"], "direction" in end) == ("info", "default", 1, False)
    assert (end["cause"], end["bytes_to_backend"], end["bytes_to_client"]) == ("client closed", 10, 10)
    said = END.fullmatch(end["message"])
    assert said and abs(float(said["seconds"]) - end["seconds"]) < 0.001
    assert end["calls"] == calls_of(said) == {"delay": 2, "dummy": 2}
    assert any(line["message"].startswith("proxy default: ") for line in lines)


def test_a_traceback_is_one_line_of_json(tmp_path: Path, echo_backend: Backend) -> None:
    (tmp_path / "mine_of_log.py").write_text(
        "def broken(client, backend, to_backend):\n    raise ValueError('two\\nlines')\n"
    )
    host, port = echo_backend.address
    argv = ["--local", "127.0.0.1:0", "--distant", f"{host}:{port}", "--behavior", "100:mine_of_log.broken"]
    with program(*argv, "--log-format", "json", cwd=tmp_path) as program_:
        with socket.create_connection(("127.0.0.1", program_.port), DEADLINE) as client:
            client.sendall(b"hello")
            receive_all(client)
        program_.wait_for_log("ended: error in handler mine_of_log.broken")
        lines = [json.loads(line) for line in program_.log.splitlines()]
    (error,) = [line for line in lines if line["level"] == "error"]
    assert (error["proxy"], error["session"], error["direction"]) == ("default", 1, "to_backend")
    assert "mine_of_log.broken" in error["message"] and "ValueError: two\nlines" in error["traceback"]


@pytest.mark.parametrize("level", ["info", "warning"])
def test_less_at_other_levels(echo_backend: Backend, level: str) -> None:
    with program(*proxied(echo_backend, "--log-level", level)) as program_:
        traffic(program_.port)
        program_.stop()
        log = program_.log
    assert " call " not in log
    assert ("ended: " in log) is (level == "info")
    assert (log == "") is (level == "warning")
