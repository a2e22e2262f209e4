"""Listener: the socket on which a proxy awaits its clients."""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gevent import get_hub

from vaurien.address import Address
from vaurien.errors import ConfigError

BACKLOG = 4096
"""Clients that may wait to be accepted; the kernel has its own upper limit (net.core.somaxconn)."""


def listen(address: Address, where: str) -> socket.socket:
    """A non-blocking socket that listens on `address`. An empty host means every IPv4 interface.

    Raises `ConfigError` that names `where` if it cannot be had. The caller closes it, and calls `remove`.
    """
    family, sockaddr = _found(address, where)
    try:
        if family == socket.AF_UNIX:
            _remove_stale(sockaddr)
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if family != socket.AF_UNIX:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Linux: accepted sockets inherit it
            sock.setblocking(False)
            sock.bind(sockaddr)
            sock.listen(BACKLOG)
        except OSError:
            sock.close()
            raise
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        more = "; choose another port, or 0 for any that is free" if exc.errno == errno.EADDRINUSE else ""
        raise ConfigError(where, f"cannot listen on {address}: {reason}{more}") from exc
    return sock


def look_up(address: Address, where: str) -> Address:
    """The same address with what its name stands for. Blocks this greenlet for as long as that takes; the others go on.

    Raises `ConfigError` that names `where` if there is no such name.
    """
    return replace(address, found=_found(address, where))


def duplicate(sock: socket.SocketType) -> socket.socket:
    """Another socket object for the same listener, which lives until both are closed."""
    return socket.socket(sock.family, sock.type, sock.proto, os.dup(sock.fileno()))


def resolve(address: Address) -> Any:
    """What ``getsockname()`` of a listener on `address` says; None where that cannot be told before it listens."""
    if not address.path and not address.port:
        return None
    try:
        return (address.literal() or _resolved(address))[1]
    except OSError:
        return None


def remove(address: Any) -> None:
    """Removes the file of a Unix socket whose listener is closed; for other addresses there is nothing to do."""
    if isinstance(address, str) and address:
        with suppress(OSError):
            os.unlink(address)


def _found(address: Address, where: str) -> tuple[int, Any]:
    try:
        return address.literal() or _resolved(address)
    except OSError as exc:
        raise ConfigError(where, f"cannot listen on {address}: {(exc.strerror or str(exc)).lower()}") from exc


def _resolved(address: Address) -> tuple[int, Any]:
    if not address.host:
        return socket.AF_INET, ("0.0.0.0", address.port)
    answers = get_hub().resolver.getaddrinfo(address.host, address.port, 0, socket.SOCK_STREAM)
    # a name stands for one listener: IPv4 where it has one, since that is what "localhost" means to most clients
    family, _, _, _, sockaddr = min(answers, key=lambda answer: answer[0] != socket.AF_INET)
    return int(family), sockaddr


def _remove_stale(path: str) -> None:
    """Removes a Unix socket that nobody listens on, left by a process that was killed."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return
    except OSError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        except OSError:
            pass
