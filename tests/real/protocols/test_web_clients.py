"""requests, httpx, curl, ab and wrk with nginx, through the protocol."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests

from tests.program import Program
from tests.real.protocols.through import CALLS, ERRORS, WAYS, before, share
from tests.servers.command import find_program, run
from tests.servers.nginx import Nginx

CLIENTS = [(requests.Session, "data"), (httpx.Client, "content")]
"""Each with its name for a body."""
PIECES = [b"ab", b"cd" * 40_000, b"\r\n\r\n", b"0\r\n\r\n"]


def facts(reply: Any) -> tuple[Any, ...]:
    """What must be the same with and without Vaurien: all but the server's clock and where it is."""
    headers = {name.lower(): value for name, value in reply.headers.items() if name.lower() not in ("date", "location")}
    return reply.status_code, headers, reply.content


def work(port: int, client: Any, body: str) -> list[Any]:
    """What the server has said to requests of many kinds."""
    said: list[Any] = []
    url = f"http://127.0.0.1:{port}"
    with client() as session:
        for number in range(CALLS // 4):
            for name in ("index.html", "1kB.bin", "missing"):
                said.append(facts(session.get(f"{url}/{name}?{number}")))
            said.append(facts(session.head(f"{url}/1MB.bin")))
        said += [facts(session.get(f"{url}/1MB.bin")), facts(session.get(f"{url}/lines.txt"))]
        tag = session.get(f"{url}/1kB.bin").headers["ETag"]
        said.append(facts(session.get(f"{url}/1kB.bin", headers={"If-None-Match": tag})))
        said.append(facts(session.get(f"{url}/1kB.bin", headers={"Range": "bytes=10-19,30-39"}))[:1])
        said.append(facts(session.get(f"{url}/1MB.bin", headers={"Range": "bytes=10-19"})))
        said.append(session.put(f"{url}/upload/short", **{body: b"x" * 2_000_000}).status_code)
        said.append(session.put(f"{url}/upload/pieces", **{body: iter(PIECES)}).status_code)
        assert session.get(f"{url}/upload/pieces").content == b"".join(PIECES)
        said += [facts(session.delete(f"{url}/upload/{name}"))[::2] for name in ("short", "pieces")]
        said.append(facts(session.get(f"{url}/1kB.bin", headers={"Connection": "close"})))
        said.append(facts(session.post(f"{url}/1kB.bin", **{body: b"no"})))
    return said


@pytest.fixture(scope="module")
def vaurien(nginx_server: Nginx, way: str) -> Iterator[Program]:
    """Before the server, in one way after the other."""
    with before(nginx_server.distant, "http", *WAYS[way]) as running:
        yield running


@pytest.mark.parametrize(("client", "body"), CLIENTS)
def test_clients_of_python_see_what_they_see_directly(
    nginx_server: Nginx, directly: Callable[..., Any], vaurien: Program, client: Any, body: str
) -> None:
    direct = directly(work, nginx_server.port, client, body)
    assert work(vaurien.port, client, body) == direct


@pytest.mark.parametrize("flags", [[], ["-k"]], ids=["close", "keep-alive"])
def test_ab(vaurien: Program, flags: list[str]) -> None:
    ab = find_program("ab", "apache2-utils")
    url = f"http://127.0.0.1:{vaurien.port}/1kB.bin"
    said = run([ab, "-q", "-n", str(CALLS), "-c", "8", *flags, url], deadline=120)
    assert re.search(rf"Complete requests: +{CALLS}\n", said) and re.search(r"Failed requests: +0\n", said), said
    assert "Non-2xx" not in said


def test_wrk(vaurien: Program) -> None:
    """It prints a line of errors only when there are any."""
    wrk = find_program("wrk", "wrk")
    url = f"http://127.0.0.1:{vaurien.port}/1kB.bin"
    said = run([wrk, "-t", "1", "-c", "20", "-d", "1s" if CALLS < 1000 else "5s", url])
    done = re.search(r"^ *(\d+) requests in ", said, re.MULTILINE)
    assert done is not None and int(done[1]) > CALLS, said
    assert "Socket errors" not in said and "Non-2xx" not in said


def test_curl(nginx_server: Nginx, vaurien: Program) -> None:
    curl = [find_program("curl", "curl"), "-s", "-S", "--max-time", "60"]
    large = nginx_server.folder / "large"
    large.write_bytes(b"z" * 2_000_000)
    url = f"http://127.0.0.1:{vaurien.port}"
    assert run([*curl, "--http2", f"{url}/index.html?[1-{CALLS}]"], deadline=120).count("Vaurien") == CALLS
    assert run([*curl, "-0", f"{url}/index.html"]).count("Vaurien") == 1
    assert run([*curl, "--compressed", f"{url}/lines.txt"]).encode() == nginx_server.files["lines.txt"]
    assert run([*curl, "-T", str(large), f"{url}/upload/", "-w", "%{http_code}"]) in ("201", "204")
    chunked = ["-T", str(large), "-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"]
    assert run([*curl, *chunked, f"{url}/upload/", "-w", "%{http_code}"]) == "204"


def outcome(reply: Any) -> tuple[int, str | None, bytes]:
    """Nothing of the reply itself: as long as there is one of requests, its connection stays open."""
    return reply.status_code, reply.headers.get("Retry-After"), reply.content


@pytest.mark.parametrize(("client", "body"), CLIENTS)
@pytest.mark.parametrize("code", ["503", "500", "429", "404"])
def test_a_fifth_of_the_requests_fail(nginx_server: Nginx, client: Any, body: str, code: str) -> None:
    options = ["--handlers.error.codes", code, "--handlers.error.retry_after", "7"]
    failed = 0
    with before(nginx_server.distant, "http", *ERRORS, *options) as vaurien:
        with client() as session:
            for _ in range(CALLS):
                status, wait, content = outcome(session.get(f"http://127.0.0.1:{vaurien.port}/1kB.bin"))
                failed += status == int(code)
                assert (wait == "7") if status == int(code) else (content == nginx_server.files["1kB.bin"])
        vaurien.wait_for_log("default #1 ended")
        assert "default #2" not in vaurien.log  # the connection was kept
    share(failed, CALLS)


def test_uploads_that_fail_leave_the_connection_usable(nginx_server: Nginx) -> None:
    options = ["--handlers.error.codes", "503"]
    with before(nginx_server.distant, "http", *ERRORS, *options) as vaurien, requests.Session() as session:
        url = f"http://127.0.0.1:{vaurien.port}/upload/c"
        codes = [session.put(url, data=b"x" * 200_000).status_code for _ in range(CALLS)]
    assert set(codes) <= {201, 204, 503}
    share(codes.count(503), CALLS)
