"""Contexts: what TLS is allowed to be, towards clients and towards backends."""

from __future__ import annotations

import ssl


def accepting(cert: str, key: str | None = None) -> ssl.SSLContext:
    """For clients, who are shown the certificate in the file `cert`; its key is in `key`, or in `cert`, too.

    Raises `ssl.SSLError`, `OSError` or `ValueError` if they cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(cert, key, _no_word)
    return context


def reaching(verify: bool) -> ssl.SSLContext:
    """For backends. It trusts nobody yet; with `verify` false it lets anybody pass."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.options |= ssl.OP_NO_RENEGOTIATION
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def show(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    """The peer that asks for a certificate is shown this one. Raises as `accepting`."""
    context.load_cert_chain(cert, key, _no_word)


def _no_word() -> str:
    """The password of a key that has one: nobody can be asked for it, and OpenSSL must not ask the terminal."""
    return ""
