"""SMTP: commands, messages and replies, and what the replies make of the client's next bytes."""

import random
import smtplib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.cutting import Step, bytewise, client, in_pieces, server, survives, talked
from tests.protocols.relay import plain, relay
from tests.servers.mail import mail_server
from vaurien.protocols.smtp import Smtp
from vaurien.protocols.smtp.conversation import LONGEST_LINE
from vaurien.protocols.smtp.protocol import TEXTS

Expected = list[tuple[str, bytes, str | None]]
EHLO = b"250-there\r\n250-PIPELINING\r\n250 CHUNKING\r\n"
START = [server(b"220 mx ESMTP\r\n"), client(b"EHLO here\r\n"), server(EHLO)]
STARTED: Expected = [
    ("220 mx ESMTP", b"220 mx ESMTP\r\n", None), ("EHLO here", b"EHLO here\r\n", None),
    ("250 there", EHLO, "EHLO here"),
]  # fmt: skip
TEXT = b"Subject: a\r\n\r\n..\r\n.\r.\r\n\n.\n.\r\n"

SESSIONS: dict[str, tuple[list[Step], Expected]] = {
    "a message": (
        [*START, client(b"MAIL FROM:<a@b>\r\n"), server(b"250 Ok\r\n"), client(b"DATA\r\n"), server(b"354 go on\r\n"),
         client(TEXT[:-3] + b"\r\n.\r\n"), server(b"250 queued\r\n"), client(b"QUIT\r\n"), server(b"221 bye\r\n")],
        [*STARTED, ("MAIL FROM:<a@b>", b"MAIL FROM:<a@b>\r\n", None), ("250 Ok", b"250 Ok\r\n", "MAIL FROM:<a@b>"),
         ("DATA", b"DATA\r\n", None), ("354 go on", b"354 go on\r\n", "DATA"),
         ("message", TEXT[:-3] + b"\r\n.\r\n", None), ("250 queued", b"250 queued\r\n", "message"),
         ("QUIT", b"QUIT\r\n", None), ("221 bye", b"221 bye\r\n", "QUIT")],
    ),
    "an empty message": (
        [*START, client(b"DATA\r\n"), server(b"354 \r\n"), client(b".\r\n"), server(b"250 Ok\r\n"),
         client(b"NOOP\n"), server(b"250\r\n")],
        [*STARTED, ("DATA", b"DATA\r\n", None), ("354", b"354 \r\n", "DATA"), ("message", b".\r\n", None),
         ("250 Ok", b"250 Ok\r\n", "message"), ("NOOP", b"NOOP\n", None), ("250", b"250\r\n", "NOOP")],
    ),
    "no message": (
        [*START, client(b"DATA\r\n"), server(b"554 no valid recipients\r\n"), client(b"RSET\r\n"),
         server(b"250 Ok\r\n")],
        [*STARTED, ("DATA", b"DATA\r\n", None), ("554 no valid recipients", b"554 no valid recipients\r\n", "DATA"),
         ("RSET", b"RSET\r\n", None), ("250 Ok", b"250 Ok\r\n", "RSET")],
    ),
    "chunks": (
        [*START, client(b"BDAT 6\r\n.\r\n\r\n."), server(b"250 Ok\r\n"), client(b"bdat 0 LAST\r\n"),
         server(b"250 Ok\r\n"), client(b"NOOP\r\n")],
        [*STARTED, ("BDAT 6", b"BDAT 6\r\n.\r\n\r\n.", None), ("250 Ok", b"250 Ok\r\n", "BDAT 6"),
         ("BDAT 0 LAST", b"bdat 0 LAST\r\n", None), ("250 Ok", b"250 Ok\r\n", "BDAT 0 LAST"),
         ("NOOP", b"NOOP\r\n", None)],
    ),
    "a password": (
        [*START, client(b"AUTH LOGIN\r\n"), server(b"334 VXNlcg==\r\n"), client(b"c2VjcmV0\r\n"),
         server(b"334 UGFzcw\r\n"), client(b"QUIT\r\n"), server(b"535 no\r\n"), client(b"auth plain c2VjcmV0\r\n"),
         server(b"235 yes\r\n"),
         client(b"QUIT\r\n")],
        [*STARTED, ("AUTH LOGIN", b"AUTH LOGIN\r\n", None), ("334 VXNlcg==", b"334 VXNlcg==\r\n", "AUTH LOGIN"),
         ("AUTH (continued)", b"c2VjcmV0\r\n", None), ("334 UGFzcw", b"334 UGFzcw\r\n", "AUTH (continued)"),
         ("AUTH (continued)", b"QUIT\r\n", None), ("535 no", b"535 no\r\n", "AUTH (continued)"),
         ("AUTH plain", b"auth plain c2VjcmV0\r\n", None), ("235 yes", b"235 yes\r\n", "AUTH plain"),
         ("QUIT", b"QUIT\r\n", None)],
    ),
}  # fmt: skip


