"""How PostgreSQL goes over to TLS, in every way in which the bytes may come."""

import pytest

from tests.protocols.openings import fed
from vaurien.protocols.postgresql.opening import (
    GSS_REQUEST,
    SSL_REQUEST,
    AcceptingPostgreSQL,
    ReachingPostgreSQL,
)

STARTUP = b"\0\0\0\x17\0\3\0\0user\0postgres\0\0"
every_way = pytest.mark.parametrize("piece", [1, 3, 8, 1000])


@every_way
def test_a_client_that_asks_gets_tls(piece: int) -> None:
    opening = AcceptingPostgreSQL()
    assert fed(opening, SSL_REQUEST, piece) == (b"", b"S")
    assert opening.tls and opening.over and not opening.rest


@every_way
def test_a_client_that_begins_with_tls(piece: int) -> None:
    opening = AcceptingPostgreSQL()
    assert fed(opening, b"\x16\x03\x01", piece, until_tls=True) == (b"", b"")
    assert opening.tls and opening.rest == b"\x16\x03\x01"[:piece]


@every_way
def test_a_client_that_does_not_ask_goes_on_in_the_clear(piece: int) -> None:
    opening = AcceptingPostgreSQL()
    passed, said = fed(opening, STARTUP, piece)
    assert STARTUP.startswith(passed) and len(passed) >= 8 and not said
    assert opening.over and not opening.tls


@every_way
def test_kerberos_is_refused_and_then_tls_begins(piece: int) -> None:
    opening = AcceptingPostgreSQL()
    assert fed(opening, GSS_REQUEST, piece) == (b"", b"N")
    assert not opening.over
    assert fed(opening, SSL_REQUEST, piece) == (b"", b"S")
    assert opening.tls


def test_nothing_may_stand_behind_the_request() -> None:
    with pytest.raises(ValueError, match="in the clear"):
        AcceptingPostgreSQL().came(SSL_REQUEST + STARTUP)


def test_the_backend_is_asked() -> None:
    opening = ReachingPostgreSQL()
    opening.begin()
    assert opening.said() == SSL_REQUEST
    opening.came(b"S")
    assert opening.tls and opening.over


@pytest.mark.parametrize("answer", [b"N", b"E\0\0\0\x05", b"HTTP/1.1 400", b"Sx"])
def test_a_backend_that_does_not_say_yes_alone(answer: bytes) -> None:
    opening = ReachingPostgreSQL()
    opening.begin()
    with pytest.raises(ValueError, match=r"^it "):
        opening.came(answer)
    assert not opening.tls
