"""Who may talk to the control API: no page of somebody else's in a browser, and nobody without the token."""

from __future__ import annotations

import logging

import pytest

from tests.control.controlled import Controlled, controlled
from vaurien.address import Address
from vaurien.control.guard import Guard
from vaurien.settings import HttpSettings

# Host


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST", "localhost:8080", "localhost.", "app.localhost:1", "127.0.0.1", "127.0.0.1:99",
        "[::1]", "[::1]:8080", "192.0.2.7", "10.0.0.1:8080",
    ],
)  # fmt: skip
def test_a_host_that_only_this_machine_has(api: Controlled, host: str) -> None:
    assert api.call("GET", "/healthz", headers={"Host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evillocalhost", "",
        "127.0.0.1@evil.example", "127.0.0.1, evil.example", "[::1", "::1", "[evil]", "localhost:x", "127.0.0.1.5",
        "1.2.3", "0x7f.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/healthz", "/nothing"])
def test_a_host_that_somebody_else_could_have(api: Controlled, host: str, path: str) -> None:
    status, _, found = api.call("GET", path, headers={"Host": host})
    assert (status, found["error"]["where"]) == (403, "Host")


def test_several_hosts(api: Controlled) -> None:
    with api.connect() as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 403"


def test_the_name_that_it_was_told_to_listen_on() -> None:
    guard = Guard(HttpSettings(Address("Chaos.example", 8080)))
    for host in ("chaos.example", "CHAOS.example:8080", "chaos.example.", "localhost", "192.0.2.7"):
        assert guard.knows(host)
    for host in ("example", "other.example", "my.chaos.example", "chaos.example.org"):
        assert not guard.knows(host)
    assert not Guard(HttpSettings(Address("127.0.0.1", 8080))).knows("chaos.example")


# Origin


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1", "https://127.0.0.1:1", "x"])
def test_a_foreign_page(api: Controlled, origin: str) -> None:
    status, _, found = api.call("GET", "/healthz", headers={"Origin": origin})
    assert (status, found["error"]["where"]) == (403, "Origin")


def test_a_page_of_its_own(api: Controlled) -> None:
    assert api.call("GET", "/healthz", headers={"Origin": api.url})[0] == 200
    port = api.address.port
    headers = {"Origin": f"http://localhost:{port}", "Host": f"LocalHost:{port}"}
    assert api.call("GET", "/healthz", headers=headers)[0] == 200


# the token

TOKEN = "a-token+of/28=~bytes.1234567"


@pytest.mark.parametrize("shown", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER   {TOKEN} "])
def test_who_shows_the_token_is_served(shown: str) -> None:
    with controlled(token=TOKEN) as api:
        assert api.call("GET", "/nothing", headers={"Authorization": shown})[0] == 404


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Basic {TOKEN}", f"Bearer\t{TOKEN}",
     "Bearer é", f"Bearer {TOKEN}, Bearer {TOKEN}"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/nothing", "/healthz/", "//healthz"])
def test_who_shows_another_is_not(shown: str, path: str) -> None:
    with controlled(token=TOKEN) as api:
        status, headers, found = api.call("GET", path, headers={"Authorization": shown})
        assert (status, found["error"]["where"]) == (401, "Authorization")
        assert headers["www-authenticate"].startswith('Bearer realm="vaurien"')
        assert TOKEN not in str((headers, found))


def test_who_shows_none_is_not() -> None:
    with controlled(token=TOKEN) as api, api.connect() as client:
        client.sendall(b"GET /v1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 401"


def test_whether_it_lives_needs_no_token() -> None:
    with controlled(token=TOKEN) as api, api.connect() as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"


def test_a_token_is_no_reason_to_take_a_foreign_page() -> None:
    with controlled(token=TOKEN) as api:
        assert api.call("GET", "/nothing", headers={"Host": "evil.example"})[0] == 403
        assert api.call("GET", "/nothing", headers={"Origin": "http://evil.example"})[0] == 403


# what is said of it at the start


@pytest.mark.parametrize(
    ("http", "token", "warned"),
    [("127.0.0.1:0", None, False), ("0.0.0.0:0", TOKEN, False), ("0.0.0.0:0", None, True), ("[::]:0", None, True)],
)
def test_an_open_door_is_warned_of(
    http: str, token: str | None, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "vaurien.control"), controlled(http=http, token=token) as api:
        expected = f"control API on {api.address} without a token: whoever reaches it can change everything"
    assert caplog.messages == [expected] * warned
