"""The ``viewer`` hook: a line for each call, with what is asked for."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.tools import CLOSED, ask, handled, same, until_end, wait_no_session, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import RAISING, Notes, hook, hooked
from tests.running import Running
from vaurien.hooks import Reply, Viewer
from vaurien.hooks.viewer import ITEMS, SHOWN, printable


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    with io.StringIO() as stream:
        yield stream


def lines(daemon: Running, stream: io.StringIO, count: int) -> list[str]:
    """All that was shown, once it is so many lines."""
    daemon.wait_until(lambda: stream.getvalue().count("\n") >= count)
    return stream.getvalue().splitlines()


def shown(stream: io.StringIO, question: bytes = b"hello", behavior: str = "", **settings: Any) -> list[str]:
    """What is shown of one question and its answer."""
    viewer = Viewer(settings, stream=stream)
    with witnesses(same) as server, hooked(server.address, viewer, behavior=behavior) as daemon:
        with daemon.connect() as client:
            assert ask(client, question) == question
        return sorted(lines(daemon, stream, 2))


# what a line has


def test_a_line_for_each_call_with_proxy_session_and_direction(stream: io.StringIO) -> None:
    viewer = Viewer({"items": ("size",)}, stream=stream)
    with witnesses(same) as server, hooked(server.address, viewer) as daemon:
        for count in (1, 2):
            with daemon.connect() as client:
                assert ask(client, b"hello") == b"hello"
                if count == 2:
                    assert ask(client, b"again!") == b"again!"
            wait_no_session(daemon)
        calls = [(1, "->", 5), (1, "<-", 5), (2, "->", 5), (2, "->", 6), (2, "<-", 5), (2, "<-", 6)]
        expected = [f"default #{session} {arrow} size={size}" for session, arrow, size in calls]
        assert sorted(lines(daemon, stream, 6)) == expected


def test_the_items_that_are_shown_unless_told(stream: io.StringIO) -> None:
    request, reply = shown(stream)
    assert re.fullmatch(r"default #1 -> handler=dummy size=5 seconds=\d\.\d{3} data='hello'", request), request
    assert re.fullmatch(r"default #1 <- handler=dummy size=5 seconds=\d\.\d{3} data='hello'", reply), reply


def test_only_what_is_asked_for_in_that_order(stream: io.StringIO) -> None:
    request, reply = shown(stream, items=("data", "size", "handler"))
    assert (request, reply) == (
        "default #1 -> data='hello' size=5 handler=dummy", "default #1 <- data='hello' size=5 handler=dummy"
    )  # fmt: skip


def test_every_item_can_be_shown(stream: io.StringIO) -> None:
    request, _ = shown(stream, items=tuple(ITEMS))
    client = r"client=127\.0\.0\.1:\d+"
    rest = r"name=none handler=dummy size=5 seconds=\d\.\d{3} error=none data='hello'"
    assert re.fullmatch(f"default #1 -> {client} {rest}", request), request
    assert set(ITEMS) == {"client", "name", "handler", "size", "seconds", "error", "data"}


def test_the_client_of_a_unix_socket(stream: io.StringIO, tmp_path: Path) -> None:
    viewer = Viewer({"items": ("client",)}, stream=stream)
    with witnesses(same) as server, hooked(server.address, viewer, local=f"unix:{tmp_path}/s") as daemon:
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
        assert set(lines(daemon, stream, 2)) == {
            "default #1 -> client=unix:(unnamed)", "default #1 <- client=unix:(unnamed)",
        }  # fmt: skip


def test_the_handler_and_how_long_it_took(stream: io.StringIO) -> None:
    viewer = Viewer({"items": ("handler", "seconds")}, stream=stream)
    with (
        witnesses(same) as server,
        hooked(server.address, viewer, behavior="100:delay", options={"delay.sleep": 0.1}) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        (request,) = (line for line in lines(daemon, stream, 2) if "->" in line)
        match = re.fullmatch(r"default #1 -> handler=delay seconds=(\d+\.\d{3})", request)
        assert match and 0.1 <= float(match[1]) < 10


def test_what_a_call_raised_and_that_no_handler_was_chosen(stream: io.StringIO, errors: Errors) -> None:
    viewer = Viewer({"items": ("handler", "error")}, stream=stream)
    with witnesses(same) as server, hooked(server.address, viewer, behavior=f"100:{RAISING}") as daemon:
        with daemon.connect() as client:
            client.sendall(b"hello")
            assert until_end(client) == (b"", CLOSED)
        assert lines(daemon, stream, 1) == ["default #1 -> handler=raising error=ZeroDivisionError"]
    assert len(errors()) == 1


def test_what_waited_when_the_call_began(stream: io.StringIO) -> None:
    """Up to 64 KiB; a handler may take less, or more, and the data are as they came, before any filter."""
    upper = hook(incoming=lambda message: message.with_data(message.data[:1]))
    viewer = Viewer({"items": ("size", "data")}, stream=stream)
    with witnesses(same) as server, hooked(server.address, viewer, upper) as daemon, daemon.connect() as client:
        assert ask(client, b"hello", 1) == b"h"
        request, reply = sorted(lines(daemon, stream, 2))
        assert (request, reply) == ("default #1 -> size=5 data='hello'", "default #1 <- size=1 data='h'")


# data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "''"),
        (b"hello", "'hello'"),
        (b"GET / HTTP/1.1\r\n\r\n", r"'GET / HTTP/1.1\r\n\r\n'"),
        (b"\x00\x1b[31m\xff\x7f", r"'\x00\x1b[31m\xff\x7f'"),
        (b"it's", '"it\'s"'),
        ("ä€".encode(), r"'\xc3\xa4\xe2\x82\xac'"),
        (b"x" * SHOWN, "'" + "x" * SHOWN + "'"),
        (b"a" * 30 + b"b" + b"c" * 30, "'" + "a" * 30 + "'...'" + "c" * 30 + "'"),
        (b"a" * 100000, "'" + "a" * 30 + "'...'" + "a" * 30 + "'"),
        (b"\n" * 61, "'" + r"\n" * 30 + "'...'" + r"\n" * 30 + "'"),
    ],
)
def test_data_are_printable_and_shortened_in_the_middle(data: bytes, text: str) -> None:
    assert printable(data) == text
    assert text.isascii() and text.isprintable()


def test_a_line_stays_one_line(stream: io.StringIO) -> None:
    for line in shown(stream, b"one\r\ntwo\x85\xe2\x80\xa8three\x0b", items=("data",)):
        assert line.endswith(r"data='one\r\ntwo\x85\xe2\x80\xa8three\x0b'")


# what is left out


@pytest.mark.parametrize(
    ("blacklist", "seen"),
    [
        ((), ["GET /a", "GET /b", "PUT /a"]),
        (("GET /a",), ["GET /b", "PUT /a"]),
        (("GET ",), ["PUT /a"]),
        (("GET", "PUT"), []),
        (("/a", "ET /a"), ["GET /a", "GET /b", "PUT /a"]),
    ],
)
def test_calls_that_start_with_one_of_the_blacklist_are_left_out(
    stream: io.StringIO, blacklist: tuple[str, ...], seen: list[str]
) -> None:
    viewer = Viewer({"items": ("data",), "blacklist": blacklist}, stream=stream)
    told = Notes()
    with (
        witnesses(same) as server,
        hooked(server.address, viewer, hook(priority=-1, after=told.note)) as daemon,
        daemon.connect() as client,
    ):
        for question in (b"GET /a", b"GET /b", b"PUT /a"):
            assert ask(client, question) == question
        told.wait(6)
    found = [line.partition("data=")[2].strip("'") for line in stream.getvalue().splitlines() if "->" in line]
    assert found == seen


# what it costs, and when it is called


def test_every_call_is_given_to_a_handler(stream: io.StringIO) -> None:
    viewer = Viewer(stream=stream)
    with witnesses(same) as server, hooked(server.address, viewer) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        assert handled(daemon, "dummy") == [1, 1]
        daemon.do(lambda: daemon.proxy.hooks.remove(viewer))
        assert ask(client, b"hello") == b"hello"
        assert handled(daemon, "dummy") == [1, 1], "and not any more, once it is gone"


def test_it_comes_first_so_that_it_sees_all_that_others_do(stream: io.StringIO) -> None:
    """What a hook claims is shown too: the viewer's `before` is the first, its `after` the last."""
    assert Viewer.priority == 0
    claims = hook(before=lambda call: Reply(b"forged") if call.to_backend else None)
    viewer = Viewer({"items": ("handler", "data")}, stream=stream)
    with witnesses(same) as server, hooked(server.address, claims, viewer) as daemon, daemon.connect() as client:
        assert ask(client, b"hello", 6) == b"forged"
        assert lines(daemon, stream, 1) == ["default #1 -> handler=dummy data='hello'"]
