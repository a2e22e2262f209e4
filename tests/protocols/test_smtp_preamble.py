"""How SMTP goes over to TLS, in every way in which the bytes may come."""

import re

import pytest

from tests.protocols.preambles import fed
from vaurien.protocols.smtp.preamble import READY, AcceptingSmtp, ReachingSmtp, offering

GREETING = b"220 mx ESMTP\r\n"
EHLO_REPLY = b"250-mx\r\n250-SIZE 1000\r\n250 HELP\r\n"
OFFERED = b"250-mx\r\n250-STARTTLS\r\n250-SIZE 1000\r\n250 HELP\r\n"
every_way = pytest.mark.parametrize("piece", [1, 2, 7, 1000])


def passing(preamble: AcceptingSmtp, data: bytes, piece: int) -> bytes:
    """What the client gets of what the backend says in pieces of this many bytes."""
    return b"".join(preamble.passing(data[start : start + piece]) for start in range(0, len(data), piece))


def greeted(piece: int = 1000) -> AcceptingSmtp:
    preamble = AcceptingSmtp()
    assert passing(preamble, GREETING, piece) == GREETING
    return preamble


@every_way
def test_tls_is_offered_and_begun(piece: int) -> None:
    preamble = greeted(piece)
    assert fed(preamble, b"EHLO me\r\n", piece) == (b"EHLO me\r\n", b"")
    assert passing(preamble, EHLO_REPLY, piece) == OFFERED
    assert fed(preamble, b"starttls\r\n", piece) == (b"", READY)
    assert preamble.tls


@every_way
def test_inside_tls_it_is_offered_no_more(piece: int) -> None:
    preamble = greeted(piece)
    fed(preamble, b"STARTTLS\r\n", piece)
    assert fed(preamble, b"EHLO me\r\n", piece) == (b"EHLO me\r\n", b"")
    assert passing(preamble, OFFERED, piece) == EHLO_REPLY
    assert not preamble.over
    assert fed(preamble, b"MAIL FROM:<>\r\n", piece) == (b"MAIL FROM:<>\r\n", b"")
    assert passing(preamble, b"250 OK\r\n", piece) == b"250 OK\r\n"
    assert preamble.over


def test_the_last_line_may_be_the_one_that_goes() -> None:
    assert offering(b"250-mx\r\n250 STARTTLS\r\n", False) == b"250 mx\r\n"
    assert offering(b"250 mx\r\n", True) == b"250-mx\r\n250 STARTTLS\r\n"
    assert offering(b"250-mx\r\n250 StartTLS\r\n", True).upper().count(b"STARTTLS") == 1
    assert offering(b"502 what?\r\n", True) == b"502 what?\r\n"


@every_way
def test_what_stands_behind_starttls_is_dropped(piece: int) -> None:
    preamble = greeted()
    said = b"STARTTLS\r\nMAIL FROM:<thief@example>\r\n"
    assert fed(preamble, said, piece, until_tls=True) == (b"", READY)
    assert fed(preamble, b"EHLO me\r\n", 1000) == (b"EHLO me\r\n", b"")


@every_way
def test_what_was_asked_before_is_answered_before(piece: int) -> None:
    preamble = greeted()
    passed, said = fed(preamble, b"EHLO me\r\nNOOP\r\nSTARTTLS\r\nRSET\r\n", piece)
    assert (passed, said) == (b"EHLO me\r\nNOOP\r\n", b"")
    heard = b""
    for start in range(0, len(EHLO_REPLY + b"250 OK\r\n"), piece):
        heard += preamble.passing((EHLO_REPLY + b"250 OK\r\n")[start : start + piece])
        heard = heard + preamble.said()
    assert heard == OFFERED + b"250 OK\r\n" + READY
    assert preamble.tls


@every_way
def test_a_client_may_go_on_in_the_clear(piece: int) -> None:
    preamble = greeted()
    said = b"EHLO me\r\nMAIL FROM:<a@b>\r\n"
    assert fed(preamble, said, piece) == (said, b"")
    replies = EHLO_REPLY + b"250 OK\r\n"
    assert passing(preamble, replies, piece) == OFFERED + b"250 OK\r\n"
    assert preamble.over and not preamble.tls


def test_it_takes_no_parameters() -> None:
    preamble = greeted()
    assert fed(preamble, b"STARTTLS now\r\n", 1000) == (b"", b"501 5.5.4 STARTTLS takes no parameters\r\n")
    assert not preamble.tls


@every_way
def test_the_backend_is_asked_and_its_greeting_kept(piece: int) -> None:
    preamble = ReachingSmtp()
    preamble.begin()
    assert preamble.said() == b""
    assert fed(preamble, GREETING, piece) == (b"", b"EHLO [127.0.0.1]\r\n")
    assert fed(preamble, OFFERED, piece) == (b"", b"STARTTLS\r\n")
    assert fed(preamble, b"220 go\r\n", piece) == (b"", b"")
    assert preamble.tls and preamble.over and preamble.first == GREETING


@pytest.mark.parametrize(
    ("replies", "problem"),
    [
        ([b"554 no\r\n"], "in reply to its greeting it says '554 no'"),
        ([GREETING, EHLO_REPLY], "it does not offer STARTTLS"),
        ([GREETING, OFFERED, b"454 no\r\n"], "in reply to STARTTLS it says '454 no'"),
        ([GREETING, OFFERED, b"220 go\r\n250 mx\r\n"], "it goes on in the clear after its reply to STARTTLS"),
        ([b"2" * 70_000], "it says too much in reply to its greeting"),
    ],
)
def test_a_backend_that_does_not_play(replies: list[bytes], problem: str) -> None:
    preamble = ReachingSmtp()
    preamble.begin()
    *played, last = replies
    for reply in played:
        preamble.came(reply)
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        preamble.came(last)
