"""TLS settings: the certificates that a proxy shows and trusts, read and checked."""

from __future__ import annotations

import importlib.util
import os
import ssl
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vaurien.address import Address
from vaurien.errors import ConfigError
from vaurien.given import Values, value
from vaurien.options import Option
from vaurien.settings import NO_CRYPTOGRAPHY, TlsSettings
from vaurien.tls import contexts

TLS_OPTIONS: dict[str, Option] = {
    "tls_cert": Option("A PEM file with the certificate that clients are shown, and those that sign it", str, None),
    "tls_key": Option("A PEM file with its key, for its owner's eyes only; in tls_cert's file if not given", str, None),
    "tls_self_signed": Option("Whether clients are shown a certificate that is made at the start", bool, False),
    "tls_implicit": Option("Whether it begins at once, not as the protocol begins it (SMTP's port 465)", bool, False),
    "distant_tls": Option("Whether the backend is spoken to by TLS", bool, False),
    "distant_tls_implicit": Option("Whether that begins at once, not as the protocol begins it", bool, False),
    "distant_ca": Option("A PEM file with those to be trusted to sign its certificate; else the system's", str, None),
    "distant_name": Option("The name that its certificate must have; else the host in distant", str, None),
    "distant_cert": Option("A PEM file with the certificate that it is shown", str, None),
    "distant_key": Option("A PEM file with the key of that; in distant_cert's file if not given", str, None),
    "distant_verify": Option("Whether its certificate is checked: false is for tests only", bool, True),
}  # fmt: skip
"""What proxies have of TLS."""
KEYS_OF = {"tls_cert": "tls_key", "distant_cert": "distant_key"}
"""The option that says where the key of a certificate is."""


def tls_settings(values: Values, distant: Address, alpn: tuple[str, ...]) -> TlsSettings:
    """What a proxy is told of TLS, whose backend is at `distant` and whose protocol has the names `alpn`.

    Raises `ConfigError` for what is wrong, or cannot be read.
    """
    found = {name: value(name, option, values) or option.default for name, option in TLS_OPTIONS.items()}
    found["distant_verify"] = value("distant_verify", TLS_OPTIONS["distant_verify"], values)
    _check_together(values, found)
    client = backend = None
    if found["tls_cert"]:
        check_secret(values, found, "tls_key", "tls_cert")
        client = _loaded(values, found, "tls_cert", lambda path: contexts.accepting(path, found["tls_key"]))
    if found["distant_tls"]:
        backend = _backend_context(values, found)
        if found["distant_verify"] and not (found["distant_name"] or distant.host) and "distant" in values:
            raise ConfigError(
                values["distant"].where, "a socket has no name to be verified: say which, as distant_name"
            )
    for context in (client, backend):
        if context is not None and alpn:
            context.set_alpn_protocols(list(alpn))
    return TlsSettings(
        cert=found["tls_cert"],
        key=found["tls_key"],
        self_signed=found["tls_self_signed"],
        implicit=found["tls_implicit"],
        distant=found["distant_tls"],
        distant_implicit=found["distant_tls_implicit"],
        distant_ca=found["distant_ca"],
        distant_name=found["distant_name"],
        distant_cert=found["distant_cert"],
        distant_key=found["distant_key"],
        verify=found["distant_verify"],
        client_context=client,
        backend_context=backend,
    )


def _check_together(values: Values, found: dict[str, Any]) -> None:
    """Raises `ConfigError` for what means nothing without something else, or beside it."""
    if found["tls_cert"] and found["tls_self_signed"]:
        raise ConfigError(values["tls_self_signed"].where, "there is a tls_cert already: give one of them")
    if found["tls_self_signed"] and importlib.util.find_spec("cryptography") is None:
        raise ConfigError(values["tls_self_signed"].where, NO_CRYPTOGRAPHY)
    for name, needed in ((key, cert) for cert, key in KEYS_OF.items()):
        if found[name] and not found[needed]:
            raise ConfigError(values[name].where, f"means nothing without {needed}: say where the certificate is")
    for name in ("distant_tls_implicit", "distant_ca", "distant_name", "distant_cert", "distant_verify"):
        if name in values and not found["distant_tls"]:
            raise ConfigError(values[name].where, "means nothing without distant_tls, which is false")
    if found["distant_ca"] and not found["distant_verify"]:
        raise ConfigError(values["distant_ca"].where, "means nothing where distant_verify is false")


def _backend_context(values: Values, found: dict[str, Any]) -> ssl.SSLContext:
    context = contexts.reaching(found["distant_verify"])
    if found["distant_verify"]:
        if found["distant_ca"]:
            _loaded(values, found, "distant_ca", lambda path: context.load_verify_locations(path))
        else:
            context.load_default_certs()
    if found["distant_cert"]:
        check_secret(values, found, "distant_key", "distant_cert")
        key = found["distant_key"]
        _loaded(values, found, "distant_cert", lambda path: contexts.show(context, path, key))
    return context


def check_secret(values: Values, found: dict[str, Any], key: str, cert: str) -> None:
    """Raises `ConfigError` if others than its owner can read the file with the key, which may be the certificate's."""
    name = key if found[key] else cert
    path = found[name]
    where = values[name].where
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            has_key = name == key or b"PRIVATE KEY" in file.read()
    except (OSError, ValueError) as exc:
        raise ConfigError(where, f"cannot read {path!r}: {_reason(exc)}") from exc
    if not has_key:
        raise ConfigError(where, f"{path!r} has no key: say where it is, as {key}")
    if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(status.st_mode)
        raise ConfigError(where, f"{path!r} has a key that others can read (mode {mode:o}): chmod 600 it")


def _loaded(values: Values, found: dict[str, Any], name: str, load: Callable[[str], Any]) -> Any:
    """What `load` makes of the file. Raises `ConfigError`."""
    where, path = values[name].where, found[name]
    try:
        with open(path, "rb"):
            pass
        return load(path)
    except ssl.SSLError as exc:
        if name == "distant_ca":
            raise ConfigError(where, f"{path!r} has no certificate in PEM form that could be trusted") from exc
        raise _unusable(values, found, KEYS_OF[name], name, exc) from exc
    except (OSError, ValueError) as exc:
        raise ConfigError(where, f"cannot read {path!r}: {_reason(exc)}") from exc


def _unusable(values: Values, found: dict[str, Any], key: str, cert: str, exc: ssl.SSLError) -> ConfigError:
    """What is wrong with a certificate and its key, told of the file in which it is."""
    holder = key if found[key] else cert
    path, where = found[cert], values[holder].where
    if exc.reason == "KEY_VALUES_MISMATCH":
        return ConfigError(where, f"the key in {found[holder]!r} is not that of the certificate in {path!r}")
    if b"CERTIFICATE-----" not in Path(path).read_bytes():
        return ConfigError(values[cert].where, f"{path!r} has no certificate in PEM form")
    secret = Path(found[holder]).read_bytes()
    if b"PRIVATE KEY-----" not in secret:
        return ConfigError(where, f"{found[holder]!r} has no key in PEM form")
    if b"ENCRYPTED" in secret:
        return ConfigError(where, f"{found[holder]!r} has a key with a password: write it without one")
    return ConfigError(where, f"{path!r} and its key cannot be used: {_reason(exc)}")


def _reason(exc: Exception) -> str:
    if isinstance(exc, ssl.SSLError):
        return (exc.reason or "not in PEM form").lower().replace("_", " ")
    return (getattr(exc, "strerror", None) or str(exc)).lower()
