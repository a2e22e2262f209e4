"""What can be chosen while a daemon runs: all that is built in, and all that the operator has named."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.asking import ENDS, asked, asked_in, write
from vaurien.handlers import BUILT_IN, HANDLERS
from vaurien.hooks import HOOKS

TWO = "[proxy:a]\nlocal = :1\ndistant = r:1\n[proxy:b]\nlocal = :2\ndistant = w:1\n"
MODULE = '''
from vaurien.handlers import BaseHandler
from vaurien.hooks import Hook

class Super(BaseHandler):
    """Does something."""
    name = "super"
    options = {"weight": ("How heavy", float, 0.5)}
    def __call__(self, client_sock, backend_sock, to_backend):
        return None

class Watch(Hook):
    """Sees something."""
    name = "watch"
    options = {"depth": ("How deep", int, 1)}
    def before(self, call):
        return None
'''
NAMES = {handler.name for handler in BUILT_IN}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The dotted path of a module with a handler and a hook of the user's own."""
    write(tmp_path, {"mine_of_offer.py": MODULE})
    monkeypatch.syspath_prepend(tmp_path)
    yield "mine_of_offer"
    sys.modules.pop("mine_of_offer", None)


def test_what_is_built_in_can_be_chosen() -> None:
    settings = asked(*ENDS)
    assert set(settings.handlers) == NAMES
    assert set(settings.hooks) == {*HOOKS.built_in}
    assert settings.handlers["delay"].given == {} and "sleep" in settings.handlers["delay"].declared


def test_the_options_are_those_for_all_proxies(tmp_path: Path) -> None:
    text = "[handler:delay]\nsleep = 2\njitter = 1\n[proxy:a:handler:delay]\nsleep = 3\n[hook:limit]\nburst = 4\n"
    settings = asked_in(tmp_path, TWO + text, "--handlers.delay.jitter", "0.5", "--handlers.error.warmup=3")
    assert settings.handlers["delay"].given == {"sleep": 2.0, "jitter": 0.5}
    assert settings.handlers["error"].given == {"warmup": 3}
    assert settings.hooks["limit"].given == {"burst": 4}


@pytest.mark.parametrize(
    "text",
    [
        "[vaurien]\nbehavior = 20:{mine}.Super\nhooks = {mine}.Watch\n",
        "[vaurien]\nbehavior = 20:delay, 5:{mine}.Super\nhooks =\n  limit\n  {mine}.Watch\n",
        "[proxy:c]\nlocal = :3\ndistant = b:1\nbehavior = 20:{mine}.Super\nhooks = {mine}.Watch\n",
        "[handler:{mine}.Super]\nweight = 0.5\n[hook:{mine}.Watch]\ndepth = 1\n",
        "[handler:{mine}.Super]\nhooks = {mine}.Watch\n",
        "[handler:super]\ncallable = {mine}.Super\n[hook:watch]\ncallable = {mine}.Watch\n",
        "[proxy:a:handler:super]\ncallable = {mine}.Super\n[proxy:b:hook:watch]\ncallable = {mine}.Watch\n",
    ],
)
def test_what_is_named_anywhere_can_be_chosen(tmp_path: Path, mine: str, text: str) -> None:
    settings = asked_in(tmp_path, TWO + text.format(mine=mine))
    assert set(settings.handlers) == {*NAMES, "super"}
    assert set(settings.hooks) == {*HOOKS.built_in, "watch"}
    found = settings.handlers["super"]
    assert (found.name, found.target.__name__, found.declared["weight"].default) == ("super", "Super", 0.5)


def test_its_options_are_those_for_all_proxies_too(tmp_path: Path, mine: str) -> None:
    behavior = f"[vaurien]\nbehavior = 20:{mine}.Super\n"
    assert asked_in(tmp_path, TWO + behavior + "[handler:super]\nweight = 2\n").handlers["super"].given["weight"] == 2
    argv = [f"--handlers.{mine}.Super.weight", "3"]
    assert asked_in(tmp_path, TWO + behavior, *argv).handlers["super"].given == {"weight": 3.0}
    own = f"[proxy:a:handler:super]\ncallable = {mine}.Super\nweight = 4\n"
    assert asked_in(tmp_path, TWO + own).handlers["super"].given == {}


def test_the_command_line_names_too(mine: str) -> None:
    assert "super" in asked(*ENDS, "--behavior", f"20:{mine}.Super").handlers
    assert "super" in asked(*ENDS, f"--handlers.{mine}.Super.weight=1").handlers
    assert "watch" in asked(*ENDS, "--hook", f"{mine}.Watch").hooks


def test_what_other_packages_bring_is_loaded_if_it_is_named(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "theirs": EntryPoint("theirs", f"{mine}:Super", "vaurien.handlers"),
        "broken": EntryPoint("broken", "nowhere_at_all:Class", "vaurien.handlers"),
    }
    monkeypatch.setattr(HANDLERS, "_installed", points)
    assert set(asked(*ENDS).handlers) == NAMES
    assert mine not in sys.modules
    assert set(asked(*ENDS, "--behavior", "20:theirs").handlers) == {*NAMES, "theirs"}


def test_a_name_that_is_listed_nowhere_well_is_left_out(tmp_path: Path) -> None:
    own = "[proxy:a:handler:own]\ncallable = vaurien.handlers.Delay\nsleep = 3\n"
    settings = asked_in(tmp_path, TWO + own + "[proxy:c]\nlocal = :3\ndistant = b:1\nbehavior = 0:dummy\n")
    assert settings.handlers["own"].given == {} and settings.handlers["delay"].given == {}
    assert settings.proxies["a"].handlers["own"].given == {"sleep": 3.0}
