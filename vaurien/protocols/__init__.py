"""Protocols: how sessions are cut into requests and replies. `BUILT_IN` lists those that come with Vaurien."""

from __future__ import annotations

from vaurien.protocols.base import Protocol
from vaurien.protocols.mysql import MySQL
from vaurien.protocols.postgresql import PostgreSQL
from vaurien.protocols.redis import Redis
from vaurien.registry import Registry

BUILT_IN: tuple[type[Protocol], ...] = (Redis, PostgreSQL, MySQL)

PROTOCOLS = Registry("protocol", {protocol.name: protocol for protocol in BUILT_IN}, "vaurien.protocols", {})

__all__ = ["BUILT_IN", "PROTOCOLS", "Protocol"]
