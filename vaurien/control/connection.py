"""Connection: one client of the control API, from its first request to its last."""

from __future__ import annotations

import logging
import re
import time
from http import HTTPStatus
from http.client import HTTPException
from io import BufferedReader, BytesIO
from socket import SHUT_WR
from typing import Any

from gevent.pywsgi import WSGIHandler
from gevent.socket import socket

from vaurien.control.incoming import Incoming
from vaurien.control.limits import Limits
from vaurien.control.problem import problem
from vaurien.control.request_body import RequestBody
from vaurien.options import shown

log = logging.getLogger("vaurien.control")

HEADER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:")
"""How a header begins; one that goes on from the line before is not taken, as RFC 9112 (5.2) allows."""
UNPRINTABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
"""What has no place in the head of a request."""


class Refused(Exception):
    """A request whose head cannot be understood."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Connection(WSGIHandler):
    """Runs in a greenlet of its own, which may be killed at any time."""

    def __init__(self, sock: socket, address: Any, server: Any) -> None:
        # Not WSGIHandler's: that one reads from the socket without a deadline.
        self.socket = sock
        self.client_address = address
        self.server = server
        self.limits: Limits = server.limits
        self.incoming = Incoming(sock)
        self.rfile = BufferedReader(self.incoming)
        self.body: RequestBody | None = None
        self.close_connection = self.unread = False
        self.writing_since: float | None = None

    @property
    def waiting_since(self) -> float | None:
        """Since when it waits for its client to send something whole, or to take something; None while it works."""
        return self.incoming.since if self.incoming.waiting else self.writing_since

    @property
    def streaming(self) -> bool:
        """Whether it is in the middle of an answer that may have no end."""
        return not self.incoming.waiting and self.headers_sent and self.response_use_chunked

    def handle(self) -> None:
        """Serves requests until either side has enough. The server closes the socket then."""
        patience = self.limits.head
        try:
            while self._next(patience):
                patience = self.limits.idle
            if self.unread:
                self._linger()
        except OSError:
            pass  # it has left, or is too slow
        except Exception:
            log.exception("control API: internal error")

    def _next(self, patience: float) -> bool:
        """One request and its answer; says whether there may be another."""
        self.incoming.allow(patience)
        if not self.rfile.peek(1):
            return False
        self.incoming.allow(self.limits.head)
        try:
            self._read_head()
        except Refused as exc:
            self._refuse(exc.status, str(exc))
        except TimeoutError:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"no whole request in {self.limits.head:g} seconds")
        except (ValueError, LookupError, HTTPException):
            self._refuse(HTTPStatus.BAD_REQUEST, "this is no HTTP request")
        else:
            self._answer()
        return not self.close_connection

    # the request

    def _read_head(self) -> None:
        self.headers_sent = False
        line = self.rfile.readline(self.limits.line_bytes + 1)
        if len(line) > self.limits.line_bytes:
            message = f"the first line has more than {self.limits.line_bytes} bytes"
            raise Refused(HTTPStatus.REQUEST_URI_TOO_LONG, message)
        if not line.endswith(b"\n"):
            raise ConnectionResetError
        words = line.split()
        if len(words) != 3 or UNPRINTABLE.search(line) or not words[2].startswith(b"HTTP/1."):
            raise Refused(HTTPStatus.BAD_REQUEST, "the first line is not METHOD PATH HTTP/1.1")
        self.read_request(line.decode("latin-1"))
        self.environ = self.get_environ()
        assert self.wsgi_input is not None
        self.body = RequestBody(self.wsgi_input, self.incoming, self.limits)
        self.environ["wsgi.input"] = self.body
        self.environ["vaurien.socket"] = self.socket
        self.application = self.server.application

    def MessageClass(self, *args: Any) -> Any:
        """The headers, which stand in the stream that is the first of `args`."""
        head = self._header_lines()
        headers = super().MessageClass(BytesIO(head), *args[1:])
        lengths = set(headers.get_all("content-length", ()))
        encodings = headers.get_all("transfer-encoding", ())
        if len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
            raise Refused(HTTPStatus.BAD_REQUEST, "Content-Length is no number")
        if encodings and (lengths or [encoding.lower() for encoding in encodings] != ["chunked"]):
            raise Refused(HTTPStatus.BAD_REQUEST, "Transfer-Encoding is not chunked, or beside a Content-Length")
        return headers

    def _header_lines(self) -> bytes:
        lines: list[bytes] = []
        size = 0
        while not lines or lines[-1] not in (b"\r\n", b"\n"):
            line = self.rfile.readline(self.limits.head_bytes - size + 1)
            size += len(line)
            if size > self.limits.head_bytes or len(lines) > self.limits.headers:
                message = f"more than {self.limits.head_bytes} bytes or {self.limits.headers} lines of headers"
                raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, message)
            if not line.endswith(b"\n"):
                raise ConnectionResetError
            if UNPRINTABLE.search(line) or not (HEADER.match(line) or line in (b"\r\n", b"\n")):
                raise Refused(HTTPStatus.BAD_REQUEST, "a header is not NAME: VALUE in printable characters")
            lines.append(line)
        return b"".join(lines)

    # the answer

    def _answer(self) -> None:
        start = time.monotonic()
        self.status = self.result = None
        self.code = 0
        self.response_length = 0
        self.response_use_chunked = self.connection_upgraded = False
        try:
            self.run_application()
        except OSError as exc:
            self.close_connection = True
            log.debug("control API: the client has not taken the answer: %s", exc)
        except Exception:
            log.exception("control API: internal error")
            self.close_connection = True
            if not self.headers_sent:
                self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "a fault in Vaurien: its log has more")
        finally:
            if log.isEnabledFor(logging.DEBUG):
                path = shown((self.path or "").partition("?")[0])
                seconds = time.monotonic() - start
                log.debug("control API: %s %s is answered %d, %.3f s", self.command, path, abs(self.code or 0), seconds)

    def write(self, data: bytes) -> None:
        """Sends a piece of the answer. Raises `TimeoutError` if the client does not take it."""
        self.socket.settimeout(self.limits.write)
        self.writing_since = time.monotonic()
        try:
            super().write(data)
        finally:
            self.writing_since = None

    def finalize_headers(self) -> None:
        """Says whether this is the last answer: what nobody has read of the request cannot be skipped safely."""
        if self.body is not None and self.body.pending:
            self.close_connection = self.unread = True
        super().finalize_headers()
        if self.close_connection:
            headers: list[Any] = self.response_headers or []
            self.response_headers = [pair for pair in headers if pair[0].lower() != b"connection"]
            self.response_headers.append((b"Connection", b"close"))  # type: ignore[arg-type]  # they are encoded here

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Answers a request that the application has not seen, or could not serve, and is the last one."""
        self.close_connection = self.unread = True
        data = problem("", message)
        lines = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(data)}",
            "Connection: close",
        )
        self.socket.settimeout(self.limits.write)
        self.socket.sendall("\r\n".join((*lines, "", "")).encode() + data)

    def _linger(self) -> None:
        """Takes what the client still sends, for a moment: closing before would reset the connection, and with it the
        answer that is under way."""
        self.socket.shutdown(SHUT_WR)
        self.incoming.allow(self.limits.linger)
        buffer = bytearray(65536)
        taken = 0
        while taken < self.limits.linger_bytes:
            count = self.incoming.readinto(buffer)
            if not count:
                break
            taken += count
