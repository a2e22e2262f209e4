"""The ``tls_wrong_name`` session handler: a certificate that is that of another host."""

from __future__ import annotations

from vaurien.session_handlers.showing import ShowsCertificate


class TlsWrongName(ShowsCertificate):
    """Shows the client a certificate of another host, ``wrong.invalid``.

    The proxy must speak TLS with its clients. A client sees this fault alone if it trusts who signs: Vaurien's own
    authority, whose file is printed at the start. One that does not look at certificates notices nothing, and the
    session goes on.
    """

    name = "tls_wrong_name"
    kind = "wrong_name"
