"""How PostgreSQL goes over to TLS, in every way in which the bytes may come."""

import pytest

from tests.protocols.preambles import fed
from vaurien.protocols.postgresql.preamble import (
    GSS_REQUEST,
    SSL_REQUEST,
    AcceptingPostgreSQL,
    ReachingPostgreSQL,
)

STARTUP = b"\0\0\0\x17\0\3\0\0user\0postgres\0\0"
every_way = pytest.mark.parametrize("piece", [1, 3, 8, 1000])


@every_way
def test_a_client_that_asks_gets_tls(piece: int) -> None:
    preamble = AcceptingPostgreSQL()
    assert fed(preamble, SSL_REQUEST, piece) == (b"", b"S")
    assert preamble.tls and preamble.over and not preamble.rest


@every_way
def test_a_client_that_begins_with_tls(piece: int) -> None:
    preamble = AcceptingPostgreSQL()
    assert fed(preamble, b"\x16\x03\x01", piece, until_tls=True) == (b"", b"")
    assert preamble.tls and preamble.rest == b"\x16\x03\x01"[:piece]


@every_way
def test_a_client_that_does_not_ask_goes_on_in_the_clear(piece: int) -> None:
    preamble = AcceptingPostgreSQL()
    passed, said = fed(preamble, STARTUP, piece)
    assert STARTUP.startswith(passed) and len(passed) >= 8 and not said
    assert preamble.over and not preamble.tls


@every_way
def test_kerberos_is_refused_and_then_tls_begins(piece: int) -> None:
    preamble = AcceptingPostgreSQL()
    assert fed(preamble, GSS_REQUEST, piece) == (b"", b"N")
    assert not preamble.over
    assert fed(preamble, SSL_REQUEST, piece) == (b"", b"S")
    assert preamble.tls


def test_nothing_may_stand_behind_the_request() -> None:
    with pytest.raises(ValueError, match="in the clear"):
        AcceptingPostgreSQL().came(SSL_REQUEST + STARTUP)


def test_the_backend_is_asked() -> None:
    preamble = ReachingPostgreSQL()
    preamble.begin()
    assert preamble.said() == SSL_REQUEST
    preamble.came(b"S")
    assert preamble.tls and preamble.over


@pytest.mark.parametrize("answer", [b"N", b"E\0\0\0\x05", b"HTTP/1.1 400", b"Sx"])
def test_a_backend_that_does_not_say_yes_alone(answer: bytes) -> None:
    preamble = ReachingPostgreSQL()
    preamble.begin()
    with pytest.raises(ValueError, match=r"^it "):
        preamble.came(answer)
    assert not preamble.tls
