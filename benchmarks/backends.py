"""The servers behind the proxies, on 127.0.0.1, without a file outside `directory`.

Every measurement starts its own, on its own port, so that nothing (connections in TIME_WAIT, a test that iperf3's
server believes unfinished) is handed from one peer's turn to the next.
"""

import contextlib
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.executables import program
from benchmarks.ports import free_port, is_listening
from benchmarks.processes import ROOT, Process, running
from vaurien.tls.authority import OWN_NAMES
from vaurien.tls.certificates import authority, issued

Backend = Callable[[Path], contextlib.AbstractContextManager[tuple[Process, int]]]

REDIS_CLIENTS = 20_000
# redis-benchmark's GET asks for the key of this literal name when it is told no key range; it has to exist, else
# each answer would be the shorter "nothing there".
REDIS_KEY = "key:__rand_int__"
# redis-benchmark's own default.
REDIS_VALUE_SIZE = 3  # bytes

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
        listen 127.0.0.1:{port}{ssl} backlog=4096;
        {tls}
        location / {{ return 200 "Hello, world.\\n"; }}
    }}
}}
"""


@contextlib.contextmanager
def nginx(directory: Path, tls: str = "") -> Iterator[tuple[Process, int]]:
    """nginx with one worker that answers every request with a dozen bytes from memory."""
    port = free_port()
    (directory / "nginx.conf").write_text(NGINX_CONFIG.format(port=port, ssl=" ssl" if tls else "", tls=tls))
    argv = [program("nginx"), "-p", str(directory), "-c", str(directory / "nginx.conf"), "-e", "stderr"]
    with running("nginx", argv, directory) as process:
        process.wait_until(lambda: is_listening(port))
        yield process, port


@contextlib.contextmanager
def https(directory: Path) -> Iterator[tuple[Process, int]]:
    """The same by TLS, with a certificate that nobody trusts."""
    certificate = directory / "certificate.pem"
    certificate.write_bytes(issued(authority(), OWN_NAMES).pem(with_key=True))
    certificate.chmod(0o600)
    shown = f"ssl_certificate {certificate}; ssl_certificate_key {certificate};"
    with nginx(directory, shown) as server:
        yield server


@contextlib.contextmanager
def redis(directory: Path, value_size: int = REDIS_VALUE_SIZE) -> Iterator[tuple[Process, int]]:
    """Redis without persistence, holding the one key that redis-benchmark asks for, with so many bytes."""
    port = free_port()
    argv = [
        program("redis-server"),
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
            head = f"*3\r\n$3\r\nSET\r\n${len(REDIS_KEY)}\r\n{REDIS_KEY}\r\n${value_size}\r\n"
            client.sendall(head.encode() + b"x" * value_size + b"\r\n")
            answer = client.recv(64)
        if answer != b"+OK\r\n":
            raise BenchmarkError(f"redis-server answered SET with {answer!r}")
        yield process, port


@contextlib.contextmanager
def iperf3(directory: Path) -> Iterator[tuple[Process, int]]:
    """iperf3's server, which takes one test at a time."""
    port = free_port()
    argv = [program("iperf3"), "--server", "--bind", "127.0.0.1", "--port", str(port)]
    with running("iperf3-server", argv, directory) as process:
        process.wait_until(lambda: is_listening(port))
        yield process, port


@contextlib.contextmanager
def echo(directory: Path) -> Iterator[tuple[Process, int]]:
    """The small server of `echo.py`."""
    port = free_port()
    with running("echo", [sys.executable, "-m", "benchmarks.echo", str(port)], directory, ROOT) as process:
        process.wait_until(lambda: is_listening(port))
        yield process, port
