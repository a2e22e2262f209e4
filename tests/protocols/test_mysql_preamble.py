"""How MySQL goes over to TLS, in every way in which the bytes may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols.mysql_sessions import BASE, err, greeting, login, ok
from vaurien.protocols.mysql.login import SSL
from vaurien.protocols.mysql.packets import packet
from vaurien.protocols.mysql.preamble import GREETING, LONGEST, AcceptingMySQL, LoginPreamble, ReachingMySQL

OFFERED = greeting()[1]
CLEAR = greeting(0xFFFFFFFF & ~(1 << 25) & ~SSL)[1]
LOGIN = login()[1]
INSIDE = login(BASE | SSL, 2)[1]
REQUEST = packet(1, INSIDE[4:36])
SWITCH, PASSWORD = b"\xfecaching_sha2_password\0salt\0", b"secret\0"
every_way = pytest.mark.parametrize("piece", [1, 3, 4, 5, 1000])


def came(preamble: LoginPreamble, data: bytes, piece: int = 1000) -> bytes:
    """What the session gets of what the peer says in pieces of this many bytes."""
    return b"".join(preamble.came(data[start : start + piece]) for start in range(0, len(data), piece))


def passing(preamble: LoginPreamble, data: bytes, piece: int = 1000) -> bytes:
    """The other way."""
    return b"".join(preamble.passing(data[start : start + piece]) for start in range(0, len(data), piece))


@every_way
def test_a_client_that_asks_gets_tls_and_the_session_knows_of_none(piece: int) -> None:
    preamble = AcceptingMySQL()
    assert passing(preamble, CLEAR, piece) == OFFERED
    assert came(preamble, REQUEST, piece) == b""
    assert preamble.tls and not preamble.over and not preamble.rest
    assert came(preamble, INSIDE, piece) == LOGIN
    assert passing(preamble, packet(2, SWITCH), piece) == packet(3, SWITCH)
    assert came(preamble, packet(4, PASSWORD), piece) == packet(3, PASSWORD)
    assert came(preamble, packet(6, b""), piece) == packet(5, b"")
    assert not preamble.over
    assert passing(preamble, ok(6) + b"behind", piece) == ok(7) + b"behind"
    assert preamble.over


@every_way
def test_a_client_that_does_not_ask_goes_on_in_the_clear(piece: int) -> None:
    preamble = AcceptingMySQL()
    assert passing(preamble, OFFERED) == OFFERED
    assert came(preamble, LOGIN, piece) == LOGIN
    assert preamble.over and not preamble.tls


def test_what_stands_behind_the_request_is_tls() -> None:
    preamble = AcceptingMySQL()
    passing(preamble, CLEAR)
    assert came(preamble, REQUEST + b"\x16\x03\x01") == b""
    assert preamble.tls and preamble.rest == b"\x16\x03\x01"


@pytest.mark.parametrize("said", [err(0, 1040, "08004"), b"HTTP/1.1 400\r\n\r\n", packet(0, b"\x09old\0"), b"\xff" * 9])
def test_a_server_that_does_not_greet_is_not_followed(said: bytes) -> None:
    preamble = AcceptingMySQL()
    assert passing(preamble, said) + preamble.kept(False) == said
    assert not preamble.tls


def test_the_server_gives_up_before_the_client_asks() -> None:
    preamble = AcceptingMySQL()
    assert passing(preamble, CLEAR + err(0)) == OFFERED + err(0)
    assert not preamble.over


@every_way
def test_the_backend_is_asked_when_the_client_logs_in(piece: int) -> None:
    preamble = ReachingMySQL()
    preamble.begin()
    assert preamble.said() == b""
    assert came(preamble, OFFERED, piece) == CLEAR
    assert passing(preamble, LOGIN, piece) == b""
    assert preamble.tls and preamble.said() == REQUEST and preamble.held == INSIDE
    assert came(preamble, packet(3, SWITCH), piece) == packet(2, SWITCH)
    assert passing(preamble, packet(3, PASSWORD), piece) == packet(4, PASSWORD)
    assert came(preamble, err(5) + b"\1", piece) == err(4) + b"\1"
    assert preamble.over


@every_way
def test_what_the_client_says_right_behind_its_login_goes_by_tls_too(piece: int) -> None:
    ping = b"\1\0\0\0\x0e"
    preamble = ReachingMySQL()
    came(preamble, OFFERED)
    inside = passing(preamble, LOGIN + packet(2, PASSWORD) + ping + ping[:2], piece)
    assert preamble.said() == REQUEST
    assert preamble.held + inside == INSIDE + packet(3, PASSWORD) + ping
    assert came(preamble, ok(3)) == ok(2)
    assert passing(preamble, ping[2:], piece) == ping
    assert preamble.over


def test_a_backend_that_refuses_says_so_and_hears_nothing() -> None:
    preamble = ReachingMySQL()
    refusal = err(0, 1040, "08004")
    assert came(preamble, refusal) == refusal
    assert passing(preamble, LOGIN) == b"" == preamble.said()
    assert not preamble.tls


def test_a_backend_that_gives_up_before_the_login_says_so_too() -> None:
    preamble = ReachingMySQL()
    assert came(preamble, OFFERED + err(1)) == CLEAR + err(1)
    assert passing(preamble, LOGIN) == b"" == preamble.said()


@every_way
@pytest.mark.parametrize("more", [packet(3, SWITCH), packet(3, SWITCH)[:9], b"\7"])
def test_what_stands_in_the_clear_behind_the_greeting_is_not_taken_for_tls(more: bytes, piece: int) -> None:
    preamble = ReachingMySQL()

    def log_in() -> None:
        came(preamble, OFFERED + more, piece)
        passing(preamble, LOGIN, piece)

    with pytest.raises(ValueError, match="in the clear"):
        log_in()


@pytest.mark.parametrize("greets", [True, False])
def test_a_login_that_the_client_does_not_end_is_not_told_in_the_clear(greets: bool) -> None:
    preamble = ReachingMySQL()
    came(preamble, OFFERED if greets else b"")
    assert passing(preamble, LOGIN[:-1]) + preamble.kept(False) == b""
    assert not preamble.tls


@pytest.mark.parametrize(
    ("said", "reason"),
    [(CLEAR, "speaks no TLS"), (b"HTTP/1.1 400\r\n", "no MySQL"), (packet(0, b"\x09old"), "no MySQL")],
)
def test_a_backend_that_cannot(said: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        came(ReachingMySQL(), said)


@pytest.mark.parametrize("said", [REQUEST, packet(1, b"old"), login(0)[1]])
def test_nothing_of_a_client_that_does_not_log_in_goes_out_in_the_clear(said: bytes) -> None:
    preamble = ReachingMySQL()
    came(preamble, OFFERED)
    with pytest.raises(ValueError, match="the client"):
        passing(preamble, said)


def test_a_packet_that_is_too_long_is_the_clients_fault() -> None:
    preamble = ReachingMySQL()
    came(preamble, OFFERED)
    with pytest.raises(ValueError, match="the client"):
        passing(preamble, b"\xff\xff\xff\1x")


def test_a_packet_that_is_too_long_is_no_login() -> None:
    preamble = AcceptingMySQL()
    passing(preamble, CLEAR)
    said = (LONGEST + 1).to_bytes(3, "little") + b"\1" + b"x" * 10
    assert came(preamble, said) == said
    assert preamble.over and not preamble.tls


@pytest.mark.parametrize("body", [b"", b"a", bytes(32), b"\0\x80" + bytes(40)])
def test_what_is_no_login_passes_inside_tls(body: bytes) -> None:
    preamble = AcceptingMySQL()
    passing(preamble, CLEAR)
    came(preamble, REQUEST)
    assert came(preamble, packet(2, body)) == packet(1, body)


@every_way
def test_a_client_that_does_not_wait_until_it_is_let_in(piece: int) -> None:
    """Its first command has begun to come, or has come, before the server's OK: it is no packet of the login."""
    ping = b"\1\0\0\0\x0e"
    preamble = AcceptingMySQL()
    passing(preamble, CLEAR)
    came(preamble, REQUEST)
    assert came(preamble, INSIDE + ping + ping[:3], piece) == LOGIN + ping
    assert passing(preamble, ok(2), piece) == ok(3)
    assert came(preamble, ping[3:], piece) == ping
    assert preamble.over


