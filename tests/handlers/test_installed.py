"""Handlers that installed packages bring: their entry points."""

import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.handlers.tools import ask, same, witnesses
from tests.running import running
from vaurien.errors import ConfigError
from vaurien.handlers import HANDLERS

OWN = "tests.handlers.own"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path in which a distribution can be installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(HANDLERS, "_installed", None)  # it looks once in a process
    monkeypatch.setattr("vaurien.registry.announced", entry_points)
    return tmp_path


def install(folder: Path, lines: str) -> None:
    """Installs the distribution ``chaos``, whose handlers are announced by `lines`."""
    info = folder / "chaos-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chaos\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vaurien.handlers]\n{lines}\n")


def test_an_installed_package_brings_its_handlers(installed: Path) -> None:
    install(installed, f"shout = {OWN}:Marking\nplain = {OWN}:Plain")
    assert {"shout", "plain", "delay"} <= set(HANDLERS.names())
    with (
        witnesses(same) as server,
        running(server.address, "100:shout", {"shout.mark": "X"}) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 7) == b"XXhello"
        assert list(daemon.proxy.handlers) == ["shout"]


def test_what_is_installed_is_not_imported_before_it_is_used(installed: Path) -> None:
    (installed / "costly.py").write_text("raise ImportError('it was imported')\n")
    install(installed, "costly = costly:Handler")
    assert "costly" in HANDLERS.names()
    assert "costly" not in sys.modules
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), "20:costly"):
        pass
    assert str(raised.value) == "--behavior: cannot load 'costly.Handler': ImportError: it was imported"


def test_what_is_built_in_cannot_be_replaced_from_outside(installed: Path) -> None:
    install(installed, f"delay = {OWN}:Marking")
    assert HANDLERS.find("delay", "").__module__ == "vaurien.handlers.delay"
    assert HANDLERS.names().count("delay") == 1


def test_an_unknown_name_lists_what_is_installed(installed: Path) -> None:
    install(installed, f"shout = {OWN}:Marking")
    with pytest.raises(ConfigError, match="did you mean 'shout'") as raised, running(("127.0.0.1", 1), "20:shoot"):
        pass
    assert "dummy" in str(raised.value)
