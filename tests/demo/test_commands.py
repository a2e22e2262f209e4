"""The printed commands call the program in a way that works where it was called."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vaurien.demo.commands import commands, program


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with an executable called vaurien."""
    path = tmp_path / "a bin" / "vaurien"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_by_its_name_where_the_shell_finds_it(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(installed.parent))
    monkeypatch.setattr(sys, "argv", [str(installed)])
    assert program() == "vaurien"


def test_by_its_path_where_it_does_not(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(installed.parent.parent)
    monkeypatch.setattr(sys, "argv", [os.path.join("a bin", "vaurien")])
    assert program() == "'a bin/vaurien'"


def test_as_a_module_where_there_is_no_such_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert program() == f"{sys.executable} -m vaurien"


def test_a_long_command_is_broken_for_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert all("\\\n" in command for _, command in commands(20))
    assert all("\n" not in command for _, command in commands(2000))
    assert [command.replace("\\\n  ", "") for _, command in commands(20)] == [command for _, command in commands(2000)]
