"""Authority: the throw-away CA of one daemon, and what it signs."""

from __future__ import annotations

import ipaddress
import os
import shutil
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

from vaurien.errors import ConfigError
from vaurien.settings import NO_CRYPTOGRAPHY
from vaurien.tls import contexts

OWN_NAMES = ("localhost", "127.0.0.1", "::1")
KINDS = ("good", "expired", "wrong_name", "untrusted")
"""What a certificate can be. An expired one has ended yesterday; one of a wrong name is another host's; an untrusted
one is signed by a CA that nobody knows."""
WRONG_NAME = "wrong.invalid"


class Authority:
    """Makes certificates. The CA is made when it is first wanted, and stands in a file until `close`."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}
        self._signer: object = None

    @property
    def path(self) -> str:
        """The file with the CA's certificate, for those who are to trust it. Raises `ConfigError` if it cannot be
        made."""
        if self._folder is None:
            self._make()
        return str(self._file("ca.pem"))

    def context(self, host: str, kind: str = "good", alpn: Sequence[str] = ()) -> ssl.SSLContext:
        """For the clients of a proxy that listens at `host`, with a certificate of one of the `KINDS`; always the same
        one. Raises `ConfigError` if it cannot be made."""
        key = (host, kind, *alpn)
        if key not in self._contexts:
            if self._folder is None:
                self._make()
            self._contexts[key] = self._made(host, kind, alpn)
        return self._contexts[key]

    def close(self) -> None:
        """Removes the file. Nothing of it stays."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        self._contexts.clear()

    def _make(self) -> None:
        try:
            from vaurien.tls import certificates  # it needs a package that not everybody has
        except ImportError as exc:
            raise ConfigError("tls_self_signed", NO_CRYPTOGRAPHY) from exc
        signer = certificates.authority()
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="vaurien-"))  # nobody else's, but the CA may be read by all
            self._folder.chmod(0o755)
            self._file("ca.pem").write_bytes(signer.pem())
        except OSError as exc:
            raise ConfigError("tls_self_signed", f"cannot write the CA: {(exc.strerror or str(exc)).lower()}") from exc
        self._signer = signer

    def _made(self, host: str, kind: str, alpn: Sequence[str]) -> ssl.SSLContext:
        from vaurien.tls import certificates

        signer = certificates.authority() if kind == "untrusted" else self._signer
        assert isinstance(signer, certificates.Certificate)
        names = [WRONG_NAME] if kind == "wrong_name" else names_of(host)
        file = self._file("certificate.pem")
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(certificates.issued(signer, names, ended=kind == "expired").pem(with_key=True))
        try:
            context = contexts.accepting(str(file))
        finally:
            file.unlink()
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    def _file(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / name


def names_of(host: str) -> list[str]:
    """The names for which a proxy that listens at `host` has a certificate."""
    names = list(OWN_NAMES)
    try:
        named = not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        named = bool(host)
    return [*names, host] if named and host not in names else names
