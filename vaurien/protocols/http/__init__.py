"""HTTP/1.0 and 1.1."""

from vaurien.protocols.http.protocol import Http
from vaurien.protocols.http.rewriting import BODILESS, check_headers, rewritten, with_headers, with_new_head

__all__ = ["BODILESS", "Http", "check_headers", "rewritten", "with_headers", "with_new_head"]
