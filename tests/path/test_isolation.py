"""No byte of one session ever turns up in another, while clients and backends leave in mid-stream."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.path.crowd import Peer, Stream, pump
from tests.path.tools import DUMMY, HALF_DELAYED, HALF_PASSING, Way, wait_no_sessions
from tests.running import DEADLINE, Running, running
from vaurien.pipes import Pipe, PipePool

SESSIONS = 100
ROUNDS = 3


class Watched:
    """What the pool of pipes was asked for: how often, how many different pipes, how many came back with bytes in."""

    def __init__(self, pool: PipePool) -> None:
        self.takes = 0
        self.discards = 0
        self.different: set[Pipe] = set()
        self._take, self._discard = pool.take, pool.discard
        pool.take, pool.discard = self.take, self.discard  # type: ignore[method-assign]

    def take(self) -> Pipe | None:
        pipe = self._take()
        if pipe is not None:
            self.takes += 1
            self.different.add(pipe)
        return pipe

    def discard(self, pipe: Pipe) -> None:
        self.discards += 1
        self._discard(pipe)


def listen_unix(folder: Path) -> tuple[socket.socket, str, str]:
    """A backend's listener, its address, and that of the proxy: between small buffers, in which bytes must wait."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "backend"))
    return listener, f"unix:{folder}/backend", f"unix:{folder}/proxy"


def listen_tcp(folder: Path) -> tuple[socket.socket, str, str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener, f"127.0.0.1:{listener.getsockname()[1]}", "127.0.0.1:0"


def one_round(daemon: Running, listener: socket.socket, number: int, chance: random.Random, opened: ExitStack) -> None:
    """All sessions at once; half of them are cut at some moment, by one side or the other. Fails on a wrong byte."""
    peers: list[Peer] = []
    for session in range(SESSIONS):
        client = opened.enter_context(daemon.connect())
        backend = opened.enter_context(listener.accept()[0])
        questions, answers = Stream(number, session, to_backend=True), Stream(number, session, to_backend=False)
        pair = [Peer(client, questions, answers), Peer(backend, answers, questions)]
        if session % 2:
            chance.choice(pair).leave(chance)
        peers += pair
    mixed = list(peers)
    chance.shuffle(mixed)
    pump(mixed)
    for place, peer in enumerate(peers):
        peer.check(whole=place // 2 % 2 == 0)


@pytest.mark.parametrize("way", [DUMMY, HALF_DELAYED, HALF_PASSING], ids=["dummy", "half_delayed", "half_passing"])
@pytest.mark.parametrize("listen", [listen_unix, listen_tcp], ids=["unix", "tcp"])
def test_sessions_are_cut_and_the_others_arrive_whole(
    way: Way, listen: Callable[[Path], tuple[socket.socket, str, str]], tmp_path: Path
) -> None:
    chance = random.Random(5)
    listener, distant, local = listen(tmp_path)
    with listener:
        listener.settimeout(DEADLINE)
        listener.listen(SESSIONS)
        with running(distant, *way, local=local, seed=5) as daemon, ExitStack() as opened:
            watched = daemon.do(lambda: Watched(daemon.daemon.shared.pipes))
            for number in range(ROUNDS):
                one_round(daemon, listener, number, chance, opened)
                wait_no_sessions(daemon)
                assert daemon.daemon.shared.pipes.taken == 0
    assert watched.takes > len(watched.different) > 0, "no pipe was used twice"
    if listen is listen_unix:
        assert watched.discards > 0, "no session was cut while bytes of it were in a pipe"
