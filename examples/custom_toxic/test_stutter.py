"""What the toxic does, without any proxy and with one. In this folder, with pytest installed: python -m pytest"""

import socket
import subprocess
import sys
import threading
import time

import pytest
from stutter import Stutter

from vaurien.toxics import Chunk


def steps(toxic):
    """What it does with one chunk that has come just now."""
    return list(toxic.shape(Chunk(b"hello", arrived_at=time.monotonic(), ordinal=1)))


def test_at_first_bytes_pass():
    assert steps(Stutter({"on": 60_000})) == []


def test_then_they_are_held_until_the_time_is_over():
    toxic = Stutter({"on": 0, "off": 60_000})
    (pause,) = steps(toxic)
    assert 59 < pause <= 60


def test_values_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="off"):
        Stutter.check({"on": 0, "off": 0})


@pytest.fixture
def address():
    """Vaurien with the toxic, before a backend that says everything back."""
    with socket.create_server(("127.0.0.1", 0)) as backend:
        threading.Thread(target=echo, args=(backend,), daemon=True).start()
        ends = ["--local", "127.0.0.1:0", "--distant", f"127.0.0.1:{backend.getsockname()[1]}"]
        toxic = ["--toxics.stutter.Stutter.on", "0", "--toxics.stutter.Stutter.off", "300"]
        command = [sys.executable, "-m", "vaurien", *ends, *toxic]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vaurien:
            try:
                host, _, port = vaurien.stdout.readline().split()[2].rpartition(":")  # proxy default: HOST:PORT -> …
                yield host, int(port)
            finally:
                vaurien.terminate()


def echo(backend):
    connection, _ = backend.accept()
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)


def test_a_client_gets_all_of_it_late(address):
    with socket.create_connection(address, timeout=10) as client:
        started = time.monotonic()
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"
        first = time.monotonic()
        client.sendall(b"again")
        assert client.recv(100) == b"again"
    assert first - started < 10
    assert time.monotonic() - first > 0.2
