"""Redis: RESP2 and RESP3, as clients of Redis, Valkey and their like speak it."""

from vaurien.protocols.redis.protocol import Redis

__all__ = ["Redis"]
