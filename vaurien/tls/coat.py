"""Coat: what is round the plain bytes of one side: words in the clear first, perhaps, and then TLS."""

from __future__ import annotations

from collections.abc import Callable

from vaurien.protocols.preamble import Preamble
from vaurien.tls.engine import Engine


class Coat:
    """Turns a peer's bytes into the session's, and back. Pure but for the engine that `make` makes.

    `open` once the session may have its bytes; `ended` once the peer has said that it has no more. What takes something
    in raises `ssl.SSLError` or `ValueError` if the peer does not speak as it should; `output` may then have an alert.
    """

    __slots__ = ("_make", "_out", "ended", "engine", "open", "preamble")

    def __init__(self, preamble: Preamble | None, make: Callable[[], Engine]) -> None:
        """TLS begins at once without a `preamble`."""
        self.preamble = preamble
        self._make = make
        self.engine: Engine | None = None
        self.open = False
        self.ended = False
        self._out = bytearray()

    @property
    def waits(self) -> bool:
        """Whether the peer must say something now, before the session can go on."""
        return not self.open or (self.engine is not None and not self.engine.established)

    def begin(self) -> None:
        """The connection stands."""
        if self.preamble is None:
            self._begin_tls()
        else:
            self.preamble.begin()
            self._out += self.preamble.said()
            self.open = self.preamble.at_once

    def from_peer(self, data: bytes) -> bytes:
        """What the session gets of what the peer has sent."""
        if self.engine is not None:
            return self._decrypted(self.engine, data)
        assert self.preamble is not None
        return data if self.preamble.over else self._followed(self.preamble, data)

    def from_session(self, data: bytes) -> None:
        """The session says this."""
        if self.preamble is not None and not self.preamble.over:
            data = self.preamble.passing(data)
            self._out += self.preamble.said()
            if self.preamble.tls and self.engine is None:
                self._out += data  # the last words in the clear
                self._begin_tls()
                return
        self._put(data)

    def session_ended(self) -> None:
        """The session has no more to say."""
        self._put(self._kept(False))
        if self.engine is not None:
            self.engine.end()

    def peer_ended(self) -> bytes:
        """What the session gets still, now that the peer has no more to say."""
        return self._kept(True)

    def _kept(self, from_peer: bool) -> bytes:
        preamble = self.preamble
        return b"" if preamble is None or preamble.over else preamble.kept(from_peer)

    def output(self) -> bytes:
        """What is to be sent to the peer now."""
        out = b"" if self.engine is None else self.engine.output()
        if self._out:
            out = bytes(self._out) + out
            self._out.clear()
        return out

    def _begin_tls(self) -> bytes:
        """What the peer has said in the clear behind this moment is forgotten, unless it is TLS already: anybody could
        have put it there."""
        self.engine = self._make()
        self.engine.shake()
        rest = self.preamble.rest if self.preamble is not None else b""
        return self._decrypted(self.engine, rest) if rest else b""

    def _put(self, data: bytes) -> None:
        if self.engine is None:
            self._out += data
        elif data:
            self.engine.encrypt(data)

    def _decrypted(self, engine: Engine, data: bytes) -> bytes:
        shaking = not engine.established
        data = engine.decrypted(data)
        self.ended = engine.ended
        begins = shaking and engine.established
        preamble = self.preamble
        if begins:
            self.open = True
            self._put(b"" if preamble is None else preamble.held)
        if preamble is None:
            return data
        if data and not preamble.over:
            data = preamble.came(data)
            self._put(preamble.said())
        return preamble.first + data if begins else data

    def _followed(self, preamble: Preamble, data: bytes) -> bytes:
        data = preamble.came(data)
        self._out += preamble.said()
        if preamble.tls:
            return data + self._begin_tls()
        if preamble.over:
            self.open = True
        return data
