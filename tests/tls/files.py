"""A CA of the tests' own with certificates in files, and contexts of Python's ssl that use them."""

from __future__ import annotations

import ssl
from pathlib import Path

from vaurien.tls.authority import OWN_NAMES
from vaurien.tls.certificates import Certificate, authority, issued


class Files:
    """`ca` and `cert` are paths; the second has its key in it. So has `bare` none, and `key` is it alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = authority("tests")
        self.ca = self.write("ca.pem", self.signer.pem())
        own = issued(self.signer, OWN_NAMES)
        self.cert = self.write("cert.pem", own.pem(with_key=True))
        self.bare = self.write("bare.pem", own.pem())
        self.key = self.write("key.pem", own.pem(with_key=True).partition(b"-----BEGIN CERT")[0])

    def write(self, name: str, content: bytes, mode: int = 0o600) -> str:
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(mode)
        return str(path)

    def issue(self, name: str, *hosts: str, by: Certificate | None = None, ended: bool = False) -> str:
        """The path of another certificate."""
        made = issued(by or self.signer, hosts or OWN_NAMES, ended)
        return self.write(name, made.pem(with_key=True))

    def client(self) -> ssl.SSLContext:
        """Trusts the CA."""
        return ssl.create_default_context(cafile=self.ca)

    def server(self, cert: str | None = None) -> ssl.SSLContext:
        """Shows the certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert or self.cert)
        return context
