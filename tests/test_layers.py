"""Which handlers a proxy has, with which options: from the command line and every section that speaks of them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import ENDS, asked, asked_in, option, problem, write
from vaurien.handlers import Delay, Error
from vaurien.settings import DaemonSettings

TWO = "[proxy:redis]\nlocal = :1\ndistant = r:1\n[proxy:web]\nlocal = :2\ndistant = w:1\n"
MODULE = '''
from vaurien.handlers import BaseHandler
from vaurien.options import Option

class Super(BaseHandler):
    """Does something."""
    name = "super"
    options = {"weight": ("How heavy", float, 0.5), "shape": Option("Which", str, "a", choices=("a", "b"))}
    def __call__(self, client_sock, backend_sock, to_backend):
        return None

class Bare:
    def __call__(self, client_sock, backend_sock, to_backend):
        return None

class OtherDelay(Super):
    name = "delay"

def function(client_sock, backend_sock, to_backend):
    return None

constant = 5

class Unordered(Bare):
    options = ["weight"]

class Lonely(Bare):
    options = {"weight": "How heavy"}
'''


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The dotted path of a module with handlers of the user's own."""
    write(tmp_path, {"theirs/mine_of_layers.py": MODULE, "theirs/broken_of_layers.py": "x = (\n"})
    monkeypatch.syspath_prepend(tmp_path)
    yield "theirs.mine_of_layers"
    for name in ("theirs", "theirs.mine_of_layers", "theirs.broken_of_layers"):
        sys.modules.pop(name, None)


def behavior(settings: DaemonSettings, proxy: str = "default") -> str:
    return str(settings.proxies[proxy].behavior)


def sleep_of(settings: DaemonSettings, proxy: str = "default") -> object:
    return option(settings, proxy, "delay", "sleep")


# who wins


def test_each_section_wins_over_the_one_below(tmp_path: Path) -> None:
    shared = "[handler:delay]\nsleep = 2\njitter = 2\ndirection = to_client\n"
    own = "[proxy:redis:handler:delay]\nsleep = 3\njitter = 3\n"
    base = f"[vaurien]\nbehavior = 20:delay\n{TWO}"

    def found(text: str, *argv: str) -> list[tuple[object, ...]]:
        settings = asked_in(tmp_path, text, *argv)
        names = ("sleep", "jitter", "direction")
        return [tuple(option(settings, proxy, "delay", name) for name in names) for proxy in ("redis", "web")]

    default = (1.0, 0.0, "both")
    assert found(base) == [default, default]
    assert found(base + shared) == [(2.0, 2.0, "to_client")] * 2
    assert found(base + own) == [(3.0, 3.0, "both"), default]
    assert found(base + shared + own) == [(3.0, 3.0, "to_client"), (2.0, 2.0, "to_client")]
    line = found(base + shared + own, "--handlers.delay.sleep", "4")
    assert line == [(4.0, 3.0, "to_client"), (4.0, 2.0, "to_client")]


def test_what_the_old_names_say_is_the_same(tmp_path: Path) -> None:
    text = "[vaurien]\nbackend = a:1\nbehavior = 20:delay\n[behavior:delay]\nsleep = 2\n"
    assert sleep_of(asked_in(tmp_path, text)) == 2.0
    assert sleep_of(asked_in(tmp_path, text, "--behavior-delay-sleep", "3")) == 3.0


def test_the_proxy_of_vaurien_has_a_section_too(tmp_path: Path) -> None:
    text = f"[vaurien]\ndistant = a:1\nbehavior = 20:delay\n{TWO}[proxy:default:handler:delay]\nsleep = 2\n"
    settings = asked_in(tmp_path, text)
    assert [sleep_of(settings, name) for name in ("default", "redis", "web")] == [2.0, 1.0, 1.0]


def test_a_section_without_a_share_is_ready_for_later(tmp_path: Path) -> None:
    settings = asked_in(tmp_path, "[vaurien]\ndistant = a:1\n[handler:delay]\nsleep = 2\n")
    assert behavior(settings) == "100:dummy" and sleep_of(settings) == 2.0


