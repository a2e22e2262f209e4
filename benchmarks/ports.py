"""TCP ports on 127.0.0.1: a free one to listen on, and whether somebody listens there."""

import random
import socket
from pathlib import Path

from benchmarks.errors import BenchmarkError

# Below Linux' default range for outgoing connections (32768 and up): the runs make tens of thousands of those per
# second, and one of them could take a port between our choosing it and a server's binding it.
CANDIDATES = range(20_000, 30_000)
ATTEMPTS = 100
LISTEN = "0A"  # the state column of /proc/net/tcp


def free_port() -> int:
    """A port that nobody is bound to at this moment; nothing reserves it."""
    for port in random.sample(CANDIDATES, ATTEMPTS):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise BenchmarkError(f"no free port among {ATTEMPTS} tried from {CANDIDATES.start} to {CANDIDATES.stop - 1}")


def is_listening(port: int) -> bool:
    """Whether a socket listens on 127.0.0.1 or 0.0.0.0 at `port`.

    Read from the kernel's table: a connection made to find out would be a session of the proxy, and iperf3's server
    takes it for a broken test.
    """
    wanted = {f"0100007F:{port:04X}", f"00000000:{port:04X}"}
    with Path("/proc/net/tcp").open() as table:
        next(table)
        for line in table:
            columns = line.split()
            if columns[1] in wanted and columns[3] == LISTEN:
                return True
    return False
