"""Toxiproxy as a peer, played by a program of a few lines that is found on PATH under its name."""

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from benchmarks import backends
from benchmarks.clients import connected
from benchmarks.errors import BenchmarkError
from benchmarks.peers import Place
from benchmarks.ports import is_listening
from benchmarks.run_toxiproxy import TOXIPROXY, with_toxics
from benchmarks.toxic_peers import Toxic, peers

STAND_IN = '''\
#!{python}
"""Speaks as much of the API as creates one proxy and prints toxics, and relays to the address that it is told."""
import http.server, json, os, socket, sys, threading

def pump(source, destination):
    while data := source.recv(65536):
        destination.sendall(data)
    destination.shutdown(socket.SHUT_WR)

def relay(listener, upstream):
    while True:
        client, _ = listener.accept()
        backend = socket.create_connection(upstream)
        for pair in ((client, backend), (backend, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)

class Api(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = 201
        if self.path == "/proxies/benchmark/toxics":
            status = 200 if set(asked) == {{"type", "stream", "attributes"}} else 400
            print(json.dumps(asked), flush=True)
        elif self.path != "/proxies" or set(asked) != {{"name", "listen", "upstream", "enabled"}} or {refuse}:
            status = 409
        else:
            listener = socket.create_server(address(asked["listen"]))
            relaying = (listener, address(asked["upstream"]))
            threading.Thread(target=relay, args=relaying, daemon=True).start()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b'{{"error": "proxy already exists"}}')

assert sys.argv[1:4] == ["-host", "127.0.0.1", "-port"] and os.environ["LOG_LEVEL"] == "warn"
http.server.HTTPServer(("127.0.0.1", int(sys.argv[4])), Api).serve_forever()
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the first on PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return programs


def install(folder: Path, refuse: bool) -> None:
    program = folder / "toxiproxy-server"
    program.write_text(STAND_IN.format(python=sys.executable, refuse=refuse))
    program.chmod(0o755)


def test_it_is_found_on_path_told_of_its_proxy_and_ended(folder: Path, tmp_path: Path) -> None:
    install(folder, refuse=False)
    assert not TOXIPROXY.missing
    with backends.echo(tmp_path) as (_, distant), TOXIPROXY.start(Place(distant, tmp_path)) as endpoint:
        assert endpoint.process is not None
        endpoint.process.wait_until(lambda: is_listening(endpoint.port))
        with connected(endpoint.port, 2) as clients:
            clients.ask_all()
        endpoint.check()
    assert endpoint.process.child.poll() is not None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", endpoint.port)) != 0


def test_it_is_told_of_toxics(folder: Path, tmp_path: Path) -> None:
    install(folder, refuse=False)
    with backends.echo(tmp_path) as (_, distant):
        toxic = Toxic("latency", {"latency": 1})
        with peers(toxic, "upstream")[1].start(Place(distant, tmp_path)) as endpoint:
            assert endpoint.process is not None
            told = [line for line in endpoint.process.output().splitlines() if line.startswith("{")]
            assert [json.loads(line) for line in told] == [toxic.json("upstream")]
        with (
            pytest.raises(BenchmarkError, match="answered POST /proxies/benchmark/toxics with 400"),
            with_toxics({"type": "latency"}).start(Place(distant, tmp_path)),
        ):
            pass


def test_a_refusal_is_told(folder: Path, tmp_path: Path) -> None:
    install(folder, refuse=True)
    with pytest.raises(BenchmarkError) as caught, TOXIPROXY.start(Place(1, tmp_path)):
        pass
    assert str(caught.value).startswith("toxiproxy-server answered POST /proxies with 409: {")


def test_where_it_is_not_installed_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("benchmarks.executables.SERVER_FOLDERS", ())
    assert TOXIPROXY.missing
    with pytest.raises(BenchmarkError, match="toxiproxy-server is not installed"), TOXIPROXY.start(Place(1, tmp_path)):
        pass
