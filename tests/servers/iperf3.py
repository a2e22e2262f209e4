"""iperf3, the server side of the bulk-transfer tool."""

from pathlib import Path

from tests.servers.base import Server


class Iperf3(Server):
    """Serves one test after the other."""

    program = "iperf3"
    package = "iperf3"

    def command(self) -> list[str | Path]:
        return [self.binary, "--server", "--forceflush", "--bind", self.host, "--port", str(self.port)]

    def answers(self) -> bool:
        # It is not asked: a connection that brings no test would count as a failed one.
        return f"Server listening on {self.port}" in self.log
