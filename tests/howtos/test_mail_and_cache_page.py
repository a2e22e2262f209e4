"""What howto/mail_and_cache.rst says comes true, before aiosmtpd and a real memcached."""

import smtplib
import socket
from pathlib import Path

import pytest
from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheServerError

from tests.howtos.following import following, steps, until_raised
from tests.reader import Reader
from tests.servers.mail import Box, mail_server
from tests.servers.memcached import Memcached

PAGE = "howto/mail_and_cache"
REFUSED = (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
DEADLINE = 20.0  # seconds


def sender(reader: Reader) -> smtplib.SMTP:
    return smtplib.SMTP("localhost", reader.ports["2525"], local_hostname="here", timeout=DEADLINE)


def send(mail: smtplib.SMTP) -> None:
    mail.sendmail("a@b", ["c@d"], b"text")


def refused_for_a_while(reader: Reader, box: Box) -> None:
    raised, sent = set(), 0
    with sender(reader) as mail:
        mail.ehlo_or_helo_if_needed()
        while raised != set(REFUSED):
            try:
                send(mail)
                sent += 1
            except REFUSED as exc:
                raised.add(type(exc))
                mail.rset()
            assert sent < 200
    assert len(box.messages) == sent
    reader.vaurien.wait_for_log("default #1 ended")
    assert "default #2" not in reader.vaurien.log, "the connection goes on"


def closes(reader: Reader, box: Box) -> None:
    def at_once() -> None:
        with sender(reader) as mail:
            send(mail)

    exc = until_raised((smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused), at_once)
    assert "421" in str(exc)


def accepted_and_not_known(reader: Reader, box: Box) -> None:
    told = 0

    def at_once() -> None:
        nonlocal told
        with sender(reader) as mail:
            send(mail)
            told += 1

    for lost in (1, 2, 3):
        until_raised(smtplib.SMTPServerDisconnected, at_once)
        assert len(box.messages) == told + lost


OF_MAIL = [refused_for_a_while, closes, accepted_and_not_known]


def test_each_vaurien_of_the_page_is_tried() -> None:
    assert ["smtp" in step.line for step in steps(PAGE)] == [True] * len(OF_MAIL) + [False]


@pytest.mark.parametrize("number", range(len(OF_MAIL)), ids=lambda number: OF_MAIL[number].__name__)
def test_a_mail_server_does_what_the_page_says(number: int, tmp_path: Path) -> None:
    with mail_server() as (port, box), following(PAGE, number, tmp_path, {"25": port}, "2525") as reader:
        OF_MAIL[number](reader, box)


def test_memcached_does_what_the_page_says(memcached_server: Memcached, tmp_path: Path) -> None:
    with following(PAGE, len(OF_MAIL), tmp_path, {"11211": memcached_server.port}, "11212") as reader:
        client = Client(("localhost", reader.ports["11212"]), timeout=DEADLINE, no_delay=True)
        try:
            exc = until_raised(MemcacheServerError, lambda: client.set("key", "value", noreply=False))
            assert "out of memory storing object" in str(exc)
            for _ in range(50):
                client.set("key", "value", noreply=True)  # nothing is said to these, and nothing remains of it
            until_raised(MemcacheServerError, lambda: client.get("key"))
        finally:
            client.close()
        reader.vaurien.wait_for_log("default #2 ended")  # it has connected anew
        with (
            socket.create_connection(("localhost", reader.ports["11212"]), DEADLINE) as sock,
            sock.makefile("rb") as said,
        ):
            replies = set()
            for _ in range(100):
                sock.sendall(b"get missing\r\n")
                replies.add(said.readline())
        assert replies == {b"END\r\n", b"SERVER_ERROR out of memory writing get response\r\n"}, "it goes on"
