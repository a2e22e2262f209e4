"""Place: where a daemon's control API is, as its URL says."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

FORM = "write http://HOST:PORT or unix:/PATH"


@dataclass(frozen=True)
class Place:
    """A host and a port, or the `path` of a Unix socket."""

    url: str
    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, url: str) -> Place:
        """The place of ``http://HOST:PORT`` or ``unix:/PATH``. Raises `ValueError` that quotes it."""
        if url.startswith("unix:"):
            path = url.removeprefix("unix:")
            if not path or "\0" in path:
                raise ValueError(f"{url!r} is no path of a Unix socket: {FORM}")
            return cls(url, path=path)
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as exc:
            raise ValueError(f"{url!r} is no URL: {FORM}") from exc
        if parts.scheme != "http" or not host or parts.path not in ("", "/"):
            raise ValueError(f"{url!r} is no URL of a control API: {FORM}")
        if parts.username is not None or parts.query or parts.fragment or any(map(str.isspace, host)):
            raise ValueError(f"{url!r} has more than a host and a port: {FORM}")
        return cls(url.rstrip("/"), host, 80 if port is None else port)

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        """A connection that is not connected yet; whoever takes it closes it. `timeout` is in seconds."""
        if self.path:
            return _UnixConnection(self.path, timeout)
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket. The host that it names is the one by which a daemon knows itself."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            found.settimeout(self.timeout)
            found.connect(self._path)
        except BaseException:
            found.close()
            raise
        self.sock = found
