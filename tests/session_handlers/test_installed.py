"""Session handlers that installed packages bring: their entry points."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.peers import Backend, receive_exactly
from tests.session_handlers.tools import beginning
from vaurien.session_handlers import SESSION_HANDLERS


def test_an_installed_package_brings_its_session_handlers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, echo_backend: Backend
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(SESSION_HANDLERS, "_installed", None)  # it looks once in a process
    monkeypatch.setattr("vaurien.registry.announced", entry_points)
    info = tmp_path / "chaos-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chaos\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vaurien.session_handlers]\nwelcome = tests.session_handlers.own:Greet\n")
    assert {"welcome", "refuse"} <= set(SESSION_HANDLERS.names())
    with (
        beginning(echo_backend.address, "100:welcome", {"welcome.word": "hello-"}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"you")
        assert receive_exactly(client, 9) == b"hello-you"
