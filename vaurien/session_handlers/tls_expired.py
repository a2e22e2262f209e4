"""The ``tls_expired`` session handler: a certificate that has expired."""

from __future__ import annotations

from vaurien.session_handlers.showing import ShowsCertificate


class TlsExpired(ShowsCertificate):
    """Shows the client a certificate whose time was over yesterday.

    The proxy must speak TLS with its clients. A client sees this fault alone if it trusts who signs: Vaurien's own
    authority, whose file is printed at the start. One that does not look at certificates notices nothing, and the
    session goes on.
    """

    name = "tls_expired"
    kind = "expired"
