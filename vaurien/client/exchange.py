"""Exchange: one request to the control API, and its answer."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vaurien.client.errors import ClientError, Unreachable, refusal
from vaurien.client.place import Place


@dataclass(frozen=True)
class Answer:
    """A good answer. `body` is its JSON, or its text where it is none; None where it is empty. `etag` is empty where
    there is none."""

    body: Any
    etag: str = ""


@dataclass
class Begun:
    """A good answer that is still coming. Whoever has it calls `close`."""

    place: Place
    connection: http.client.HTTPConnection
    sock: socket.socket
    response: http.client.HTTPResponse

    def close(self) -> None:
        self.response.close()
        self.connection.close()


class Exchange:
    """Each request has a connection of its own: threads need no lock, and a daemon may have been started anew."""

    def __init__(self, place: Place, token: str | None, timeout: float) -> None:
        self.place = place
        self.timeout = timeout
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The whole answer to one request. Raises `ClientError`."""
        begun = self.begin(method, path, body, headers)
        try:
            said = begun.response.read()
        except (OSError, http.client.HTTPException) as exc:
            raise unreachable(self.place, exc, self.timeout) from exc
        finally:
            begun.close()
        etag = begun.response.headers.get("ETag", "")
        if begun.response.headers.get_content_type() != "application/json":
            return Answer(said.decode(errors="replace") if said else None, etag)
        found = _json(said)
        if found is None:
            raise ClientError(begun.response.status, "", f"{self.place.url}: the answer to {method} {path} is no JSON")
        return Answer(found, etag)

    def begin(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Begun:
        """Asks, and returns when the head of a good answer is there. Raises `ClientError` for any other."""
        given = {**self._headers, **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            given["Content-Type"] = "application/json"
        connection = self.place.connection(self.timeout)
        try:
            connection.connect()
            sock = connection.sock  # an answer that ends with the connection takes it away
            connection.request(method, path, data, given)
            response = connection.getresponse()
            if response.status >= 300:
                with response:
                    raise refusal(self.place.url, response.status, response.reason, _json(response.read()))
            return Begun(self.place, connection, sock, response)
        except (OSError, http.client.HTTPException) as exc:
            connection.close()
            raise unreachable(self.place, exc, self.timeout) from exc
        except BaseException:
            connection.close()
            raise


def unreachable(place: Place, exc: Exception, timeout: float) -> Unreachable:
    """What a failed exchange means, in one line."""
    if isinstance(exc, TimeoutError):
        problem = f"no answer within {timeout:g} seconds"
    elif isinstance(exc, ConnectionResetError | BrokenPipeError | http.client.IncompleteRead):
        problem = "the connection broke off before the answer was there"  # among them: closed without an answer
    elif isinstance(exc, http.client.HTTPException):
        problem = "what answers there does not speak HTTP"
    elif isinstance(exc, OSError):
        problem = f"no daemon answers there: {(exc.strerror or str(exc)).lower()}"
    else:
        raise AssertionError(exc)
    return Unreachable(None, "", f"{place.url}: {problem}")


def _json(said: bytes) -> Any:
    """What a JSON text means; None where it is none."""
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None
