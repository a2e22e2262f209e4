"""Health: ``GET /healthz``, for those who ask whether the daemon lives."""

from __future__ import annotations

from typing import Any

import falcon

PATH = "/healthz"


def add_routes(app: falcon.App[Any, Any], control: Any) -> None:
    app.add_route(PATH, Health())


class Health:
    """That it answers says it all; so it needs no token."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"status": "ok"}
