"""HTTP clients and load generators while their traffic is cut: same results, the right number of calls."""

import random
import re
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
import requests

from tests.protocols.cutting import in_pieces, survives
from tests.protocols.relay import Relay, plain, relay
from tests.servers.command import find_program, run
from tests.servers.nginx import Nginx
from vaurien.protocols.base import Message
from vaurien.protocols.http import Http
from vaurien.protocols.http.framing import LONGEST_HEAD


def counted(made: Relay) -> Counter[tuple[bool, str]]:
    return Counter((cut.to_backend, cut.name) for session in made.sessions for cut in session.cuts)


def third(message: Message) -> str | None:
    """Every third request fails."""
    third.count += 1  # type: ignore[attr-defined]
    return "503" if third.count % 3 == 0 else None  # type: ignore[attr-defined]


third.count = 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("client", "body"), [(requests.Session, "data"), (httpx.Client, "content")])
def test_clients_of_python(nginx_server: Nginx, client: type, body: str) -> None:
    files = nginx_server.files
    with relay(Http(), nginx_server.port) as through, client() as session:
        url = f"http://127.0.0.1:{through.port}"
        for _ in range(10):
            for name, content in files.items():
                assert session.get(f"{url}/{name}").content == content
            assert session.head(f"{url}/1MB.bin").content == b""
            assert session.put(f"{url}/upload/a", **{body: files["1MB.bin"]}).status_code in (201, 204)
            assert session.put(f"{url}/upload/b", **{body: iter([b"ab", b"cd" * 40000, b"\r\n\r\n"])}).status_code in (
                201,
                204,
            )
            assert session.get(f"{url}/upload/b").content == b"ab" + b"cd" * 40000 + b"\r\n\r\n"
            assert session.delete(f"{url}/upload/b").status_code == 204
    calls = counted(through)
    assert not plain(through) and len(through.sessions) == 1
    assert sum(count for (to_backend, _), count in calls.items() if to_backend) == 10 * (len(files) + 5)
    assert calls[True, "HEAD /1MB.bin"] == calls[True, "PUT /upload/b"] == 10
    source = random.Random(5)
    steps = [(side, data[:2000]) for side, data in through.sessions[0].steps[:100]]  # with gaps: any may be wrong
    survives(Http().conversation(), in_pieces(steps, lambda: source.randint(1, 3000)), LONGEST_HEAD)


@pytest.mark.parametrize(("client", "body"), [(requests.Session, "data"), (httpx.Client, "content")])
def test_a_connection_goes_on_after_an_error(nginx_server: Nginx, client: type, body: str) -> None:
    third.count = 0  # type: ignore[attr-defined]
    with relay(Http(), nginx_server.port, third) as through, client() as session:
        url = f"http://127.0.0.1:{through.port}"
        statuses = [session.put(f"{url}/upload/c", **{body: b"x" * 200_000}).status_code for _ in range(9)]
        statuses += [session.get(f"{url}/1kB.bin").status_code for _ in range(9)]
    assert statuses.count(503) == 6 and statuses[2::3] == [503] * 6
    assert len(through.sessions) == 1


def test_curl(nginx_server: Nginx) -> None:
    curl = find_program("curl", "curl")
    (nginx_server.folder / "big").write_bytes(b"z" * 2_000_000)
    with relay(Http(), nginx_server.port) as through:
        url = f"http://127.0.0.1:{through.port}"
        assert run([curl, "-s", "--http2", f"{url}/index.html", f"{url}/index.html"]).count("Vaurien") == 2
        assert run([curl, "-s", "-0", f"{url}/index.html"]).count("Vaurien") == 1
        assert (
            run([curl, "-s", "-T", str(nginx_server.folder / "big"), f"{url}/upload/", "-w", "%{http_code}"]) == "201"
        )
    assert plain(through) == []
    assert counted(through)[False, "100 Continue"] in (0, 1)


@pytest.mark.parametrize("flags", [[], ["-k"]], ids=["close", "keep-alive"])
def test_ab(nginx_server: Nginx, flags: list[str]) -> None:
    ab = find_program("ab", "apache2-utils")
    with relay(Http(), nginx_server.port) as through:
        said = run([ab, "-q", "-n", "300", "-c", "4", *flags, f"http://127.0.0.1:{through.port}/1kB.bin"])
    assert re.search(r"Complete requests: +300\n", said) and re.search(r"Failed requests: +0\n", said)
    assert counted(through)[False, "200 OK"] == counted(through)[True, "GET /1kB.bin"] == 300
    assert not plain(through)


def test_wrk(nginx_server: Nginx) -> None:
    wrk = find_program("wrk", "wrk")
    with relay(Http(), nginx_server.port) as through:
        said = run([wrk, "-t", "1", "-c", "4", "-d", "1s", f"http://127.0.0.1:{through.port}/1kB.bin"])
    assert "Socket errors" not in said and "Non-2xx" not in said and not plain(through)
    assert counted(through)[False, "200 OK"] > 100


class Chunky(BaseHTTPRequestHandler):
    """Answers each in chunks, after an interim reply."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for size in (1, 70_000, 4):
            self.wfile.write(b"%x\r\n" % size + b"\n\r" * (size // 2) + b"\n" * (size % 2) + b"\r\n")
        self.wfile.write(b"0\r\nDone: yes\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_chunks_and_interim_replies() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Chunky) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        with relay(Http(), server.server_address[1]) as through, httpx.Client() as session:
            for _ in range(20):
                assert len(session.get(f"http://127.0.0.1:{through.port}/a").content) == 70_005
        server.shutdown()
        thread.join()
    assert not plain(through) and len(through.sessions) == 1
    assert counted(through) == {(True, "GET /a"): 20, (False, "103 Early Hints"): 20, (False, "200 OK"): 20}
