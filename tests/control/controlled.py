"""A daemon with its control API, in a thread of the test's own process, and requests to it with plain sockets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.running import DEADLINE, Running
from vaurien import config
from vaurien.address import Address
from vaurien.ini import Given
from vaurien.settings import DaemonSettings, HttpSettings

if TYPE_CHECKING:
    from vaurien.control import Control


class Answer(NamedTuple):
    """`headers` have names in small letters; `json` is None where the body is no JSON."""

    status: int
    headers: dict[str, str]
    json: Any
    body: bytes


class Connection(HTTPConnection):
    """A connection to the control API at `address`, a Unix socket included."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.host or "localhost", address.port or 80, timeout=DEADLINE)
        self.address = address

    def connect(self) -> None:
        self.sock = connected(self.address)


def connected(address: Address) -> socket.socket:
    """A client's socket, which the caller closes."""
    if not address.path:
        tcp = socket.create_connection((address.host, address.port), DEADLINE)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as http.client does
        return tcp
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(DEADLINE)
    try:
        sock.connect(address.path)
    except BaseException:
        sock.close()
        raise
    return sock


class Controlled:
    """`running` is the daemon, `control` its control API (touch it by `running.do` only), `address` where that
    listens, `url` the same without a slash at the end; "" for a Unix socket."""

    def __init__(self, running: Running, control: Control) -> None:
        self.running = running
        self.control = control
        self.address: Address = control.address
        self.url = "" if self.address.path else f"http://{self.address}"
        self.token = control.settings.token

    def connect(self) -> socket.socket:
        """A socket to the API; the caller closes it."""
        return connected(self.address)

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """One request on a connection of its own: status, headers by their names in small letters, and the JSON of
        the answer (None where there is none). `body` is sent as JSON, or as it is where it is bytes. The token is
        shown, where there is one and `headers` has no Authorization."""
        return self.ask(method, path, body, headers)[:3]

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The same with the body of the answer as it came."""
        with self.response(method, path, body, headers) as response:
            return answer(response)

    @contextmanager
    def response(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        """The same for an answer that has not come whole: a stream, to be read by the caller."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        sent.update(headers or {})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = Connection(self.address)
        try:
            connection.request(method, path, data, sent)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()


def answer(response: HTTPResponse) -> Answer:
    """All of a response."""
    body = response.read()
    found = {name.lower(): value for name, value in response.getheaders()}
    is_json = found.get("content-type", "").startswith("application/json") and body
    return Answer(response.status, found, json.loads(body) if is_json else None, body)


def daemon_settings(
    distant: Any,
    behavior: str,
    options: Mapping[str, Any],
    sections: Mapping[str, Mapping[str, Any]],
    more: Mapping[str, Any],
) -> DaemonSettings:
    """Settings as a command line gives them; see `controlled`."""
    if isinstance(distant, tuple):
        distant = str(Address.of(distant))
    values = {"behavior": behavior, **more, "http": "yes"}
    if distant is not None:
        values = {"local": "127.0.0.1:0", "distant": distant, **values}
    given: dict[str, dict[str, Any]] = {"vaurien": values, **{name: dict(value) for name, value in sections.items()}}
    for name, value in options.items():
        handler, _, option = name.rpartition(".")
        given.setdefault(f"handler:{handler}", {})[option] = value
    ini = {
        section: {name: Given(str(value), f"[{section}] {name}") for name, value in values.items() if value != ""}
        for section, values in given.items()
    }
    return config.build(ini, {})


@contextmanager
def controlled(
    distant: Any = None,
    behavior: str = "",
    options: Mapping[str, Any] | None = None,
    *,
    http: str = "127.0.0.1:0",
    token: str | None = None,
    also_http: Mapping[str, Any] | None = None,
    limits: Any = None,
    sections: Mapping[str, Mapping[str, Any]] | None = None,
    shutdown_timeout: float = 0.0,
    **settings: Any,
) -> Iterator[Controlled]:
    """A daemon with its control API at `http`, both stopped at the end. `also_http` are more fields of
    `HttpSettings`.

    It has one proxy, "default", on a free port before `distant` (a socket address, or a text), or no proxy where that
    is None. `options` are options of handlers such as ``{"delay.sleep": 0.1}``; `settings` those of ``[vaurien]``;
    `sections` more sections of an INI file: ``{"proxy:web": {"local": "127.0.0.1:0", "distant": …}}``.
    """
    from vaurien.control import Control

    made = daemon_settings(distant, behavior, options or {}, sections or {}, settings)
    at = HttpSettings(Address.parse(http), token, **(also_http or {}))
    running = Running(replace(made, shutdown_timeout=shutdown_timeout, http=at))
    try:
        control = running.do(lambda: Control(running.daemon, at, **({} if limits is None else {"limits": limits})))
        running.do(control.start)
        try:
            yield Controlled(running, control)
        finally:
            running.do(control.stop)
    finally:
        running.stop()
