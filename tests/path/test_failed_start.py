"""A daemon that cannot start leaves nothing behind."""

from __future__ import annotations

import socket

import pytest

from tests.path.tools import in_own_hub, settings_of
from vaurien.daemon import Daemon
from vaurien.errors import ConfigError


def test_a_daemon_that_cannot_start_leaves_nothing_bound() -> None:
    """One of its proxies has no place to listen: the others do not listen either."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        settings = settings_of(
            first=(f"127.0.0.1:{address[1]}", "127.0.0.1:1"),
            second=(f"127.0.0.1:{taken.getsockname()[1]}", "127.0.0.1:1"),
        )
        with pytest.raises(
            ConfigError, match=f"cannot listen on 127.0.0.1:{taken.getsockname()[1]}: address already in use"
        ):
            in_own_hub(lambda: Daemon(settings).start())
        with socket.create_server(address):
            pass
