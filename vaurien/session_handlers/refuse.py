"""The ``refuse`` session handler: turned away."""

from __future__ import annotations

from vaurien.session_handlers.base import NewSession, SessionHandler


class Refuse(SessionHandler):
    """Resets the client's connection as soon as it has come (TCP RST): the client sees "connection reset by peer".

    No backend is contacted. (That nobody listens at all, "connection refused", is what a proxy shows that is disabled:
    it cannot be a share of the sessions, since the kernel accepts a client before Vaurien sees it.)
    """

    name = "refuse"

    def __call__(self, session: NewSession) -> bool:
        session.reset_client()
        return False
