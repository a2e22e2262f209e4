"""HAProxy as a plain TCP proxy."""

from pathlib import Path

from tests.servers.base import Server, exchange

CONFIG = """\
global
    nbthread 1
    maxconn 8000
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen relay
    bind {host}:{port}
    server backend {distant}
listen alive
    bind unix@{folder}/alive.sock
    mode http
    monitor-uri /
"""


class HAProxy(Server):
    """Relays its port to `distant` ("host:port"), with one thread."""

    program = "haproxy"
    package = "haproxy"

    def __init__(self, distant: str) -> None:
        self.backend = distant

    def command(self) -> list[str | Path]:
        self.alive = self.folder / "alive.sock"
        config = self.folder / "haproxy.cfg"
        config.write_text(CONFIG.format(folder=self.folder, host=self.host, port=self.port, distant=self.backend))
        return [self.binary, "-db", "-f", config]

    def answers(self) -> bool:
        # Asked on the unix socket in our own folder: all listeners are bound before any of them accepts.
        return b" 200 " in exchange(self.alive, b"GET / HTTP/1.0\r\n\r\n")
