"""memcached's text protocol."""

from vaurien.protocols.memcached.protocol import Memcached

__all__ = ["Memcached"]
