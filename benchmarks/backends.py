"""The servers behind the proxies: nginx, Redis and iperf3, on 127.0.0.1, without a file outside `directory`.

Every measurement starts its own, on its own port, so that nothing (connections in TIME_WAIT, a test that iperf3's
server believes unfinished) is handed from one peer's turn to the next.
"""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.executables import find
from benchmarks.ports import free_port, is_listening
from benchmarks.processes import Process, running

Backend = Callable[[Path], contextlib.AbstractContextManager[tuple[Process, int]]]

REDIS_CLIENTS = 20_000
# redis-benchmark's GET asks for the key of this literal name when it is told no key range; it has to exist, else
# each answer would be the shorter "nothing there". 3 bytes is redis-benchmark's own default size of a value.
REDIS_KEY, REDIS_VALUE = "key:__rand_int__", "xxx"

# One process in the foreground (master_process off: a master that is killed would leave its worker behind, and only a
# master reads `user`). keepalive_requests: nginx' default closes a connection after 1 000 requests, and keep-alive
# would be measured with a share of new connections in it. The header timeout outlives any idle session of a run.
NGINX_CONFIG = """\
daemon off;
master_process off;
worker_processes 1;
error_log stderr warn;
pid nginx.pid;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_requests 1000000000;
    client_header_timeout 600s;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ return 200 "Hello, world.\\n"; }}
    }}
}}
"""


def _program(name: str) -> str:
    path = find(name)
    if path is None:
        raise BenchmarkError(f"{name} is not installed")
    return path


@contextlib.contextmanager
def nginx(directory: Path) -> Iterator[tuple[Process, int]]:
    """nginx with one worker that answers every request with a dozen bytes from memory."""
    port = free_port()
    (directory / "nginx.conf").write_text(NGINX_CONFIG.format(port=port))
    argv = [_program("nginx"), "-p", str(directory), "-c", str(directory / "nginx.conf"), "-e", "stderr"]
    with running("nginx", argv, directory) as process:
        process.wait_until(lambda: is_listening(port))
        yield process, port


@contextlib.contextmanager
def redis(directory: Path) -> Iterator[tuple[Process, int]]:
    """Redis without persistence, holding the one key that redis-benchmark asks for."""
    port = free_port()
    argv = [
        _program("redis-server"),
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no",
        "--timeout",
        "0",
        "--maxclients",
        str(REDIS_CLIENTS),
    ]
    with running("redis-server", argv, directory) as process:
        process.wait_until(lambda: is_listening(port))
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(f"SET {REDIS_KEY} {REDIS_VALUE}\r\n".encode())
            answer = client.recv(64)
        if answer != b"+OK\r\n":
            raise BenchmarkError(f"redis-server answered SET with {answer!r}")
        yield process, port


@contextlib.contextmanager
def iperf3(directory: Path) -> Iterator[tuple[Process, int]]:
    """iperf3's server, which takes one test at a time."""
    port = free_port()
    argv = [_program("iperf3"), "--server", "--bind", "127.0.0.1", "--port", str(port)]
    with running("iperf3-server", argv, directory) as process:
        process.wait_until(lambda: is_listening(port))
        yield process, port
