"""The text protocol of memcached, directly and through Vaurien."""

import random
import socket
import time
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from tests.program import Program
from tests.real.through import SLEEP, through_delay, through_dummy
from tests.servers.memcached import Memcached

LARGE = random.Random(10).randbytes(4_000_000)

# Each is answered before the next is sent.
REQUESTS = [
    b"flush_all\r\n",
    b"set small 7 0 5\r\nhello\r\n",
    b"get small\r\n",
    b"get small absent other\r\n",
    b"append small 0 0 6\r\n world\r\n",
    b"gets absent\r\n",
    b"add small 0 0 1\r\nx\r\n",
    b"replace absent 0 0 1\r\nx\r\n",
    b"set number 0 0 2\r\n41\r\n",
    b"incr number 1\r\n",
    b"decr number 100\r\n",
    b"incr small 1\r\n",
    b"delete number\r\n",
    b"delete number\r\n",
    b"touch small 1000\r\n",
    b"set large 0 0 %d\r\n%s\r\n" % (len(LARGE), LARGE),
    b"get large\r\n",
    b"set large 0 0 9000000\r\n" + b"x" * 9_000_000 + b"\r\n",
    b"nonsense\r\n",
    b"set small 0 0 -1\r\n",
]


@pytest.fixture(scope="module")
def dummy(memcached_server: Memcached) -> Iterator[Program]:
    with through_dummy(memcached_server) as vaurien:
        yield vaurien


@pytest.fixture(scope="module")
def delay(memcached_server: Memcached) -> Iterator[Program]:
    with through_delay(memcached_server) as vaurien:
        yield vaurien


def answers(port: int, requests: list[bytes]) -> list[bytes]:
    """What the server says to each request, in one session."""
    said = []
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock, sock.makefile("rb") as lines:
        for request in requests:
            sock.sendall(request)
            said.append(read_answer(lines))
        sock.sendall(b"quit\r\n")
        assert lines.read() == b""
    return said


def read_answer(lines: BinaryIO) -> bytes:
    """One line, or any number of values and the line after them."""
    answer = [lines.readline()]
    while answer[-1].startswith(b"VALUE "):
        answer.append(lines.read(int(answer[-1].split()[3]) + 2))
        answer.append(lines.readline())
    return b"".join(answer)


def test_requests_of_every_kind_answer_as_directly(memcached_server: Memcached, dummy: Program) -> None:
    direct = answers(memcached_server.port, REQUESTS)
    assert direct[2] == b"VALUE small 7 5\r\nhello\r\nEND\r\n"
    assert direct[16] == b"VALUE large 0 %d\r\n%s\r\nEND\r\n" % (len(LARGE), LARGE)
    assert direct[17].startswith(b"SERVER_ERROR object too large")
    assert answers(dummy.port, REQUESTS) == direct


def test_a_pipeline_is_answered_in_order(dummy: Program) -> None:
    stored = b"".join(b"set key%d 0 0 %d noreply\r\n%d\r\n" % (n, len(b"%d" % n), n) for n in range(20_000))
    asked = b"get " + b" ".join(b"key%d" % n for n in range(0, 20_000, 100)) + b"\r\n"
    expected = b"".join(b"VALUE key%d 0 %d\r\n%d\r\n" % (n, len(b"%d" % n), n) for n in range(0, 20_000, 100))
    assert answers(dummy.port, [stored + asked]) == [expected + b"END\r\n"]


def test_every_round_trip_is_delayed(memcached_server: Memcached, delay: Program) -> None:
    short = [request for request in REQUESTS if len(request) < 1000]
    direct = answers(memcached_server.port, short)
    began = time.monotonic()
    assert answers(delay.port, short) == direct
    assert len(short) * SLEEP <= time.monotonic() - began < 20
