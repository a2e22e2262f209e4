"""What howto/web_server.rst says comes true, before a real nginx."""

import http.client
import socket
import time
from pathlib import Path

import pytest
import requests

from tests.howtos.following import SEED, again, following, steps, until_raised
from tests.reader import Reader
from tests.servers.nginx import Nginx

PAGE = "howto/web_server"
DEADLINE = 20.0  # seconds


def url(reader: Reader, path: str = "index.html") -> str:
    return f"http://localhost:{reader.ports['8000']}/{path}"


def got(reader: Reader, timeout: float = DEADLINE) -> requests.Response:
    """The reply to a request with a connection of its own."""
    return requests.get(url(reader), timeout=timeout)


def taken(reader: Reader) -> float:
    """How long a request takes, in seconds."""
    began = time.monotonic()
    assert got(reader).status_code == 200
    return time.monotonic() - began


def late_and_gone(reader: Reader) -> None:
    until_raised(requests.ConnectionError, lambda: got(reader))


def reset_or_closed(reader: Reader) -> None:
    ends = set()

    def both() -> bool | None:
        with socket.create_connection(("localhost", reader.ports["8000"]), DEADLINE) as client:
            client.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            try:
                ends.add("answered" if client.recv(100) else "closed")
            except ConnectionResetError:
                ends.add("reset")
        return len(ends) == 3 or None

    again(both)


def little_by_little(reader: Reader) -> None:
    again(lambda: taken(reader) > 0.5 or None)


def as_in_a_network(reader: Reader) -> None:
    times = [taken(reader) for _ in range(20)]
    assert max(times) > min(times) + 0.05, times


def in_trouble_at_first(reader: Reader) -> None:
    met = []
    for _ in range(6):
        try:
            met.append(got(reader, 1.0).status_code)  # it may wait for the rest of what is no reply
        except requests.RequestException as exc:
            met.append(type(exc))
    assert [each == 200 for each in met] == [False] * 3 + [True] * 3


def says_503(reader: Reader) -> None:
    with requests.Session() as session:
        replies = [session.get(url(reader), timeout=DEADLINE) for _ in range(50)]
    assert {reply.status_code for reply in replies} == {200, 503}
    assert {reply.headers.get("Retry-After") for reply in replies if reply.status_code == 503} == {"7"}


def done_and_not_known(reader: Reader) -> None:
    number = 0

    def put() -> bool | None:
        nonlocal number
        number += 1
        with requests.Session() as session:
            done = session.put(url(reader, f"upload/done{number}"), data=b"done", timeout=DEADLINE)
        return done.status_code == 504 or None

    again(put)
    assert requests.get(f"http://localhost:{reader.ports['8001']}/upload/done{number}", timeout=DEADLINE).text == "done"


def rewritten(reader: Reader) -> None:
    reply = again(lambda: reply if (reply := got(reader)).text == "{}" else None)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
    reader.start(f"vaurien --config vaurien.ini {SEED}")
    reply = again(lambda: reply if "ETag" not in (reply := got(reader)).headers else None)
    assert reply.headers["Cache-Control"] == "no-store"


MET = [
    late_and_gone, reset_or_closed, little_by_little, as_in_a_network, in_trouble_at_first, says_503,
    done_and_not_known, rewritten,
]  # fmt: skip
TLS = "--distant www.example.com:443"
"""What is far away, and is left to the reader."""


def test_each_vaurien_of_the_page_is_tried() -> None:
    assert [TLS in step.line for step in steps(PAGE)] == [False] * len(MET) + [True]


@pytest.mark.parametrize("number", range(len(MET)), ids=lambda number: MET[number].__name__)
def test_it_does_what_the_page_says(number: int, nginx_server: Nginx, tmp_path: Path) -> None:
    with following(PAGE, number, tmp_path, {"8001": nginx_server.port}, "8000") as reader:
        MET[number](reader)


def test_a_reply_says_what_became_of_its_request(nginx_server: Nginx, tmp_path: Path) -> None:
    """The last step of howto/see_what_passes with a web server."""
    page = "howto/see_what_passes"
    (number,) = [number for number, step in enumerate(steps(page)) if "--hooks.viewer.headers" in step.line]
    with following(page, number, tmp_path, {"8001": nginx_server.port}, "8000") as reader:
        connection = http.client.HTTPConnection("localhost", reader.ports["8000"], timeout=DEADLINE)
        try:
            connection.request("GET", "/index.html")
            with connection.getresponse() as reply:
                headers = [name for name, _ in reply.getheaders() if name.startswith("X-Vaurien-")]
                assert reply.headers["X-Vaurien-name"] == "GET /index.html"
                assert reply.headers["X-Vaurien-handler"] in ("dummy", "delay")
                assert 0 <= float(reply.headers["X-Vaurien-seconds"]) < DEADLINE
        finally:
            connection.close()
    assert headers == ["X-Vaurien-name", "X-Vaurien-handler", "X-Vaurien-seconds"]
