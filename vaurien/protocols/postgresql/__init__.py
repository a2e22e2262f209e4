"""PostgreSQL: its frontend/backend protocol, version 3."""

from vaurien.protocols.postgresql.protocol import PostgreSQL

__all__ = ["PostgreSQL"]
