"""Each example of a hook runs as its reader is told to, by the commands at its top; and then before ruder peers."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.peers import backend, echo, receive_all, receive_exactly
from tests.program import ROOT, Program
from tests.reader import Reader
from tests.servers.base import free_port
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis

EXAMPLES = ROOT / "examples"
HOOKS = EXAMPLES / "hooks"
DEADLINE = 10.0  # seconds
SEED = " --seed 28"
"""Of the first ten sessions, the third and the ninth draw the first 20 percent, the eighth the next 10."""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader in a copy of the folder, without what an earlier reader has left there."""
    left = shutil.ignore_patterns("__pycache__", "*.log", "*.txt")
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=left)
    ports = {port: free_port() for port in ("6379", "6380", "8000", "8001")}
    with Reader(tmp_path / "examples" / "hooks", ports) as reader:
        yield reader


def told(example: str) -> list[str]:
    """The commands at the top of an example."""
    docstring = (HOOKS / example).read_text().split('"""')[1]
    return re.findall(r"^    (.+)$", docstring, re.MULTILINE)


def do(reader: Reader, example: str, redis: Redis | None = None, more: str = "") -> list[str]:
    """Types the commands at the top of an example, in order, and returns what they say, of those that come to an end.

    `more` are further options of Vaurien's.
    """
    if redis is not None:
        reader.ports = {**reader.ports, "6379": redis.port}
        reader.run("redis-cli -p 6379 flushall")
    said = []
    for line in told(example):
        if line.startswith("vaurien "):
            reader.start(line + more)
        elif line.startswith("python -m http.server"):
            reader.serve(line)
        else:
            address = " 127.0.0.1:8000" if line.endswith("client.py") else ""
            said.append(reader.run(line + address))
    return said


def through(reader: Reader, example: str, distant: str, more: str = "") -> Program:
    """The Vaurien of an example, before another backend."""
    (line,) = [line for line in told(example) if line.startswith("vaurien ")]
    return reader.start(re.sub(r"--distant \S+", f"--distant {distant}", line) + more)


def connected(vaurien: Program) -> socket.socket:
    return socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE)


def test_each_has_a_test_here() -> None:
    tests = (ROOT / "tests" / "test_hook_examples.py").read_text()
    examples = sorted(path.name for path in HOOKS.glob("*.py") if not path.name.startswith("test_"))
    assert examples == ["allow_list.py", "audit_log.py", "count.py", "forged_answer.py", "rewrite_header.py"]
    for example in examples:
        assert f'do(reader, "{example}"' in tests


# audit_log.py


def audited(reader: Reader) -> list[tuple[str, str]]:
    """The commands and keys in the audit."""
    lines = [json.loads(line) for line in (reader.folder / "audit.log").read_text().splitlines()]
    return [(line["command"], line["key"]) for line in lines]


