"""Guard: which requests the control API does not even look at."""

from __future__ import annotations

import hmac
import ipaddress
import re

import falcon

from vaurien.control.health import PATH as HEALTH
from vaurien.settings import HttpSettings

HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
CHALLENGE = 'Bearer realm="vaurien"'


class Guard:
    """Middleware. A page in the operator's browser may send requests to any address, their own machine's included:

    - it comes with the ``Host`` that its author could let point here (DNS rebinding). Only names that nobody else can
      have are good: those of this machine, numbers, and the one that the API was told to listen on.
    - it comes with the ``Origin`` of the page (cross-site). It must be the API itself.

    Where the operator says that any ``Host`` is good, it is for all but browsers.

    And where there is a token, every request must show it, but for the question whether the daemon lives.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self.address = settings.address
        self.hosts = settings.hosts
        self.any_host = "*" in settings.hosts
        self.token = None if settings.token is None else settings.token.encode()

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        host = req.get_header("Host") or ""
        strange = not self.address.path and not self.knows(host)
        if strange and not (self.any_host and not (req.user_agent or "").startswith("Mozilla/")):
            problem = f"{host!r} may be another machine's: use an IP address, or a name that --http-hosts gives"
            raise falcon.HTTPForbidden(title="Host", description=problem)
        origin = req.get_header("Origin")
        if origin is not None and (not host or origin.rpartition("://")[2].lower() != host.lower()):
            raise falcon.HTTPForbidden(title="Origin", description=f"{origin!r} is not the page of this API")
        if self.token is not None and req.path != HEALTH:
            self._check(req.get_header("Authorization"))

    def knows(self, host: str) -> bool:
        """Whether a ``Host`` can mean this API only."""
        match = HOST.fullmatch(host)
        if match is None:
            return False
        name = match["name"].lower().rstrip(".")
        if name in ("localhost", self.address.host.lower(), *self.hosts) or name.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True

    def _check(self, shown: str | None) -> None:
        """Raises unless this is the token."""
        if shown is None:
            raise falcon.HTTPUnauthorized(
                title="Authorization", description="show the token, as Bearer TOKEN", challenges=[CHALLENGE]
            )
        scheme, _, token = shown.strip().partition(" ")
        right = hmac.compare_digest(token.strip().encode(), self.token or b"")
        if scheme.lower() != "bearer" or not right:
            challenge = f'{CHALLENGE}, error="invalid_token"'
            raise falcon.HTTPUnauthorized(
                title="Authorization", description="this is not Bearer with the token", challenges=[challenge]
            )
