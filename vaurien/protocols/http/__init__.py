"""HTTP/1.0 and 1.1."""

from vaurien.protocols.http.protocol import Http
from vaurien.protocols.http.rewriting import rewritten, with_headers

__all__ = ["Http", "rewritten", "with_headers"]