def test_a_share_needs_no_section() -> None:
    settings = asked(*ENDS, "--behavior", "20:delay,5:error")
    assert behavior(settings) == "20:delay,5:error"
    assert [handler.target for handler in settings.proxies["default"].handlers.values()] == [Delay, Error]


# a handler of the user's own


@pytest.mark.parametrize(
    "flag", ["--handlers.super.weight", "--handlers.{mine}.Super.weight", "--behavior-super-weight"]
)
@pytest.mark.parametrize("form", ["{flag}=2", "{flag} 2"])
def test_a_dotted_path_on_the_command_line(mine: str, flag: str, form: str) -> None:
    words = form.format(flag=flag.format(mine=mine)).split()
    settings = asked(*ENDS, "--behavior", f"20:{mine}.Super", *words)
    assert behavior(settings) == "20:super"
    assert option(settings, "default", "super", "weight") == 2.0


def test_a_callable_in_the_file(mine: str, tmp_path: Path) -> None:
    text = f"[vaurien]\ndistant = a:1\nbehavior = 20:foobar\n[handler:foobar]\ncallable = {mine}.Super\nweight=3\n"
    settings = asked_in(tmp_path, text)
    assert behavior(settings) == "20:foobar"
    assert option(settings, "default", "foobar", "weight") == 3.0
    assert option(settings, "default", "foobar", "direction") == "both"
    line = asked_in(tmp_path, text, "--handlers.foobar.weight", "4")
    assert option(line, "default", "foobar", "weight") == 4.0


def test_one_class_under_two_names(mine: str, tmp_path: Path) -> None:
    section = f"callable = {mine}.Super\nweight = "
    text = f"[vaurien]\ndistant = a:1\nbehavior = 1:one,2:two\n[handler:one]\n{section}1\n[handler:two]\n{section}2\n"
    settings = asked_in(tmp_path, text)
    assert [option(settings, "default", name, "weight") for name in ("one", "two")] == [1.0, 2.0]


def test_a_callable_for_one_proxy_only(mine: str, tmp_path: Path) -> None:
    text = f"[vaurien]\nbehavior = 1:delay\n{TWO}[proxy:web:handler:delay]\ncallable = {mine}.OtherDelay\nweight = 7\n"
    settings = asked_in(tmp_path, text)
    assert settings.proxies["redis"].handlers["delay"].target is Delay
    assert settings.proxies["web"].handlers["delay"].target.__name__ == "OtherDelay"
    assert option(settings, "web", "delay", "weight") == 7.0


def test_a_dotted_path_in_the_behavior_of_the_file(mine: str, tmp_path: Path) -> None:
    text = f"[vaurien]\ndistant = a:1\nbehavior = 20:{mine}.Super\n[handler:super]\nweight = 3\n"
    assert option(asked_in(tmp_path, text), "default", "super", "weight") == 3.0


@pytest.mark.parametrize("name", ["Bare", "function"])
def test_what_has_no_name_is_known_by_its_path(mine: str, name: str) -> None:
    assert behavior(asked(*ENDS, "--behavior", f"20:{mine}.{name}")) == f"20:{mine}.{name}"


# what is wrong


@pytest.mark.parametrize(
    ("callable", "words"),
    [
        ("nowhere_at_all.Class", ["'nowhere_at_all.Class'", "No module named 'nowhere_at_all'"]),
        ("{mine}.Nothing", ["{mine}.Nothing", "has no 'Nothing'"]),
        ("{mine}.constant", ["{mine}.constant", "no class or function"]),
        ("{mine}.Super.deeper", ["cannot load", "{mine}.Super.deeper"]),
        ("theirs.broken_of_layers.Class", ["cannot load", "SyntaxError"]),
        ("dely", ["unknown handler 'dely'", "did you mean 'delay'"]),
        ("", ["unknown handler ''"]),
    ],
)
def test_a_callable_that_cannot_be_loaded(mine: str, tmp_path: Path, callable: str, words: list[str]) -> None:
    text = f"[vaurien]\ndistant = a:1\n[handler:x]\ncallable = {callable.format(mine=mine)}\n"
    line = problem(tmp_path, text)
    for word in ["vaurien.ini [handler:x] callable:", *words]:
        assert word.format(mine=mine) in line


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere_at_all.Class", ["No module named"]), ("{mine}.constant", ["no class or function"]),
        ("dely", ["did you mean 'delay'"]), (".Class", ["'.Class'", "dotted path"]), (".", ["'.'"]), ("x.", ["'x.'"]),
        ("..x", ["'..x'"]), ("a..b", ["'a..b'"]),
    ],
)  # fmt: skip
def test_a_name_in_the_behavior_that_cannot_be_loaded(mine: str, tmp_path: Path, name: str, words: list[str]) -> None:
    line = problem(tmp_path, "", *ENDS, "--behavior", f"20:{name.format(mine=mine)}")
    for word in ["--behavior:", *words]:
        assert word in line


