"""``viewer`` on replies: the items of a request as ``X-Vaurien-*`` headers, as Pecan's RequestViewerHook has them."""

from __future__ import annotations

import http.client
import io
from contextlib import closing

import pytest

from tests import peers
from tests.handlers.test_rewrite import chunked, replying, sized
from tests.running import Running, running
from vaurien.hooks.viewer import Viewer
from vaurien.options import Option

LONG = b"x" * 1_000_000


class Telling(Viewer):
    """Tells the size of each request."""

    name = "telling"
    options = {
        **Viewer.options,
        "headers": Option("As the viewer's", bool, True),
        "items": Option("As the viewer's", tuple, ("size",)),
    }


def seen(daemon: Running, *paths: str) -> list[tuple[dict[str, str], bytes]]:
    """The headers that are Vaurien's, and the body, of the reply for each path; all over one connection."""
    host, port = daemon.address
    with closing(http.client.HTTPConnection(host, port, timeout=10)) as connection:
        replies = []
        for path in paths:
            connection.request("GET", path)
            reply = connection.getresponse()
            headers = {name: value for name, value in reply.getheaders() if name.startswith("X-Vaurien-")}
            replies.append((headers, reply.read()))
    return replies


def viewing(daemon: Running, **options: object) -> None:
    """Gives the proxy a viewer with these options."""
    settings = {"headers": True, "items": ("name", "handler"), **options}
    daemon.do(lambda: daemon.proxy.hooks.add(Viewer(settings, daemon.proxy, io.StringIO())))


@pytest.mark.parametrize("frame", [sized, chunked])
@pytest.mark.parametrize("body", [b"short", LONG], ids=["short", "long"])
def test_replies_tell_of_their_requests(frame: object, body: bytes) -> None:
    backend = peers.backend(replying(frame(body)))  # type: ignore[operator]
    with backend as server, running(server.address, "100:delay", {"delay.sleep": 0}, protocol="http") as daemon:
        viewing(daemon)
        replies = seen(daemon, "/one", "/two")
    assert [headers["X-Vaurien-name"] for headers, _ in replies] == ["GET /one", "GET /two"]
    assert all(headers["X-Vaurien-handler"] == "delay" and read == body for headers, read in replies)


def test_what_is_in_the_blacklist_has_none() -> None:
    with peers.backend(replying(sized(b"a"))) as server, running(server.address, protocol="http") as daemon:
        viewing(daemon, blacklist=("GET /f", "GET /g"), items=("seconds",))
        replies = seen(daemon, "/favicon.ico", "/a", "/g")
    assert [list(headers) for headers, _ in replies] == [[], ["X-Vaurien-seconds"], []]


def test_without_the_option_nothing_changes_and_nothing_is_filtered() -> None:
    with peers.backend(replying(sized(b"a"))) as server, running(server.address, protocol="http") as daemon:
        viewing(daemon, headers=False)
        assert seen(daemon, "/") == [({}, b"a")]
        assert not daemon.proxy.crew.chain.filters


def test_by_the_settings_of_the_daemon() -> None:
    path = "tests.hooks.test_viewer_headers.Telling"
    backend = peers.backend(replying(sized(b"a")))
    with backend as server, running(server.address, protocol="http", hooks=path) as daemon:
        assert seen(daemon, "/") == [({"X-Vaurien-size": "68"}, b"a")]


def test_other_protocols_are_left_alone() -> None:
    def serve(sock: object) -> None:
        while sock.recv(65536):  # type: ignore[attr-defined]
            sock.sendall(b"$4\r\n\r\n\r\n\r\n")  # type: ignore[attr-defined]

    with peers.backend(serve) as server, running(server.address, protocol="redis") as daemon:
        viewing(daemon)
        with daemon.connect() as client:
            client.sendall(b"PING\r\n")
            assert client.recv(100) == b"$4\r\n\r\n\r\n\r\n"
