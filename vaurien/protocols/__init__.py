"""Protocols: how sessions are cut into requests and replies. `BUILT_IN` lists those that come with Vaurien."""

from __future__ import annotations

from vaurien.protocols.base import Protocol
from vaurien.protocols.http import Http
from vaurien.protocols.memcached import Memcached
from vaurien.protocols.mysql import MySQL
from vaurien.protocols.postgresql import PostgreSQL
from vaurien.protocols.redis import Redis
from vaurien.protocols.smtp import Smtp
from vaurien.registry import Registry

BUILT_IN: tuple[type[Protocol], ...] = (Http, Memcached, MySQL, PostgreSQL, Redis, Smtp)

PROTOCOLS = Registry("protocol", {protocol.name: protocol for protocol in BUILT_IN}, "vaurien.protocols", {})

__all__ = ["BUILT_IN", "PROTOCOLS", "Protocol"]
