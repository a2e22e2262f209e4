"""Address: where a proxy listens or sends, as users write it: ``host:port``, ``[::1]:port``, ``unix:/path``."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field
from typing import Any

FORM = "write HOST:PORT, [IPV6]:PORT or unix:/PATH"


@dataclass(frozen=True)
class Address:
    """A host (name or number) and a port from 0 to 65535, or the path of a Unix socket (then the port is 0). `found` is
    what a name that was looked up stands for: family and socket address."""

    host: str = ""
    port: int = 0
    path: str = ""
    found: tuple[int, Any] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that `text` names. Raises `ValueError` that quotes it and says what is allowed."""
        text = text.strip()
        if text.startswith("unix:"):
            path = text.removeprefix("unix:")
            if not path or "\0" in path or len(path.encode(errors="replace")) > 107 or not path.isprintable():
                raise ValueError(f"{text!r} is no path of a Unix socket, which has 1 to 107 bytes: {FORM}")
            return cls(path=path)
        host, colon, port = text.rpartition(":")
        if not colon:
            raise ValueError(f"{text!r} has no port: {FORM}")
        if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65536):
            raise ValueError(f"{port!r} in {text!r} is no port from 0 to 65535: {FORM}")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
            _check_ipv6(host, text)
        elif "://" in host:
            raise ValueError(f"{text!r} is no address but a URL: {FORM}, without {host.partition('//')[0]}//")
        elif ":" in host:
            raise ValueError(f"{text!r} is ambiguous: {FORM}")
        if len(host) > 253:
            raise ValueError(f"a host of {len(host)} characters is too long: it has 253 at most; {FORM}")
        if any(not character.isprintable() or character in " /[]@" for character in host):
            raise ValueError(f"{host!r} in {text!r} is no host: {FORM}")
        try:
            host.encode("idna")
        except UnicodeError as exc:
            raise ValueError(f"{host!r} in {text!r} is no host: {FORM}") from exc
        return cls(host, int(port))

    @classmethod
    def of(cls, name: Any) -> Address:
        """The address that a socket's ``getsockname()`` or ``getpeername()`` stands for."""
        if isinstance(name, tuple):
            return cls(name[0], name[1])
        path = name.decode(errors="replace") if isinstance(name, bytes) else name
        return cls(path=path or "(unnamed)")

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def literal(self) -> tuple[int, Any] | None:
        """Family and socket address where no name has to be looked up; None for a name that was not yet."""
        if self.found is not None:
            return self.found
        if self.path:
            return socket.AF_UNIX, self.path
        try:
            number = ipaddress.ip_address(self.host)
        except ValueError:
            return None
        if number.version == 4:
            return socket.AF_INET, (self.host, self.port)
        scope = getattr(number, "scope_id", None)
        host = self.host.partition("%")[0]
        return socket.AF_INET6, (host, self.port, 0, socket.if_nametoindex(scope) if scope else 0)


def address(text: str) -> Address:
    """HOST:PORT, [IPV6]:PORT or unix:/PATH.

    The type of options that are addresses: `Address.parse`.
    """
    return Address.parse(text)


def _check_ipv6(host: str, text: str) -> None:
    try:
        scope = ipaddress.IPv6Address(host).scope_id
        if scope:
            socket.if_nametoindex(scope)
    except ValueError as exc:
        raise ValueError(f"{host!r} in {text!r} is no IPv6 address: {FORM}") from exc
    except OSError as exc:
        raise ValueError(f"{text!r}: this machine has no interface {scope!r}") from exc
