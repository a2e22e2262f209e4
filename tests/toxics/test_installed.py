"""Toxics that installed packages bring: their entry points."""

import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.asking import asked, asked_in, problem
from vaurien.toxics import TOXICS
from vaurien.toxics.latency import Latency

OWN = "tests.toxics.own"
BASIC = "[vaurien]\ndistant = a:1\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path in which a distribution can be installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(TOXICS, "_installed", None)  # it looks once in a process
    monkeypatch.setattr("vaurien.registry.announced", entry_points)
    return tmp_path


def install(folder: Path, lines: str) -> None:
    """Installs the distribution ``chaos``, whose toxics are announced by `lines`."""
    info = folder / "chaos-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chaos\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vaurien.toxics]\n{lines}\n")


def test_an_installed_package_brings_its_toxics(installed: Path) -> None:
    install(installed, f"loud = {OWN}:Shout")
    assert {"loud", "latency"} <= set(TOXICS.names())
    settings = asked_in(installed, f"{BASIC}[toxic:mine]\ntype = loud\n[toxic:loud]\nstream = upstream\n")
    assert [(one.name, one.target.__name__, one.stream) for one in settings.proxies["default"].toxics] == [
        ("mine", "Shout", "downstream"), ("loud", "Shout", "upstream"),
    ]  # fmt: skip


def test_what_is_installed_is_not_imported_before_it_is_used(installed: Path) -> None:
    (installed / "costly.py").write_text("raise ImportError('it was imported')\n")
    install(installed, "costly = costly:Toxic")
    asked("--distant", "a:1", "--local", "127.0.0.1:0")
    assert "costly" not in sys.modules
    line = problem(installed, f"{BASIC}[toxic:mine]\ntype = costly\n")
    assert line == "vaurien.ini [toxic:mine] type: cannot load 'costly.Toxic': ImportError: it was imported"


def test_what_is_built_in_cannot_be_replaced_from_outside(installed: Path) -> None:
    install(installed, f"latency = {OWN}:Shout")
    assert TOXICS.find("latency", "") is Latency
    assert TOXICS.names().count("latency") == 1


def test_an_unknown_type_lists_what_is_installed(installed: Path) -> None:
    install(installed, f"shout = {OWN}:Shout")
    line = problem(installed, f"{BASIC}[toxic:mine]\ntype = shoot\n")
    assert "[toxic:mine] type: unknown toxic 'shoot'; did you mean 'shout'? choose from bandwidth, " in line
