"""Replies that are changed stay replies: a client reads what was meant, and the next one after it."""

import pytest

from tests.protocols.test_http_answers import parsed
from vaurien.protocols.base import Answer
from vaurien.protocols.http import Http, rewritten, with_headers

OK = b"HTTP/1.1 200 OK\r\nServer: a\r\ncontent-length: 3\r\nX: 1\r\n\r\nabc"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n"
ZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nzz"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
NOTHING = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("reply", [OK, CHUNKED, ZIPPED, UNCHANGED, NOTHING, b"HTTP/1.0 200 OK\r\n\r\nabc"])
def test_nothing_changes_where_nothing_is_asked_for(reply: bytes) -> None:
    assert rewritten(reply) == reply


def test_status() -> None:
    assert rewritten(OK, status=503) == OK.replace(b"200 OK", b"503 Service Unavailable")
    assert rewritten(CHUNKED, status=599) == CHUNKED.replace(b"200 OK", b"599 ")


@pytest.mark.parametrize("reply", [OK, CHUNKED, ZIPPED, UNCHANGED, NOTHING])
@pytest.mark.parametrize("body", [b"", b"hello\r\n\r\n", b"x" * 70_000])
def test_body(reply: bytes, body: bytes) -> None:
    changed = rewritten(reply, status=200, body=body)
    response, read = parsed(Answer(changed))
    assert read == body and response.headers["Content-Encoding"] is None and response.headers["Trailer"] is None
    assert (b"chunked" in changed) is (reply is CHUNKED)


@pytest.mark.parametrize("reply", [OK, CHUNKED, ZIPPED, UNCHANGED, NOTHING])
@pytest.mark.parametrize("status", [200, 204, 304, 500])
def test_any_status_after_any(reply: bytes, status: int) -> None:
    response, body = parsed(Answer(rewritten(reply, status=status)))
    assert response.status == status
    assert body == (
        b"" if status in (204, 304) or reply in (UNCHANGED, NOTHING) else {ZIPPED: b"zz"}.get(reply, b"abc")
    )


@pytest.mark.parametrize("reply", [OK, CHUNKED])
@pytest.mark.parametrize("changes", [{"status": 503}, {"body": b"other"}, {"headers": {"A": "b"}}])
def test_replies_to_head_have_no_body(reply: bytes, changes: dict[str, object]) -> None:
    head = reply[: reply.find(b"\r\n\r\n") + 4]
    changed = rewritten(head, to_head=True, **changes)  # type: ignore[arg-type]
    assert changed.endswith(b"\r\n\r\n") and changed.count(b"\r\n\r\n") == 1


def test_headers() -> None:
    changed = rewritten(OK, headers={"x": "2", "New": "é", "SERVER": None})
    assert changed == b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nx: 2\r\nNew: \xe9\r\n\r\nabc"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Content-Length": "4"}, "follows from the body"),
        ({"transfer-encoding": None}, "follows from the body"),
        ({"a b": "c"}, "expected the name of a header"),
        ({"a": "b\r\nc: d"}, "expected the value of a header"),
    ],
)
def test_headers_that_would_break_it(headers: dict[str, str | None], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rewritten(OK, headers=headers)


def test_what_is_no_reply() -> None:
    for reply, status in (
        (b"HTTP/1.1 200 OK\r\n", None),
        (OK, 100),
        (OK, 600),
        (b"HTTP/1.1 100 Continue\r\n\r\n", None),
    ):
        with pytest.raises(ValueError, match=r"whole reply|expected a status"):
            rewritten(reply, status=status)


@pytest.mark.parametrize("size", [0, 3])
def test_headers_are_put_into_the_first_part(size: int) -> None:
    conversation = Http().conversation()
    conversation.requests(b"GET / HTTP/1.1\r\n\r\n")
    (part,) = conversation.replies(OK[: len(OK) - 3 + size])
    changed = with_headers(part.data, {"X-Vaurien-Handler": "delay", "X-Vaurien-Call": "7"})
    assert changed == part.data.replace(b"\r\n\r\n", b"\r\nX-Vaurien-Handler: delay\r\nX-Vaurien-Call: 7\r\n\r\n")
    with pytest.raises(ValueError, match="no whole head"):
        with_headers(b"HTTP/1.1 200 OK\r\n", {})
