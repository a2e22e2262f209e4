"""Routes: the OpenAPI document, as the daemon serves it."""

from __future__ import annotations

from typing import Any

import falcon

from vaurien.control.openapi.document import document


class Description:
    """``/v1/openapi.json``, for what is loaded now."""

    def __init__(self, control: Any) -> None:
        self.live = control.live

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = document(self.live.loaded())


def add_routes(app: falcon.App[Any, Any], control: Any) -> None:
    """Adds it."""
    app.add_route("/v1/openapi.json", Description(control))
