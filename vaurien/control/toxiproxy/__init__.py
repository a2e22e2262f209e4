"""Toxiproxy: the HTTP dialect of Shopify's Toxiproxy, so that its clients work with Vaurien."""

from __future__ import annotations

from vaurien.control.toxiproxy.file import populate_from
from vaurien.control.toxiproxy.routes import add_routes

__all__ = ["add_routes", "populate_from"]
