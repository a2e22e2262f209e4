"""Refusals have Toxiproxy's status, message and form."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.control.toxiproxy.dialect import Dialect
from vaurien.toxics import TOXICS

UPSTREAM = "127.0.0.1:9"


@pytest.fixture
def taken() -> Iterator[str]:
    """An address on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield "{}:{}".format(*server.getsockname())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "missing required field: name"),
        (None, "bad request body: EOF"),
        ({"upstream": UPSTREAM}, "missing required field: name"),
        ({"name": "", "upstream": UPSTREAM}, "missing required field: name"),
        ({"name": "x"}, "missing required field: upstream"),
        ({"name": "x", "upstream": ""}, "missing required field: upstream"),
        ({"upstream": UPSTREAM, "listen": "nonsense"}, "missing required field: name"),
    ],
)
def test_what_a_proxy_must_have(toxiproxy: Dialect, body: Any, message: str) -> None:
    assert toxiproxy.error("POST", "/proxies", body) == (400, message)
    assert toxiproxy.say("GET", "/proxies") == (200, {})


def test_a_null_is_a_body_without_anything(toxiproxy: Dialect) -> None:
    assert toxiproxy.error("POST", "/proxies", b"null") == (400, "missing required field: name")
    made = toxiproxy.make()
    assert toxiproxy.say("POST", "/proxies/one", b"null") == (200, made)
    assert toxiproxy.error("POST", "/proxies/one/toxics", b"null") == (400, "invalid toxic type")


def test_the_upstream_needs_a_port(toxiproxy: Dialect) -> None:
    status, message = toxiproxy.error("POST", "/proxies", {"name": "x", "upstream": "nowhere"})
    assert status == 400 and message.startswith("upstream: 'nowhere' has no port: ")
    toxiproxy.make()
    assert toxiproxy.error("PATCH", "/proxies/one", {"upstream": "nowhere"})[1].startswith("upstream: ")
    assert toxiproxy.error("PATCH", "/proxies/one", {"upstream": ""}) == (400, "missing required field: upstream")


@pytest.mark.parametrize("more", [{}, {"listen": "nonsense"}, {"upstream": "nowhere"}])
def test_a_name_is_taken_once(toxiproxy: Dialect, more: Any) -> None:
    toxiproxy.make()
    body = {"name": "one", "upstream": UPSTREAM, **more}
    assert toxiproxy.error("POST", "/proxies", body) == (409, "proxy already exists")


@pytest.mark.parametrize("body", [None, {}, b"nonsense"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/proxies/x"), ("POST", "/proxies/x"), ("PATCH", "/proxies/x"), ("DELETE", "/proxies/x"),
        ("GET", "/proxies/x/toxics"), ("POST", "/proxies/x/toxics"), ("GET", "/proxies/x/toxics/y"),
        ("POST", "/proxies/x/toxics/y"), ("PATCH", "/proxies/x/toxics/y"), ("DELETE", "/proxies/x/toxics/y"),
    ],
)  # fmt: skip
def test_a_proxy_that_there_is_not(toxiproxy: Dialect, method: str, path: str, body: Any) -> None:
    assert toxiproxy.error(method, path, body) == (404, "proxy not found")


@pytest.mark.parametrize("body", [None, {}, b"nonsense"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_toxic_that_there_is_not(toxiproxy: Dialect, method: str, body: Any) -> None:
    toxiproxy.make()
    assert toxiproxy.error(method, "/proxies/one/toxics/y", body) == (404, "toxic not found")


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "invalid toxic type"),
        ({"type": "lag"}, 400, "invalid toxic type"),
        ({"type": ""}, 400, "invalid toxic type"),
        ({"type": "noop", "stream": "sideways"}, 400, "stream was invalid, can be either upstream or downstream"),
        ({"type": "lag", "stream": "sideways"}, 400, "stream was invalid, can be either upstream or downstream"),
        ({"type": "latency", "name": "there"}, 409, "toxic already exists"),
        ({"type": "noop", "name": 5}, 400, "bad request body: json: cannot unmarshal number into Go struct field "
         "Toxic.name of type string"),
    ],
)  # fmt: skip
def test_toxics_that_cannot_be(toxiproxy: Dialect, body: Any, status: int, message: str) -> None:
    toxiproxy.make()
    toxiproxy.toxic("noop", name="there")
    assert toxiproxy.error("POST", "/proxies/one/toxics", body) == (status, message)


def test_an_address_that_is_taken(toxiproxy: Dialect, taken: str) -> None:
    expected = 500, f"listen tcp {taken}: bind: address already in use"
    assert toxiproxy.error("POST", "/proxies", {"name": "x", "upstream": UPSTREAM, "listen": taken}) == expected
    by_name = {"name": "x", "upstream": UPSTREAM, "listen": taken.replace("127.0.0.1", "localhost")}
    assert toxiproxy.error("POST", "/proxies", by_name) == expected
    made = toxiproxy.make()
    assert toxiproxy.error("PATCH", "/proxies/one", {"listen": taken}) == expected
    assert toxiproxy.say("GET", "/proxies") == (200, {"one": made})
    toxiproxy.make("later", listen=taken, enabled=False)
    assert toxiproxy.error("POST", "/proxies/later", {"enabled": True}) == expected
    assert toxiproxy.say("GET", "/proxies/later").json["enabled"] is False


