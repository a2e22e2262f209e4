"""Protocols that installed packages bring."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.peers import Backend
from tests.running import running
from vaurien.protocols import PROTOCOLS


def test_an_installed_package_brings_its_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, echo_backend: Backend
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(PROTOCOLS, "_installed", None)  # it looks once in a process
    monkeypatch.setattr("vaurien.registry.announced", entry_points)
    info = tmp_path / "chaos-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chaos\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vaurien.protocols]\nline = tests.protocols.lines:LinesProtocol\n")
    assert "line" in PROTOCOLS.names()
    with running(echo_backend.address, "100:error", protocol="line") as daemon, daemon.connect() as client:
        assert daemon.proxy.settings.protocol_name == "lines"
        client.sendall(b"a\n")
        assert client.recv(100) == b"ERR BUSY a\n"
