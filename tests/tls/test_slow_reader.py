"""A peer that does not read what comes by TLS stops the other; the daemon's memory stays small, and nothing is lost."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.path.test_slow_reader import MOST, Sender, digest_of_body, digest_of_rest, memory
from tests.path.tools import together
from tests.program import program
from tests.running import DEADLINE
from tests.tls.files import Files

ENOUGH = 1_000_000
"""What fits into the buffers of sockets, at the least."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux's /proc")
@pytest.mark.parametrize("to_backend", [False, True], ids=["to_client", "to_backend"])
def test_memory_is_bounded_and_nothing_is_lost(files: Files, to_backend: bool) -> None:
    """Whoever speaks TLS is the one that does not read."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        program(*options(files, to_backend), "--distant", f"127.0.0.1:{listener.getsockname()[1]}") as vaurien,
        socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE) as client,
    ):
        backend, reader = met(files, listener, client, to_backend)
        with backend, reader:
            sender = Sender(client if to_backend else backend)
            before = memory(vaurien.process.pid, "VmRSS")
            sender.send_until_stalled()
            assert sender.sent > ENOUGH
            assert memory(vaurien.process.pid, "VmHWM") - before < MOST
            _, digest = together(sender.send_rest, lambda: digest_of_rest(reader))
            assert digest == digest_of_body()
            assert memory(vaurien.process.pid, "VmHWM") - before < MOST


def options(files: Files, to_backend: bool) -> list[str]:
    tls = ["--distant-tls", "yes", "--distant-ca", files.ca] if to_backend else ["--tls-cert", files.cert]
    return ["--local", "127.0.0.1:0", *tls]


def met(files: Files, listener: socket.socket, client: socket.socket, to_backend: bool) -> tuple[Any, Any]:
    """The backend's plain connection, and the reader's by TLS, when the handshake is over."""
    if to_backend:
        backend, _ = listener.accept()
        backend.settimeout(DEADLINE)
        reader: Any = files.server().wrap_socket(backend, server_side=True)
    else:
        reader = files.client().wrap_socket(client, server_hostname="localhost")
        backend, _ = listener.accept()
        backend.settimeout(DEADLINE)
    return backend, reader
