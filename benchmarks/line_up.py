"""Who takes turns in the rows that compare proxies, in this order."""

from benchmarks.peers import DIRECT, Peer
from benchmarks.run_haproxy import HAPROXY
from benchmarks.run_toxiproxy import TOXIPROXY
from benchmarks.run_vaurien import VAURIEN

PROXIES: tuple[Peer, ...] = (VAURIEN, HAPROXY, TOXIPROXY)
LINE_UP: tuple[Peer, ...] = (DIRECT, *PROXIES)
