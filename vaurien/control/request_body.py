"""Request body: what follows the head of a request, read when somebody asks for it, and then whole."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import falcon
from gevent.pywsgi import Input

from vaurien.control.incoming import Incoming
from vaurien.control.limits import Limits

PIECE = 65536


class RequestBody:
    """The ``wsgi.input`` of a request. `pending` says that the client sends a body which nobody has read."""

    def __init__(self, source: Input, incoming: Incoming, limits: Limits) -> None:
        self.source = source
        self.incoming = incoming
        self.limits = limits
        self.pending = source.chunked_input or bool(source.content_length)
        self._file: BytesIO | None = None

    def read(self, size: int | None = -1) -> bytes:
        """Raises the errors of Falcon for a body that is too large, too slow, or broken."""
        return self._whole().read(size)

    def readline(self, size: int | None = -1) -> bytes:
        return self._whole().readline(size)

    def readlines(self, hint: int = -1) -> list[bytes]:
        return self._whole().readlines(hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._whole())

    def _whole(self) -> BytesIO:
        if self._file is None:
            if self.pending:
                self._file = BytesIO(self._load())
                self.pending = False
            else:
                self._file = BytesIO()
        return self._file

    def _load(self) -> bytes:
        limit = self.limits.body_bytes
        too_large = falcon.HTTPContentTooLarge(title="body", description=f"has more than {limit} bytes")
        if (self.source.content_length or 0) > limit and not self.source.chunked_input:
            raise too_large
        self.incoming.allow(self.limits.body)
        pieces = bytearray()
        try:
            while piece := self.source.read(PIECE):
                pieces += piece
                if len(pieces) > limit:
                    raise too_large
        except TimeoutError as exc:
            problem = f"has not come whole in {self.limits.body:g} seconds"
            raise falcon.HTTPError(falcon.HTTP_408, title="body", description=problem) from exc
        except (OSError, ValueError) as exc:
            raise falcon.HTTPBadRequest(title="body", description="is not sent as its headers say") from exc
        return bytes(pieces)
