"""The errors that the client raises.

::

    VaurienError
    └── ClientError       the daemon refuses, or what answers is no control API
        ├── Invalid       what was asked for cannot be (400), or the client saw so before it asked
        ├── Unauthorized  the token is missing or wrong (401)
        ├── NotFound      there is no such proxy, session or path (404)
        ├── Conflict      the name or the address is taken (409), or others are in the way
        ├── Outdated      somebody has changed the proxy since it was read (412)
        └── Unreachable   no daemon is there, or it gives no whole answer in time
"""

from __future__ import annotations

from typing import Any

from vaurien.errors import VaurienError


class ClientError(VaurienError):
    """The daemon refuses, or what answers is no control API.

    `status` is that of the HTTP answer, None where there was none. `where` is the path in what was asked
    (``handlers.delay.sleep``), empty where there is none. `message` says what is wrong. ``str()`` of it is one line.
    """

    def __init__(self, status: int | None, where: str, message: str) -> None:
        self.status = status
        self.where = where
        self.message = message
        super().__init__(" ".join((f"{where}: {message}" if where else message).split()))


class Invalid(ClientError):
    """What was asked for cannot be: `where` and `message` say why, and what is allowed."""


class Unauthorized(ClientError):
    """The daemon asks for a token, and got none or another one."""


class NotFound(ClientError):
    """There is no such proxy, session or path."""


class Conflict(ClientError):
    """The name or the address is taken, or what another has done is in the way."""


class Outdated(ClientError):
    """The proxy has changed since it was read: `expected` does not hold any more."""


class Unreachable(ClientError):
    """No daemon is there, or it gives no whole answer in time."""


KINDS: dict[int, type[ClientError]] = {
    400: Invalid,
    401: Unauthorized,
    404: NotFound,
    409: Conflict,
    412: Outdated,
}


def refusal(url: str, status: int, reason: str, body: Any) -> ClientError:
    """The error that an answer of this status stands for. `body` is its JSON, None where it has none; then it is not
    Vaurien that answers at `url`."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return KINDS.get(status, ClientError)(status, str(error.get("where") or ""), error["message"])
    problem = f"{url}: the answer is {f'{status} {reason}'.rstrip()}, and not a control API's"
    return KINDS.get(status, ClientError)(status, "", problem)
