"""smtplib with aiosmtpd, through the protocol."""

import smtplib
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.real.protocols.through import CALLS, ERRORS, WAYS, before, share
from tests.servers.mail import mail_server

TEXTS = [b"Subject: a\r\n\r\n.dot\r\n..\r\nend", b"", b"x" * 500 + b"\r\n" + b"y\r\n" * 20_000, b".\r\n"]


def sender(port: int) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", port, local_hostname="here", timeout=20)


def work(port: int) -> list[Any]:
    """What the server has said to commands of many kinds."""
    said: list[Any] = []
    with sender(port) as mail:
        said.append(mail.login("me", "secret"))
        for number in range(CALLS // 5):  # MAIL, two RCPT, DATA, the message
            said.append(mail.sendmail("a@b", ["c@d", "e@f"], TEXTS[number % len(TEXTS)]))
        said += [mail.docmd("NONSENSE"), mail.docmd("RCPT", "TO:<early@b>"), mail.noop(), mail.help(), mail.rset()]
        said += [mail.verify("a@b"), mail.docmd("DATA")]
    return said


def work_and_arrivals() -> tuple[list[Any], list[Any]]:
    """The same of a server that nobody else uses, and the messages that it has got."""
    with mail_server() as (port, box):
        return work(port), box.messages


@pytest.mark.parametrize("way", WAYS)
def test_messages_arrive_as_directly(directly: Callable[..., Any], way: str) -> None:
    direct, messages = directly(work_and_arrivals)
    with mail_server() as (port, box), before(f"127.0.0.1:{port}", "smtp", *WAYS[way]) as vaurien:
        assert work(vaurien.port) == direct
        assert box.messages == messages and len(messages) == CALLS // 5


def test_a_failure_is_the_drivers_exception_and_the_connection_goes_on() -> None:
    raised: Counter[str] = Counter()
    options = ["--handlers.error.codes", "451", "--handlers.error.warmup", "2"]
    with mail_server() as (port, box), before(f"127.0.0.1:{port}", "smtp", *ERRORS, *options) as vaurien:
        with sender(vaurien.port) as mail:
            mail.ehlo()
            for _ in range(CALLS):
                try:
                    mail.sendmail("a@b", ["c@d"], b"text")
                except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as exc:
                    assert "451" in str(exc)
                    raised[type(exc).__name__] += 1
                    mail.rset()  # smtplib forgets it where DATA was refused
        vaurien.wait_for_log("default #1 ended")
        assert "default #2" not in vaurien.log
    assert set(raised) == {"SMTPSenderRefused", "SMTPRecipientsRefused", "SMTPDataError"}
    assert len(box.messages) == CALLS - sum(raised.values())


def test_a_fifth_of_the_commands_fail() -> None:
    options = ["--handlers.error.codes", "451", "--handlers.error.warmup", "1"]
    with mail_server() as (port, _):
        through = before(f"127.0.0.1:{port}", "smtp", *ERRORS, *options)
        with through as vaurien, sender(vaurien.port) as mail:
            mail.ehlo()
            codes = Counter(mail.noop()[0] for _ in range(CALLS))
    share(codes[451], CALLS)
    assert codes[250] == CALLS - codes[451]


def test_a_service_that_closes() -> None:
    raised = 0
    options = ["--handlers.error.codes", "421", "--handlers.error.warmup", "2"]
    with mail_server() as (port, _), before(f"127.0.0.1:{port}", "smtp", *ERRORS, *options) as vaurien:
        for _ in range(CALLS // 20):
            mail = sender(vaurien.port)
            mail.ehlo()
            while mail.sock is not None:
                try:
                    mail.sendmail("a@b", ["c@d"], b"text")
                except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as exc:
                    assert "421" in str(exc)
                    raised += 1
                except smtplib.SMTPServerDisconnected:
                    mail.close()
    assert raised == CALLS // 20


def test_a_message_that_was_accepted_and_nobody_knows() -> None:
    picked = ["--hook", "tests.real.protocols.passing.Picking", "--hooks.picking.command", "message"]
    with mail_server() as (port, box):
        through = before(f"127.0.0.1:{port}", "smtp", *picked, "--hooks.picking.handler", "lost_response")
        with through as vaurien, pytest.raises(smtplib.SMTPServerDisconnected), sender(vaurien.port) as mail:
            mail.sendmail("a@b", ["c@d"], b"text")
        assert len(box.messages) == 1
