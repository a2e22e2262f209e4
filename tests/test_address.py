"""Address: what users write, what of it is wrong, and what sockets say of themselves."""

import re
import socket
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaurien.address import Address, address

FORM = "write HOST:PORT, [IPV6]:PORT or unix:/PATH"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost:8000", Address("localhost", 8000)),
        ("127.0.0.1:0", Address("127.0.0.1", 0)),
        ("google.com:80", Address("google.com", 80)),
        ("google.com.:80", Address("google.com.", 80)),
        ("bücher.example:80", Address("bücher.example", 80)),
        ("db_1:5432", Address("db_1", 5432)),
        (":8000", Address("", 8000)),
        (":0", Address("", 0)),
        ("[::1]:80", Address("::1", 80)),
        ("[::]:65535", Address("::", 65535)),
        ("[::ffff:1.2.3.4]:80", Address("::ffff:1.2.3.4", 80)),
        ("unix:/run/vaurien.sock", Address(path="/run/vaurien.sock")),
        ("unix:relative.sock", Address(path="relative.sock")),
        ("unix:/with:colon", Address(path="/with:colon")),
        (" localhost:8000\n", Address("localhost", 8000)),
        ("localhost:08000", Address("localhost", 8000)),
    ],
)
def test_what_can_be_written(text: str, expected: Address) -> None:
    assert Address.parse(text) == expected
    assert address(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"'' has no port: {FORM}"),
        ("localhost", f"'localhost' has no port: {FORM}"),
        ("localhost:", f"'' in 'localhost:' is no port from 0 to 65535: {FORM}"),
        ("localhost:http", f"'http' in 'localhost:http' is no port from 0 to 65535: {FORM}"),
        ("localhost:65536", f"'65536' in 'localhost:65536' is no port from 0 to 65535: {FORM}"),
        ("localhost:-1", f"'-1' in 'localhost:-1' is no port from 0 to 65535: {FORM}"),
        ("localhost: 80", f"' 80' in 'localhost: 80' is no port from 0 to 65535: {FORM}"),
        ("localhost:٨٠", f"'٨٠' in 'localhost:٨٠' is no port from 0 to 65535: {FORM}"),
        ("::1:80", f"'::1:80' is ambiguous: {FORM}"),
        ("::1", f"'::1' is ambiguous: {FORM}"),
        ("a:b:80", f"'a:b:80' is ambiguous: {FORM}"),
        ("[]:80", f"'' in '[]:80' is no IPv6 address: {FORM}"),
        ("[localhost]:80", f"'localhost' in '[localhost]:80' is no IPv6 address: {FORM}"),
        ("[127.0.0.1]:80", f"'127.0.0.1' in '[127.0.0.1]:80' is no IPv6 address: {FORM}"),
        ("[::1]", f"'1]' in '[::1]' is no port from 0 to 65535: {FORM}"),
        ("[::1:80", f"'[::1:80' is ambiguous: {FORM}"),
        ("[::1%nowhere]:80", "'[::1%nowhere]:80': this machine has no interface 'nowhere'"),
        ("a host:80", f"'a host' in 'a host:80' is no host: {FORM}"),
        ("http://host:80", f"'http://host:80' is no address but a URL: {FORM}, without http://"),
        ("//host:80", f"'//host' in '//host:80' is no host: {FORM}"),
        ("me@host:80", f"'me@host' in 'me@host:80' is no host: {FORM}"),
        ("a\0b:80", f"'a\\x00b' in 'a\\x00b:80' is no host: {FORM}"),
        ("a\x7fb:80", f"'a\\x7fb' in 'a\\x7fb:80' is no host: {FORM}"),
        ("a..b:80", f"'a..b' in 'a..b:80' is no host: {FORM}"),
        ("unix:", f"'unix:' is no path of a Unix socket, which has 1 to 107 bytes: {FORM}"),
        ("unix:/a\0b", f"'unix:/a\\x00b' is no path of a Unix socket, which has 1 to 107 bytes: {FORM}"),
    ],
)
def test_what_is_wrong_is_quoted_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        Address.parse(text)
    assert str(raised.value) == said


def test_a_path_has_at_most_107_bytes() -> None:
    assert len(Address.parse("unix:" + "a" * 107).path) == 107
    for path in ("a" * 108, "é" * 54):
        with pytest.raises(ValueError, match="1 to 107 bytes"):
            Address.parse("unix:" + path)


@settings(deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"(unix:|\[)?[^:]*\]?:[0-9]+", fullmatch=True)))
@example("[::1%\0]:80")
@example("[::1%\ud800]:80")
@example("\ud800:80")
@example("unix:\ud800")
@example("a:" + "9" * 5000)
@example("x" * 300 + ":80")
def test_no_text_makes_it_raise_anything_but_value_error(text: str) -> None:
    try:
        parsed = Address.parse(text)
    except ValueError as exc:
        assert type(exc) is ValueError
        assert FORM in str(exc) or "no interface" in str(exc)
        return
    assert 0 <= parsed.port < 65536
    assert not (parsed.path and (parsed.host or parsed.port))
    parsed.literal()
    assert Address.parse(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:80", (socket.AF_INET, ("127.0.0.1", 80))),
        ("[::1]:80", (socket.AF_INET6, ("::1", 80, 0, 0))),
        ("unix:/a", (socket.AF_UNIX, "/a")),
        ("localhost:80", None),
        (":80", None),
    ],
)
def test_numbers_and_paths_need_no_look_up(text: str, expected: object) -> None:
    assert Address.parse(text).literal() == expected


def test_the_scope_of_an_address_is_its_interface() -> None:
    _, name = socket.if_nameindex()[0]
    literal = Address.parse(f"[fe80::1%{name}]:80").literal()
    assert literal == (socket.AF_INET6, ("fe80::1", 80, 0, socket.if_nametoindex(name)))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_a_socket_says_of_itself(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        found = Address.of(server.getsockname())
        assert found == Address(host, server.getsockname()[1])
        literal = found.literal()
        assert literal is not None
        with socket.socket(literal[0]) as client:  # so it can be used again
            client.connect(literal[1])
        assert Address.parse(str(found)) == found


def test_what_a_unix_socket_says_of_itself(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        assert str(Address.of(server.getsockname())) == f"unix:{path}"
        client.connect(path)
        assert str(Address.of(client.getsockname())) == "unix:(unnamed)"  # a client's socket has no name


def test_it_is_written_as_it_is_read() -> None:
    for text in ("localhost:8000", "[::1]:80", "unix:/run/a b.sock", ":80", ":0"):
        assert str(Address.parse(text)) == text
