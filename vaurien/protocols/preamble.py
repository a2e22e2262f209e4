"""The preamble's contract: what is said in the clear on one side before TLS begins there."""

from __future__ import annotations

from typing import ClassVar


class Preamble:
    """Follows one side of a session until it goes over to TLS, or will not. Pure: bytes in, bytes out.

    `tls` once TLS is to begin, after what is said, with `rest`, which is TLS already; the session then gets `first`
    before all that comes by TLS, and the peer `held` before all else that goes by it. `over` once there is nothing more
    to follow: without `tls`, it goes on in the clear. A preamble that is not over when TLS begins follows what is said
    inside, too. With `at_once` the session begins before TLS does, and what both sides say passes meanwhile.
    """

    at_once: ClassVar[bool] = False

    def __init__(self) -> None:
        self.tls = False
        self.over = False
        self.rest = b""
        self.first = b""
        self.held = b""
        self._said = b""

    def begin(self) -> None:
        """The connection stands."""

    def came(self, data: bytes) -> bytes:
        """What the session gets to see of what the peer has said. Raises `ValueError` if TLS cannot begin as it
        should."""
        raise NotImplementedError

    def passing(self, data: bytes) -> bytes:
        """What the peer gets to see of what the session says."""
        return data

    def backend_says(self, asked: bytes) -> bytes:
        """What a backend might say to what has passed, or, to nothing, when the connection stands: for those `at_once`,
        where a session handler needs no backend but for its words before TLS."""
        return b""

    def kept(self, from_peer: bool) -> bytes:
        """What was kept of what the peer says, or the session, until more would come: none will."""
        return b""

    def say(self, data: bytes) -> None:
        """The peer is to be sent this."""
        self._said += data

    def said(self) -> bytes:
        """What the peer is to be sent now, each byte once."""
        said, self._said = self._said, b""
        return said
