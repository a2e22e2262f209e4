"""HAProxy as a peer: one thread, TCP mode, splicing as suits what will pass."""

import contextlib
from collections.abc import Iterator

from benchmarks.executables import program
from benchmarks.limits import SPARE, open_files
from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.ports import free_port
from benchmarks.processes import running

MAX_CONNECTIONS = 20_000
# Only the few bulk streams splice. HAProxy's own default, maxconn/4, would take descriptors from the idle sessions.
MAX_PIPES = 100
CONFIG = """\
global
    nbthread 1
    maxconn {max_connections}
    maxpipes {max_pipes}
{bulk_globals}defaults
    mode tcp
{splice}    timeout connect 60s
    timeout client 60s
    timeout server 60s
listen benchmark
    bind 127.0.0.1:{local}
    server backend 127.0.0.1:{distant}
"""
# splice-auto leaves it to heuristics, which splice next to nothing of a stream that comes as fast as it is read; so in
# bulk HAProxy is told to splice all, both ways, through pipes as large as Vaurien's.
SPLICE_ALL = "    option splice-request\n    option splice-response\n"
LARGE_PIPES = "    tune.pipesize 1048576\n"
SPLICE_BY_HEURISTICS = "    option splice-auto\n"


def configuration(local: int, distant: int, bulk: bool) -> str:
    """The text of its configuration file."""
    # HAProxy refuses to start when the system does not allow the descriptors that its two limits ask for. Half of
    # SPARE stays for its own use and the other half makes sure that it holds a few sessions more than are opened.
    max_connections = min(MAX_CONNECTIONS, (open_files() - SPARE // 2 - 2 * MAX_PIPES) // 2)
    return CONFIG.format(
        max_connections=max_connections,
        max_pipes=MAX_PIPES,
        bulk_globals=LARGE_PIPES if bulk else "",
        splice=SPLICE_ALL if bulk else SPLICE_BY_HEURISTICS,
        local=local,
        distant=distant,
    )


@contextlib.contextmanager
def haproxy(place: Place) -> Iterator[Endpoint]:
    """HAProxy in the foreground."""
    local = free_port()
    config = place.directory / "haproxy.cfg"
    config.write_text(configuration(local, place.distant, place.bulk))
    with running("haproxy", [program("haproxy"), "-db", "-f", str(config)], place.directory) as process:
        yield Endpoint(local, process)


HAPROXY = Peer("haproxy", "HAProxy", haproxy, program="haproxy")
