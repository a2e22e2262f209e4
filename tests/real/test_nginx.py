"""HTTP clients and nginx, directly and through Vaurien."""

import gzip
import hashlib
import http.client
import random
import re
import socket
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.program import Program
from tests.real.through import SHORT_SLEEP, SLEEP, through_delay, through_dummy
from tests.servers.command import find_program, run
from tests.servers.nginx import Nginx

UPLOAD = random.Random(5).randbytes(3_000_000)

# (method, path, headers, body), sent one after the other on one connection
REQUESTS: list[tuple[str, str, dict[str, str], bytes | None]] = [
    ("GET", "/", {}, None),
    ("GET", "/1kB.bin", {}, None),
    ("HEAD", "/1MB.bin", {}, None),
    ("GET", "/1MB.bin", {}, None),
    ("GET", "/1MB.bin", {"Range": "bytes=1000-500999"}, None),
    ("GET", "/1MB.bin", {"Range": "bytes=0-9,500000-500009,-10"}, None),
    ("GET", "/1kB.bin", {"Range": "bytes=5000-"}, None),
    ("GET", "/1kB.bin", {"If-None-Match": "*"}, None),
    ("GET", "/lines.txt", {}, None),
    ("GET", "/lines.txt", {"Accept-Encoding": "gzip"}, None),
    ("GET", "/missing", {}, None),
    ("GET", "/moved", {}, None),
    ("POST", "/1kB.bin", {}, b"not allowed here"),
    ("PUT", "/upload/large.bin", {}, UPLOAD),
    ("GET", "/upload/large.bin", {}, None),
    ("DELETE", "/upload/large.bin", {}, None),
    ("GET", "/upload/large.bin", {}, None),
    ("OPTIONS", "/", {"X-Long": "x" * 5000}, None),
]

Answer = tuple[int, dict[str, str], str]


@pytest.fixture(scope="module")
def dummy(nginx_server: Nginx) -> Iterator[Program]:
    with through_dummy(nginx_server) as vaurien:
        yield vaurien


@pytest.fixture(scope="module")
def delay(nginx_server: Nginx) -> Iterator[Program]:
    with through_delay(nginx_server) as vaurien:
        yield vaurien


@pytest.fixture
def host(nginx_server: Nginx) -> str:
    """The same Host header for all, so that answers that repeat it are equal."""
    return nginx_server.distant


def ask(connection: http.client.HTTPConnection, host: str, index: int) -> Answer:
    """Send one of REQUESTS; status, headers and checksum of the answer, without what differs from run to run."""
    method, path, headers, body = REQUESTS[index]
    connection.request(method, path, body, {"Host": host, **headers})
    with connection.getresponse() as response:
        content = response.read()
        fields = dict(response.getheaders())
    del fields["Date"]
    fields.pop("Last-Modified", None)
    fields.pop("ETag", None)
    boundary = re.search("boundary=([0-9]+)", fields.get("Content-Type", ""))
    if boundary:
        content = content.replace(boundary[1].encode(), b"BOUNDARY")
        fields["Content-Type"] = fields["Content-Type"].replace(boundary[1], "BOUNDARY")
    return response.status, fields, hashlib.sha256(content).hexdigest()