def shape(steps: list[Step]) -> tuple[Expected, str]:
    conversation = Smtp().conversation()
    made = talked(conversation, steps)
    assert all(message.ended and message.final for message in made)
    return [(message.name, message.data, message.to) for message in made], conversation.plain


@pytest.mark.parametrize("turns", [list, bytewise, lambda steps: in_pieces(steps, lambda: 5)])
@pytest.mark.parametrize("session", SESSIONS)
def test_messages(session: str, turns: Callable[[list[Step]], list[Step]]) -> None:
    steps, expected = SESSIONS[session]
    assert shape(turns(steps)) == (expected, "")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SESSIONS)), st.integers(1, 30), st.randoms(use_true_random=False))
def test_messages_in_random_pieces(session: str, most: int, source: random.Random) -> None:
    steps, expected = SESSIONS[session]
    assert shape(in_pieces(steps, lambda: source.randint(1, most))) == (expected, "")


def test_pipelined_commands_are_one_message_each() -> None:
    conversation = Smtp().conversation(joined=True)
    commands = b"MAIL FROM: <a@b> SIZE=9\r\nrcpt to:<c@d>\r\nDATA\r\n"
    requests = [part.message for part in conversation.requests(commands)]
    assert [request.command for request in requests if request] == ["MAIL", "RCPT", "DATA"]
    assert [dict(request.fields) for request in requests if request] == [{"from": "a@b"}, {"to": "c@d"}, {}]
    replies = conversation.replies(b"250 Ok\r\n250 Ok\r\n354 go\r\n")
    assert [part.message.request for part in replies if part.message] == requests
    first, second = conversation.requests(b"hi\r\n.\r\nQUIT\r\n")
    assert first.message and first.message.name == "message" and second.message and second.message.name == "QUIT"


def test_a_large_message_streams_and_is_not_copied() -> None:
    conversation = Smtp().conversation(joined=True)
    conversation.requests(b"DATA\r\n")
    conversation.replies(b"354 go\r\n")
    block = b"x" * 99_998 + b"\r\n"
    for _ in range(3):
        (part,) = conversation.requests(block)
        assert part.data is block and not part.last
    (part,) = conversation.requests(b".\r\n")
    assert part.last and part.message is conversation.expected()


def test_what_the_backend_waits_for_is_for_the_backend_to_answer() -> None:
    conversation = Smtp().conversation(joined=True)
    assert [part.message.answerable for part in conversation.requests(b"AUTH LOGIN\r\n") if part.message] == [True]
    conversation.replies(b"334 \r\n")
    assert [part.message.answerable for part in conversation.requests(b"x\r\n") if part.message] == [False]
    conversation.replies(b"235 Ok\r\n")
    conversation.requests(b"DATA\r\n")
    conversation.replies(b"354 \r\n")
    assert [part.message.answerable for part in conversation.requests(b"x\r\n") if part.message] == [False]


def test_a_reply_that_nobody_asked_for() -> None:
    conversation = Smtp().conversation(joined=True)
    (part,) = conversation.replies(b"421 4.4.2 timeout\r\n")
    assert part.message and part.message.request is None and part.message.command == "421"
    assert dict(part.message.fields) == {"code": "421"}


def test_the_greeting_comes_first_even_for_a_client_that_does_not_wait() -> None:
    conversation = Smtp().conversation()
    (request,) = conversation.requests(b"EHLO a\r\n")
    greeting, reply = conversation.replies(b"220-hello\r\n220 mx\r\n250 there\r\n")
    assert greeting.message and greeting.message.request is None and greeting.data == b"220-hello\r\n220 mx\r\n"
    assert reply.message and reply.message.request is request.message