@pytest.mark.parametrize("name", ["Unordered", "Lonely"])
def test_a_declaration_that_is_none(mine: str, tmp_path: Path, name: str) -> None:
    line = problem(tmp_path, "", *ENDS, "--behavior", f"20:{mine}.{name}")
    assert f"{mine}.{name}" in line and "(description, type, default)" in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[handler:delay]\nslep = 1\n", ["vaurien.ini [handler:delay] slep:", "did you mean 'sleep'", "jitter"]),
        ("[handler:delay]\nsleep = soon\n", ["vaurien.ini [handler:delay] sleep:", "0 or more", "'soon'"]),
        ("[handler:delay]\nsleep = \n", ["vaurien.ini [handler:delay] sleep:", "''"]),
        ("[handler:delay]\nbefore = perhaps\n", ["vaurien.ini [handler:delay] before:", "true or false", "'perhaps'"]),
        ("[behavior:delay]\nslep = 1\n", ["vaurien.ini [behavior:delay] slep:", "did you mean 'sleep'"]),
        ("[proxy:default:handler:delay]\nslep = 1\n", ["vaurien.ini [proxy:default:handler:delay] slep:", "'sleep'"]),
        ("[proxy:default:handler:delay]\nsleep = x\n", ["vaurien.ini [proxy:default:handler:delay] sleep:", "'x'"]),
        ("[handler:dely]\nsleep = 1\n", ["vaurien.ini [handler:dely]", "unknown handler 'dely'"]),
        ("[handler:delay]\ndirection = up\n", ["[handler:delay] direction:", "both, to_backend, to_client", "'up'"]),
    ],
)  # fmt: skip
def test_a_wrong_section(tmp_path: Path, text: str, words: list[str]) -> None:
    line = problem(tmp_path, text, *ENDS)
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("[handler:dely]\nsleep = 1\n", []),
        ("[handler:dely]\nsleep = 1\n", ["--behavior", "20:dely"]),
        ("[proxy:default:handler:dely]\nsleep = 1\n", []),
        ("", ["--handlers.dely.sleep", "1"]),
        ("", ["--behavior-dely-sleep", "1"]),
    ],
)
def test_the_nearest_name_is_never_the_wrong_one_itself(tmp_path: Path, text: str, argv: list[str]) -> None:
    line = problem(tmp_path, text, *ENDS, *argv)
    assert "unknown handler 'dely'; did you mean 'delay'? choose from abort, blackout, corrupt, delay, drip" in line


def test_options_of_the_users_own_are_checked_too(mine: str, tmp_path: Path) -> None:
    start = f"[handler:x]\ncallable = {mine}.Super\n"
    assert "[handler:x] weihgt: unknown option; did you mean 'weight'" in problem(tmp_path, f"{start}weihgt=1", *ENDS)
    assert "[handler:x] weight: expected a number, not 'a'" in problem(tmp_path, f"{start}weight = a", *ENDS)
    assert "expected one of a, b, not 'c'" in problem(tmp_path, f"{start}shape = c", *ENDS)


def test_two_handlers_of_one_name(mine: str, tmp_path: Path) -> None:
    line = problem(tmp_path, "", *ENDS, "--behavior", f"20:{mine}.OtherDelay,20:delay")
    assert "--behavior" in line and "'delay'" in line