@given(st.data())
def test_both_together_are_as_if_nothing_were_there(data: st.DataObject) -> None:
    """A client and a server with TLS, and a session between that knows of none: each hears what the other says."""
    accepting, reaching = AcceptingMySQL(), ReachingMySQL()

    def told(said: bytes) -> bytes:
        return passing(accepting, came(reaching, said, piece()), piece())

    def asked(said: bytes) -> bytes:
        return passing(reaching, came(accepting, said, piece()), piece())

    def piece() -> int:
        return data.draw(st.integers(1, 50))

    assert told(OFFERED) == OFFERED
    assert asked(REQUEST) == b""
    assert asked(INSIDE) == b"" and reaching.said() == REQUEST and reaching.held == INSIDE
    number = 3
    for body in data.draw(st.lists(st.binary(min_size=1, max_size=100).filter(lambda body: body[0] not in (0, 255)))):
        assert told(packet(number, body)) == packet(number, body)
        assert asked(packet(number + 1, body)) == packet(number + 1, body)
        number += 2
    assert told(ok(number)) == ok(number)
    assert asked(b"\1\0\0\0\1") == b"\1\0\0\0\1"


def test_the_greeting_of_no_server_is_one() -> None:
    preamble = AcceptingMySQL()
    said = passing(preamble, preamble.backend_says(b""))
    assert len(said) == len(GREETING) and not preamble.over
    came(preamble, REQUEST)
    assert preamble.tls