def session(port: int, host: str, keep_alive: bool = True) -> list[Answer]:
    """The answers to all REQUESTS, on one connection or on one for each."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.connect()
    connection.auto_open = not keep_alive  # a second connection would be a failure
    answers = []
    try:
        for index in range(len(REQUESTS)):
            answers.append(ask(connection, host, index))
            if not keep_alive:
                connection.close()
    finally:
        connection.close()
    return answers


def get(port: int, path: str) -> bytes:
    # An empty ProxyHandler: proxies of the environment are not asked.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/{path}", timeout=20) as response:
        content: bytes = response.read()
    return content


@pytest.mark.parametrize("keep_alive", [True, False], ids=["one connection", "a connection each"])
def test_requests_of_every_kind_answer_as_directly(
    nginx_server: Nginx, dummy: Program, host: str, keep_alive: bool
) -> None:
    direct = session(nginx_server.port, host, keep_alive)
    assert session(dummy.port, host, keep_alive) == direct
    statuses = [200, 200, 200, 200, 206, 206, 416, 304, 200, 200, 404, 302, 405, 201, 200, 204, 404, 405]
    assert [status for status, _, _ in direct] == statuses
    assert direct[14][2] == hashlib.sha256(UPLOAD).hexdigest()


def test_every_file_is_whole(nginx_server: Nginx, dummy: Program) -> None:
    for name, content in nginx_server.files.items():
        assert get(dummy.port, name) == content


def test_a_chunked_compressed_answer(nginx_server: Nginx, dummy: Program) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{dummy.port}/lines.txt", headers={"Accept-Encoding": "gzip"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert gzip.decompress(response.read()) == nginx_server.files["lines.txt"]


def test_pipelined_requests_are_answered_in_order(nginx_server: Nginx, dummy: Program) -> None:
    names = ["1kB.bin", "index.html", "1MB.bin", "lines.txt"] * 25
    requests = b"".join(b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % name.encode() for name in names)
    with (
        socket.create_connection(("127.0.0.1", dummy.port), timeout=20) as sock,
        sock.makefile("rb") as answers,
        ThreadPoolExecutor(1) as pool,
    ):
        sending = pool.submit(sock.sendall, requests)
        for name in names:
            size = None
            while (line := answers.readline().strip()) != b"":
                if line.startswith(b"Content-Length: "):
                    size = int(line.split()[1])
            assert size is not None
            assert answers.read(size) == nginx_server.files[name]
        sending.result(20)


def test_a_client_that_half_closes_still_gets_its_answer(nginx_server: Nginx, dummy: Program) -> None:
    with socket.create_connection(("127.0.0.1", dummy.port), timeout=20) as sock, sock.makefile("rb") as answers:
        sock.sendall(b"GET /1MB.bin HTTP/1.0\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        assert answers.read().endswith(nginx_server.files["1MB.bin"])


def test_many_clients_at_the_same_time(nginx_server: Nginx, dummy: Program) -> None:
    names = ["1MB.bin", "1kB.bin", "lines.txt", "index.html"] * 20
    with ThreadPoolExecutor(10) as pool:
        for name, content in zip(names, pool.map(lambda name: get(dummy.port, name), names), strict=True):
            assert content == nginx_server.files[name]


@pytest.mark.parametrize("flags", [["-k"], []], ids=["keep-alive", "close"])
def test_apache_bench_sees_no_failure(dummy: Program, flags: list[str]) -> None:
    ab = find_program("ab", "apache2-utils")
    said = run([ab, "-q", "-n", "2000", "-c", "20", *flags, f"http://127.0.0.1:{dummy.port}/1kB.bin"])
    assert re.search(r"^Complete requests: +2000$", said, re.MULTILINE)
    assert re.search(r"^Failed requests: +0$", said, re.MULTILINE)
    assert re.search(r"^HTML transferred: +2048000 bytes$", said, re.MULTILINE)
    assert "Non-2xx" not in said
    assert "Write errors" not in said


def test_every_request_is_delayed(nginx_server: Nginx, delay: Program) -> None:
    for name, content in nginx_server.files.items():
        began = time.monotonic()
        assert get(delay.port, name) == content
        assert SLEEP <= time.monotonic() - began < 5


def test_requests_through_delay_answer_as_directly(nginx_server: Nginx, host: str) -> None:
    direct = session(nginx_server.port, host)
    with through_delay(nginx_server, SHORT_SLEEP) as vaurien:
        began = time.monotonic()
        assert session(vaurien.port, host) == direct
        assert len(REQUESTS) * SHORT_SLEEP <= time.monotonic() - began < 40


def test_apache_bench_sees_the_delay(delay: Program) -> None:
    ab = find_program("ab", "apache2-utils")
    said = run([ab, "-q", "-n", "100", "-c", "10", "-k", f"http://127.0.0.1:{delay.port}/1kB.bin"])
    assert re.search(r"^Failed requests: +0$", said, re.MULTILINE)
    fastest = re.search(r"^Total: +(\d+)", said, re.MULTILINE)
    assert fastest is not None and int(fastest[1]) >= SLEEP * 1000
    rate = re.search(r"^Requests per second: +([0-9.]+)", said, re.MULTILINE)
    # Ten clients side by side, not one after the other.
    assert rate is not None and float(rate[1]) > 2 / SLEEP