@pytest.mark.parametrize(
    ("listen", "message"),
    [
        ("nonsense", "listen tcp: address nonsense: missing port in address"),
        ("[::1]", "listen tcp: address [::1]: missing port in address"),
        ("::1:80", "listen tcp: address ::1:80: too many colons in address"),
        ("[::1:80", "listen tcp: address [::1:80: missing ']' in address"),
        ("127.0.0.1:" + "9" * 30, f"listen tcp: address {'9' * 30}: invalid port"),
        ("127.0.0.1:99999", "listen tcp: address 99999: invalid port"),
        ("127.0.0.1:-1", "listen tcp: address -1: invalid port"),
        ("127.0.0.1:nonsense", "listen tcp: lookup tcp/nonsense: unknown port"),
        ("127.0.0.1: 80", "listen tcp: lookup tcp/ 80: unknown port"),
        ("127.0.0.1:a\0b", "listen tcp: lookup tcp/a\0b: unknown port"),
        ("unix:/nowhere/at/all", "listen unix /nowhere/at/all: bind: no such file or directory"),
    ],
)
def test_addresses_on_which_nobody_can_listen(toxiproxy: Dialect, listen: str, message: str) -> None:
    body = {"name": "x", "upstream": UPSTREAM, "listen": listen}
    assert toxiproxy.error("POST", "/proxies", body) == (500, message)
    made = toxiproxy.make()
    assert toxiproxy.error("PATCH", "/proxies/one", {"listen": listen}) == (500, message)
    assert toxiproxy.say("GET", "/proxies") == (200, {"one": made})


def test_a_name_that_there_is_not(toxiproxy: Dialect) -> None:
    body = {"name": "x", "upstream": UPSTREAM, "listen": "nowhere.invalid:0"}
    nobody = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with mock.patch("vaurien.listener._resolved", side_effect=nobody):  # gevent prints what its threads raise
        found = toxiproxy.error("POST", "/proxies", body)
    assert found == (500, "listen tcp: lookup nowhere.invalid: no such host")


@pytest.mark.skipif(sys.platform != "linux", reason="on others the address may be had")
def test_an_address_of_another_machine(toxiproxy: Dialect) -> None:
    body = {"name": "x", "upstream": UPSTREAM, "listen": "192.0.2.1:80"}
    expected = "listen tcp 192.0.2.1:80: bind: cannot assign requested address"
    assert toxiproxy.error("POST", "/proxies", body) == (500, expected)


def test_a_unix_socket_will_do(toxiproxy: Dialect, tmp_path: Path) -> None:
    made = toxiproxy.make(listen=f"unix:{tmp_path}/a b")
    assert made["listen"] == f"unix:{tmp_path}/a b"
    body = {"name": "x", "upstream": UPSTREAM, "listen": f"unix:{tmp_path}/a b"}
    message = f"listen unix {tmp_path}/a b: bind: address already in use"
    assert toxiproxy.error("POST", "/proxies", body) == (500, message)


@pytest.mark.parametrize(
    ("kind", "attributes", "message"),
    [
        ("bandwidth", {"rate": -1}, "attributes.rate: "),
        ("slicer", {"average_size": 10, "size_variation": 20}, "attributes: size_variation: expected less than "),
        ("latency", {"jitter": 1 << 60}, "attributes.jitter: "),
        ("timeout", {"timeout": -1}, "attributes.timeout: "),
        ("packet_loss", {"loss_rate": 1.5}, "attributes.loss_rate: "),
    ],
)
def test_every_attribute_is_checked_when_it_is_set(
    toxiproxy: Dialect, kind: str, attributes: Any, message: str
) -> None:
    toxiproxy.make()
    body = {"type": kind, "attributes": attributes}
    status, said = toxiproxy.error("POST", "/proxies/one/toxics", body)
    assert status == 400 and said.startswith(message) and "expected " in said
    toxiproxy.toxic(kind, name="there")
    assert toxiproxy.error("PATCH", "/proxies/one/toxics/there", body) == (400, said)


def test_so_many_toxics_and_no_more(toxiproxy: Dialect) -> None:
    toxiproxy.make()
    for number in range(100):
        toxiproxy.toxic("noop", name=str(number))
    body = {"type": "noop", "name": "more"}
    assert toxiproxy.error("POST", "/proxies/one/toxics", body) == (400, "toxics: a proxy has 100 toxics at most")
    assert len(TOXICS.names()) > 9