def test_audit_log(reader: Reader, redis_server: Redis) -> None:
    ok, hello, log = do(reader, "audit_log.py", redis_server)
    assert (ok, hello) == ("OK\n", "hello\n")
    (line,) = map(json.loads, log.splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", line.pop("time"))
    greeting = {"proxy": "default", "session": 1, "handler": "dummy", "command": "SET", "key": "greeting"}
    assert line == greeting


def test_audit_log_misses_nothing_however_it_comes(reader: Reader, redis_server: Redis) -> None:
    """A pipeline, a value of several reads with commands inside it, and a command byte by byte."""
    do(reader, "audit_log.py", redis_server)
    (reader.folder / "audit.log").unlink()
    value = b"*1\r\n$8\r\nFLUSHALL\r\n" * 20000
    pipeline = b"SET a 1\r\nGET a\r\nINCR a\r\nAUTH secret\r\n"
    large = b"*3\r\n$3\r\nset\r\n$3\r\nbig\r\n$%d\r\n%s\r\n" % (len(value), value)
    with connected(reader.vaurien) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(pipeline)
        answers = receive_exactly(client, len(b"+OK\r\n$1\r\n1\r\n:2\r\n-"))
        assert answers == b"+OK\r\n$1\r\n1\r\n:2\r\n-"
        while not answers.endswith(b"\r\n"):  # Redis has no password, and says so
            answers += receive_exactly(client, 1)
        client.sendall(large)
        assert receive_exactly(client, 5) == b"+OK\r\n"
        for byte in b"DEL a\r\n":
            client.sendall(bytes([byte]))
        assert receive_exactly(client, 4) == b":1\r\n"
    assert audited(reader) == [("SET", "a"), ("INCR", "a"), ("SET", "big"), ("DEL", "a")]
    assert "secret" not in (reader.folder / "audit.log").read_text()


def test_audit_log_has_what_redis_was_told_and_no_more(reader: Reader, redis_server: Redis) -> None:
    vaurien = through(reader, "audit_log.py", redis_server.distant, " --behavior 100:abort")
    with connected(vaurien) as client:
        client.sendall(b"SET lost 1\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(100)
    assert not (reader.folder / "audit.log").exists()


def test_the_tests_of_the_audit_pass(reader: Reader) -> None:
    (line,) = told("test_audit_log.py") or ["python -m pytest"]
    assert re.search(r"^2 passed", reader.run(f"{line} -q -p no:schemathesis"), re.MULTILINE)


# forged_answer.py


def test_forged_answer(reader: Reader, redis_server: Redis) -> None:
    assert do(reader, "forged_answer.py", redis_server) == ["OK\n", "off\n", "on\n"]


def test_forged_answer_is_for_one_key_that_is_asked_for_alone(reader: Reader) -> None:
    """What the backend sees is all but that."""
    get = b"*2\r\n$3\r\nGET\r\n$7\r\nfeature\r\n"
    passed = [
        b"*2\r\n$3\r\nGET\r\n$8\r\nfeatures\r\n",
        b"*2\r\n$3\r\nDEL\r\n$7\r\nfeature\r\n",
        b"*3\r\n$4\r\nMGET\r\n$7\r\nfeature\r\n$1\r\nx\r\n",
        b"PING\r\n" + get,
        get + get,
        get + b"PI",
    ]
    with backend(echo) as server:
        value = " --hooks.forged_answer.ForgedAnswer.value no"
        vaurien = through(reader, "forged_answer.py", f"127.0.0.1:{server.address[1]}", value)
        with connected(vaurien) as client:
            for request in passed:
                client.sendall(request)
                assert receive_exactly(client, len(request)) == request
            client.sendall(get)
            assert receive_exactly(client, 8) == b"$2\r\nno\r\n"
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == b""


# rewrite_header.py


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed; the tests below use sockets")
def test_rewrite_header(reader: Reader) -> None:
    (said,) = do(reader, "rewrite_header.py")
    head, _, _ = said[said.index("HTTP/1.0") :].partition("\n\n")
    assert head.splitlines()[:2] == ["HTTP/1.0 200 OK", "Server: something else"]
    assert head.count("Server:") == 1


def test_rewrite_header_before_nginx(reader: Reader, nginx_server: Nginx) -> None:
    """nginx says in a redirect which host it was asked for; many requests share the connection."""
    vaurien = through(reader, "rewrite_header.py", nginx_server.distant)
    connection = HTTPConnection("127.0.0.1", vaurien.port, timeout=DEADLINE)
    try:
        for _ in range(3):
            connection.request("GET", "/moved")
            answer = connection.getresponse()
            answer.read()
            assert answer.headers["Location"].startswith("http://www.example.com")
            assert answer.headers.get_all("Server") == ["something else"]
            connection.request("GET", "/1MB.bin")
            assert connection.getresponse().read() == nginx_server.files["1MB.bin"]
        body = b"\r\n\r\nHost: mine" * 20000
        connection.request("PUT", "/upload/headers", body)
        assert connection.getresponse().read() == b""
        connection.request("GET", "/upload/headers")
        assert connection.getresponse().read() == body
    finally:
        connection.close()


def test_rewrite_header_puts_a_head_together(reader: Reader) -> None:
    """Nothing of a head goes on before it is all there; the rest is left as it is."""
    request = b"GET / HTTP/1.1\r\nhost: a\r\nAccept: b\r\nHOST: c\r\n\r\nHost: body"
    expected = b"GET / HTTP/1.1\r\nHost: www.example.com\r\nAccept: b\r\n\r\nHost: body"
    with backend(echo) as server:
        more = " --log-level debug --hooks.rewrite_header.RewriteHeader.answer ''"
        vaurien = through(reader, "rewrite_header.py", f"127.0.0.1:{server.address[1]}", more)
        with connected(vaurien) as client:
            for number, part in enumerate((request[:16], request[16:40], request[40:]), 1):
                client.sendall(part)
                vaurien.wait_for_log(rf"-> call {number}: dummy")
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == expected


# count.py


def test_count(reader: Reader) -> None:
    (client,) = do(reader, "count.py", more=f"{SEED} --handlers.delay.sleep 0.01")
    assert client.count(": 200 after") == 9
    last = reader.vaurien.wait_for_output(
        r"^default: 10 sessions, (\d+) bytes to the backend, (\d+) to clients, calls: abort=1 delay=2 dummy=(\d+)$"
    )
    to_backend, to_clients, calls = map(int, last.groups())
    ended = re.findall(r"ended: .* -> (\d+) bytes, <- (\d+) bytes, calls: .*dummy=(\d+)", reader.vaurien.log)
    assert len(ended) == 10
    assert to_backend == sum(int(line[0]) for line in ended) > 9 * 50
    assert to_clients == sum(int(line[1]) for line in ended) > 9 * 200
    assert calls == sum(int(line[2]) for line in ended) >= 7 + 9


# allow_list.py


def test_allow_list(reader: Reader) -> None:
    _, served, _, forbidden = do(reader, "allow_list.py")
    for said, status in ((served, "200"), (forbidden, "403")):
        assert re.findall(r"^request \d+: (.+) after", said, re.MULTILINE) == [status] * 10


def test_allow_list_lets_nobody_in_without_a_file(reader: Reader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        vaurien = through(reader, "allow_list.py", f"127.0.0.1:{server.getsockname()[1]}")
        with connected(vaurien) as client:
            assert receive_all(client).startswith(b"HTTP/1.1 403 Forbidden\r\n")
        vaurien.stop()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
