"""Tests of the audit. In this folder, with pytest installed:

python -m pytest
"""

import json
import socket
import subprocess
import sys

from audit_log import commands


def test_commands_are_found_however_they_were_cut():
    said = b"*2\r\n$4\r\nINCR\r\n$6\r\nvisits\r\n" + b"SET a b\r\n"
    waiting = bytearray()
    found = []
    for byte in said:
        waiting.append(byte)
        found += commands(waiting)
    assert found == [[b"INCR", b"visits"], [b"SET", b"a", b"b"]]


def test_a_write_leaves_a_line_and_a_read_does_not(tmp_path):
    file = tmp_path / "audit.log"
    with socket.create_server(("127.0.0.1", 0)) as redis:
        redis.settimeout(10)
        command = [sys.executable, "-m", "vaurien", "--local", "127.0.0.1:0"]
        command += ["--distant", f"127.0.0.1:{redis.getsockname()[1]}"]
        command += ["--hook", "audit_log.AuditLog", "--hooks.audit_log.AuditLog.file", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vaurien:
            try:
                # The first line is there when Vaurien listens: "proxy default: 127.0.0.1:40123 -> 127.0.0.1:6379".
                host, port = vaurien.stdout.readline().split()[2].split(":")
                with socket.create_connection((host, int(port)), 10) as client:
                    client.sendall(b"GET a\r\nSET a b\r\n")
                    backend, _ = redis.accept()
                    with backend:
                        backend.settimeout(10)
                        assert backend.recv(100) == b"GET a\r\nSET a b\r\n"
            finally:
                vaurien.terminate()
    (line,) = file.read_text().splitlines()
    assert (json.loads(line)["command"], json.loads(line)["key"]) == ("SET", "a")
