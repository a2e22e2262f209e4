"""Redis, nothing written to disk."""

from pathlib import Path

from tests.servers.base import Server, exchange


class Redis(Server):
    """A Redis server without persistence. `DEBUG` is allowed, so that tests can compare whole data sets."""

    program = "redis-server"
    package = "redis-server"

    def __init__(self, *options: str) -> None:
        """`options`: further directives, such as `"--replicaof", "127.0.0.1 6379"`."""
        self.options = options

    def command(self) -> list[str | Path]:
        self.unix_path = self.folder / "redis.sock"
        listen: list[str | Path] = ["--bind", self.host, "--port", str(self.port), "--unixsocket", self.unix_path]
        memory_only: list[str | Path] = ["--save", "", "--appendonly", "no", "--dir", self.folder]
        # The first bulk transfer to a replica waits five seconds for more replicas by default.
        quick = ["--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes"]
        return [self.binary, *listen, *memory_only, *quick, *self.options]

    def answers(self) -> bool:
        info = exchange((self.host, self.port), b"INFO server\r\nQUIT\r\n")
        return f"\r\nprocess_id:{self.process.pid}\r\n".encode() in info
