"""The control API shows what a proxy is told of TLS, and reads no file for anybody."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

import pytest

from tests.control.commands import Ctl
from tests.control.controlled import controlled
from tests.peers import Backend, receive_exactly
from tests.tls.files import Files

ONE = "/v1/proxies/default"


def options(files: Files) -> dict[str, Any]:
    return {"tls_cert": files.bare, "tls_key": files.key, "distant_tls": "yes", "distant_ca": files.ca}


def test_it_is_shown(echo_backend: Backend, files: Files) -> None:
    with controlled(echo_backend.address, **options(files)) as api:
        assert api.call("GET", ONE)[2]["tls"] == {
            "tls_cert": files.bare,
            "tls_key": files.key,
            "tls_self_signed": False,
            "tls_implicit": False,
            "distant_tls": True,
            "distant_tls_implicit": False,
            "distant_ca": files.ca,
            "distant_name": None,
            "distant_cert": None,
            "distant_key": None,
            "distant_verify": True,
        }


def test_it_cannot_be_set(echo_backend: Backend, files: Files) -> None:
    with controlled(echo_backend.address) as api:
        for body in ({"tls": {"tls_cert": files.cert}}, {"tls_cert": files.cert}, {"distant_tls": True}):
            assert api.call("PATCH", ONE, body)[0] == 400
            new = {"name": "new", "distant": "localhost:1", **body}
            assert api.call("POST", "/v1/proxies", new)[0] == 400
        assert api.call("GET", ONE)[2]["tls"]["tls_cert"] is None


def test_other_settings_leave_it_as_it_is(echo_backend: Backend, files: Files) -> None:
    with controlled(echo_backend.address, tls_cert=files.cert) as api:
        assert api.call("PATCH", ONE, {"protocol": "redis", "timeout": 3})[0] == 200
        with (
            api.running.connect() as sock,
            files.client().wrap_socket(sock, server_hostname="localhost") as client,
        ):
            client.sendall(b"PING\r\n")
            assert receive_exactly(client, 6) == b"PING\r\n"


def test_a_new_proxy_has_what_all_proxies_have(echo_backend: Backend) -> None:
    with controlled(echo_backend.address, tls_self_signed="yes") as api:
        distant = "{}:{}".format(*echo_backend.address)
        made = api.call("POST", "/v1/proxies", {"name": "new", "distant": distant})[2]
        assert made["tls"]["tls_self_signed"] is True
        trusting = ssl.create_default_context(cafile=made["tls_ca"])
        proxy = api.running.daemon.proxies["new"]
        with (
            socket.create_connection(proxy.address) as sock,
            trusting.wrap_socket(sock, server_hostname="localhost") as client,
        ):
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"


def test_whom_to_trust_is_told_where_a_certificate_is_made(echo_backend: Backend, files: Files) -> None:
    with controlled(echo_backend.address, tls_cert=files.cert) as api:
        assert api.call("GET", ONE)[2]["tls_ca"] is None
        assert api.call("PATCH", ONE, {"tls_ca": files.ca})[0] == 400
        set_live = api.call("PATCH", ONE, {"session_behavior": "100:tls_expired"})[2]
        trusting = ssl.create_default_context(cafile=set_live["tls_ca"])
        with (
            api.running.connect() as sock,
            pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"),
        ):
            trusting.wrap_socket(sock, server_hostname="localhost")
        assert api.call("PATCH", ONE, {"session_behavior": ""})[2]["tls_ca"] is None


def test_where_no_certificate_can_be_made_the_answer_comes_all_the_same(
    echo_backend: Backend, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(prefix: str) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with controlled(echo_backend.address, tls_cert=files.cert) as api:
        monkeypatch.setattr("tempfile.mkdtemp", full)
        status, _, shown = api.call("PATCH", ONE, {"session_behavior": "100:tls_expired"})
        assert (status, shown["session_behavior"], shown["tls_ca"]) == (200, "100:tls_expired", None)


def test_vaurienctl_shows_with_whom_it_is_spoken(echo_backend: Backend, files: Files) -> None:
    for given, shown in ((options(files), "client,backend"), ({"tls_self_signed": "yes"}, "client"), ({}, "-")):
        with controlled(echo_backend.address, **given) as api:
            assert [row["tls"] for row in Ctl(api).rows("proxies")] == [shown]
