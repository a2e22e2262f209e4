"""The ``tls_untrusted`` session handler: a certificate that is signed by an unknown authority."""

from __future__ import annotations

from vaurien.session_handlers.showing import ShowsCertificate


class TlsUntrusted(ShowsCertificate):
    """Shows the client a certificate signed by an authority that nobody knows.

    The proxy must speak TLS with its clients. One that does not look at certificates notices nothing, and the session
    goes on.
    """

    name = "tls_untrusted"
    kind = "untrusted"
