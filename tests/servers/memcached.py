"""Memcached, TCP only."""

from pathlib import Path

from tests.servers.base import Server, exchange


class Memcached(Server):
    """A memcached that takes values of up to 8 MB."""

    program = "memcached"
    package = "memcached"
    account = "nobody"

    def command(self) -> list[str | Path]:
        return [self.binary, "-l", self.host, "-p", str(self.port), "-U", "0", "-m", "128", "-I", "8m"]

    def answers(self) -> bool:
        stats = exchange((self.host, self.port), b"stats\r\nquit\r\n")
        return f"STAT pid {self.process.pid}\r\n".encode() in stats