@pytest.mark.parametrize("turns", [list, bytewise])
def test_starttls(turns: Callable[[list[Step]], list[Step]]) -> None:
    conversation = Smtp().conversation()
    steps = [
        *START,
        client(b"STARTTLS\r\n"),
        server(b"454 not now\r\n"),
        client(b"STARTTLS\r\n"),
        server(b"220 go\r\n"),
    ]
    made = talked(conversation, turns([*steps, client(b"\x16\x03\x01"), server(b"250 \r\n")]))
    assert conversation.plain == "TLS begins (STARTTLS)"
    assert [cut.name for cut in made if cut.name][3:] == ["STARTTLS", "454 not now", "STARTTLS", "220 go"]


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([client(b"\x16\x03\x01\r\n")], "TLS"),
        ([client(b"\x16")], "TLS"),
        ([client(b"x" * (LONGEST_LINE + 1))], "a line of more than"),
        ([server(b"x" * (LONGEST_LINE + 1))], "a reply's line of more than"),
        ([server(b"* OK IMAP4 ready\r\n")], "no SMTP"),
        ([*START, client(b"DATA\r\n"), server(b"354 \r\n"), client(b"a\n.\n"), server(b"250 Ok\r\n")], "for ended"),
        ([*START, client(b"DATA\r\nhi\r\n.\r\n"), server(b"354 \r\n250 Ok\r\n")], "went on before"),
    ],
)
def test_what_is_not_followed_passes(steps: list[Step], reason: str) -> None:
    conversation = Smtp().conversation()
    talked(conversation, [*steps, client(b"a\r\n"), server(b"b\r\n")])
    assert reason in conversation.plain


PIECES = st.sampled_from([data for steps, _ in SESSIONS.values() for _, data in steps])
BYTES = st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=6).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), BYTES), max_size=8))
def test_no_bytes_make_it_raise_or_hold_more_than_a_line(steps: list[Step]) -> None:
    survives(Smtp().conversation(), steps, LONGEST_LINE)


def test_smtplib() -> None:
    texts = [b"Subject: a\r\n\r\n.dot\r\n..\r\nend", b"", b"x" * 500 + b"\r\n" + b"y\r\n" * 20_000, b".\r\n"]
    with mail_server() as (port, box), relay(Smtp(), port) as through:
        with smtplib.SMTP("127.0.0.1", through.port, local_hostname="here") as sender:
            sender.login("me", "secret")
            for text in texts * 3:
                assert sender.sendmail("a@b", ["c@d", "e@f"], text) == {}
            assert sender.docmd("NONSENSE")[0] == 500
        assert len(box.messages) == 3 * len(texts)
    (session,) = through.sessions
    assert not plain(through)
    names = [cut.name for cut in session.cuts if cut.to_backend]
    assert names.count("message") == names.count("DATA") == 12 and names.count("RCPT TO:<c@d>") == 12
    assert len(names) == 1 + 1 + 12 * 5 + 2 + sum(name.startswith("AUTH (") for name in names)
    assert sum(not cut.to_backend for cut in session.cuts) == len(names) + 1
    assert not any("secret" in name or "AG1l" in name for name in names)
    source = random.Random(1)
    steps = [(side, data[:300]) for side, data in session.steps[:120]]
    survives(Smtp().conversation(), in_pieces(steps, lambda: source.randint(1, 400)), LONGEST_LINE)


@pytest.mark.parametrize(
    ("command", "code", "exception"),
    [
        ("MAIL", "451", smtplib.SMTPSenderRefused),
        ("RCPT", "550", smtplib.SMTPRecipientsRefused),
        ("DATA", "452", smtplib.SMTPDataError),
        ("DATA", "421", smtplib.SMTPDataError),
    ],
)
def test_errors(command: str, code: str, exception: type[smtplib.SMTPException]) -> None:
    todo = [code]
    decide = lambda message: todo.pop() if message.command == command and todo else None  # noqa: E731
    with mail_server() as (port, box), relay(Smtp(), port, decide) as through:
        with smtplib.SMTP("127.0.0.1", through.port, local_hostname="here") as sender:
            with pytest.raises(exception, match=code):
                sender.sendmail("a@b", ["c@d"], b"one")
            if code == "421":
                with pytest.raises(smtplib.SMTPServerDisconnected):
                    sender.docmd("NOOP")
            else:
                sender.rset()  # as to a server that has refused DATA: the message has its sender still
                sender.sendmail("a@b", ["c@d"], b"two")
        assert box.messages == ([] if code == "421" else [b"two\r\n"])


def test_what_is_no_error_of_its_own() -> None:
    for code in TEXTS:
        Smtp().check("codes", code)
    with pytest.raises(ValueError, match=r"expected one of 421, 432, .*, not '250'"):
        Smtp().check("codes", "250")
    with pytest.raises(ValueError, match="smtp has no errors"):
        Smtp().check("errors", "LOADING")
