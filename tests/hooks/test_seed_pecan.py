"""Each thing that "Pecan Hooks" can do, in its own examples: a request is a call, a controller is a handler."""

import io
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.handlers.tools import CLOSED, ask, same, until_end, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.pecan import OUT, CommonHook, CustomErrorHook, ParentHook, SubHook
from tests.hooks.speaking import http, site
from tests.hooks.tools import Notes, hooked
from vaurien.hooks import GLOBAL, Viewer, add_global

PAGE = "tests.hooks.pecan"


@pytest.fixture
def printed() -> Notes:
    """What is printed from now on."""
    OUT.clear()
    return OUT


# implementing a hook


def test_a_simple_hook_before_and_after(printed: Notes) -> None:
    with (
        witnesses(site) as server,
        hooked(server.address, behavior=f"100:{PAGE}.SimpleController") as daemon,
        daemon.connect() as client,
    ):
        assert http(client, "/")[0] == b"HTTP/1.1 200 OK"
        assert sorted(printed.wait(4)) == sorted(
            ["about to enter the controller...", "DO SOMETHING!", "method: GET", "response: 200"]
        )
        assert printed[:2] == ["about to enter the controller...", "DO SOMETHING!"]


def test_hooks_of_the_whole_project_are_told_before_routing(printed: Notes) -> None:
    """`'hooks': lambda: [SimpleHook()]` is a setting of all proxies; with one for one controller, both run."""
    with (
        witnesses(site) as server,
        hooked(server.address, behavior=f"100:{PAGE}.SimpleController", hooks=f"{PAGE}.SimpleHook") as daemon,
        daemon.connect() as client,
    ):
        assert http(client, "/")[0] == b"HTTP/1.1 200 OK"
        printed.wait(8)  # the project's hook and the controller's are two instances
        assert printed[:4] == [
            "about to map the call to a handler...",
            "about to enter the controller...",
            "about to enter the controller...",
            "DO SOMETHING!",
        ]


# an answer in place of an error


def test_a_response_of_on_error_goes_to_the_user_and_no_further_hook_is_asked(printed: Notes, errors: Errors) -> None:
    custom = b"HTTP/1.1 500 Custom Error!\r\nContent-Length: 0\r\n\r\n"
    other = b"HTTP/1.1 500 Other\r\nContent-Length: 0\r\n\r\n"
    hooks = [CustomErrorHook(other), CustomErrorHook(custom)]
    with (
        witnesses(site) as server,
        hooked(server.address, *hooks, behavior=f"100:{PAGE}.Failing") as daemon,
        daemon.connect() as client,
    ):
        assert http(client, "/custom")[0] == b"HTTP/1.1 500 Custom Error!"
        assert printed.wait(1) == [custom.decode()], "the last hook is the first to be asked"
        client.sendall(b"GET /unknown HTTP/1.1\r\n\r\n")
        assert until_end(client) == (b"", CLOSED), "nobody answers another error"
        assert printed.wait(3)[1:] == [custom.decode(), other.decode()]
    assert [record.getMessage() for record in errors()] == ["handler failing raised LookupError"]


# attaching hooks: inheritance and mixins


@pytest.mark.parametrize(
    ("controller", "lines"),
    [
        ("RootController", [ParentHook.text, CommonHook.text, "I AM THE ROOT!"]),
        ("SubController", [ParentHook.text, CommonHook.text, SubHook.text, "I AM THE SUB!"]),
        ("CarelessController", [ParentHook.text, CommonHook.text, CommonHook.text, "TWICE!"]),
    ],
)
def test_the_printed_order_of_inherited_and_mixed_in_hooks(controller: str, lines: list[str], printed: Notes) -> None:
    with (
        witnesses(site) as server,
        hooked(server.address, behavior=f"100:{PAGE}.{controller}") as daemon,
        daemon.connect() as client,
    ):
        assert http(client, "/")[0] == b"HTTP/1.1 200 OK"
        assert list(printed) == lines


# the hook that comes with it


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Any stream will do."""
    with io.StringIO() as stream:
        yield stream


def viewed(stream: io.StringIO, settings: dict[str, Any]) -> list[str]:
    """What `viewer` shows of two requests and their replies."""
    viewer = add_global(Viewer(settings, stream=stream))
    with witnesses(site) as server, hooked(server.address) as daemon, daemon.connect() as client:
        assert http(client, "/favicon.ico")[0] == b"HTTP/1.1 404 Not Found"
        assert http(client, "/")[0] == b"HTTP/1.1 200 OK"
        client.shutdown(socket.SHUT_WR)
        assert until_end(client) == (b"", CLOSED)
        daemon.wait_until(lambda: not daemon.proxy.sessions)
    GLOBAL.remove(viewer)
    return [line.partition(" ")[2] for line in stream.getvalue().splitlines()]


def test_the_viewer_shows_the_items_that_are_asked_for(stream: io.StringIO) -> None:
    """A list of items overrides the defaults completely."""
    lines = viewed(stream, {"items": ["handler"]})
    assert sorted(lines) == ["#1 -> handler=dummy"] * 2 + ["#1 <- handler=dummy"] * 2


def test_the_viewer_needs_no_configuration(stream: io.StringIO) -> None:
    lines = viewed(stream, {})
    assert len(lines) == 4
    assert any("-> handler=dummy size=" in line and "data='GET /favicon.ico HTTP/1.1" in line for line in lines)
    assert any("<- handler=dummy size=" in line and "data='HTTP/1.1 404 Not Found" in line for line in lines)


def test_the_blacklist_is_matched_at_the_start(stream: io.StringIO) -> None:
    """`['/f']` leaves out everything that starts so, as a path does that stands at the start of a request line."""
    lines = viewed(stream, {"items": ["data"], "blacklist": ["GET /f", "HTTP/1.1 4"]})
    assert len(lines) == 2
    assert all("favicon" not in line and "404" not in line for line in lines)


def test_a_call_that_nobody_hooks_prints_nothing(printed: Notes) -> None:
    """Hooks of a controller are its own: another one's requests are not told to them."""
    behavior = f"0:{PAGE}.SubController,100:dummy"
    with witnesses(same) as server, hooked(server.address, behavior=behavior) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        assert list(printed) == []
