"""HTTP errors: what a server would say, as a client's own parser reads it."""

import http.client
import io
import random
import re

import pytest

from vaurien.protocols.base import Answer
from vaurien.protocols.http import Http


class Received(io.BytesIO):
    """What `http.client` takes for a socket: some bytes that have been received. It closes it after the reply."""

    def makefile(self, mode: str) -> io.BytesIO:
        return self

    def close(self) -> None:
        pass


def said(head: str, code: str = "503", **options: object) -> Answer:
    protocol = Http()
    conversation = protocol.conversation()
    (part,) = conversation.requests(head.replace("\n", "\r\n").encode() + b"\r\n")
    assert part.message
    return protocol.error(part.message, code, conversation, options, random.Random(1))


def parsed(answer: Answer, method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
    received = Received(answer.data + b"HTTP")
    response = http.client.HTTPResponse(received, method=method)  # type: ignore[arg-type]
    response.begin()
    body = response.read()
    assert received.read() == b"HTTP", "the client would not be in step"
    return response, body


@pytest.mark.parametrize("code", [*Http.codes, "404", "599"])
def test_a_client_reads_it_and_the_connection_lives(code: str) -> None:
    answer = said("GET / HTTP/1.1\n", code)
    response, body = parsed(answer)
    assert str(response.status) == code and response.reason and body.decode() == f"{code} {response.reason}\n"
    assert response.headers["Content-Type"] == "text/plain" and not response.will_close and not answer.closes


def test_to_the_byte() -> None:
    assert said("GET / HTTP/1.1\n", "429", retry_after=1.2).data == (
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\nContent-Length: 22\r\nRetry-After: 2\r\n"
        b"Connection: keep-alive\r\n\r\n429 Too Many Requests\n"
    )


def test_no_body_for_head() -> None:
    answer = said("HEAD / HTTP/1.1\n")
    assert answer.data.endswith(b"\r\n\r\n")
    assert parsed(answer, "HEAD")[0].headers["Content-Length"] == "24"


@pytest.mark.parametrize(
    ("head", "closes"),
    [
        ("GET / HTTP/1.1\n", False),
        ("GET / HTTP/1.1\nConnection: Close\n", True),
        ("GET / HTTP/1.0\n", True),
        ("GET / HTTP/1.0\nConnection: Keep-Alive\n", False),
        ("POST / HTTP/1.1\nContent-Length: 5\n", False),
        ("POST / HTTP/1.1\nContent-Length: 5\nExpect: 100-continue\n", True),
        ("GET / HTTP/1.1\nX: Connection: close\n", False),
    ],
)
def test_it_closes_where_a_server_would(head: str, closes: bool) -> None:
    answer = said(head)
    assert answer.closes is closes
    assert f"\r\nConnection: {'close' if closes else 'keep-alive'}\r\n".encode() in answer.data
    assert said(head, "408").closes


def test_what_some_statuses_must_come_with() -> None:
    for code, name in (
        ("401", "WWW-Authenticate"),
        ("405", "Allow"),
        ("407", "Proxy-Authenticate"),
        ("426", "Upgrade"),
    ):
        assert parsed(said("GET / HTTP/1.1\n", code))[0].headers[name] is not None
    assert b"Retry-After" not in said("GET / HTTP/1.1\n", retry_after=None).data
    assert b"\r\nRetry-After: 0\r\n" in said("GET / HTTP/1.1\n", retry_after=0).data


@pytest.mark.parametrize("choice", ["200", "600", "5xx", "", "0503", "LOADING"])
def test_what_is_no_error_is_refused(choice: str) -> None:
    with pytest.raises(ValueError, match=f"expected a status from 400 to 599, not {re.escape(repr(choice))}"):
        Http().check("codes", choice)


def test_it_has_codes_only() -> None:
    for code in Http.codes:
        Http().check("codes", code)
    with pytest.raises(ValueError, match="http has no sqlstates"):
        Http().check("sqlstates", "40001")
