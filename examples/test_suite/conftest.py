"""Two fixtures: a web server, and Vaurien before anything. In this folder, with pytest installed: python -m pytest"""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


@pytest.fixture
def web_server():
    """The address of a web server, as HOST:PORT."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def vaurien():
    """A function: Vaurien before `distant`, with the options given; returns the address for clients, HOST:PORT."""
    started = []

    def start(distant, *options):
        # Port 0 is any free port, so that tests can run side by side. The seed makes every run the same.
        common = ["--local", "127.0.0.1:0", "--distant", distant, "--seed", "1", "--shutdown-timeout", "0"]
        command = [sys.executable, "-m", "vaurien", *common, *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        # The first line comes when the proxy listens: "proxy default: 127.0.0.1:40123 -> 127.0.0.1:8001".
        first_line = process.stdout.readline()
        assert first_line, "Vaurien did not start; it has said why on standard error"
        return first_line.split()[2]

    yield start
    for process in started:
        process.terminate()
        process.wait(10)
        process.stdout.close()
