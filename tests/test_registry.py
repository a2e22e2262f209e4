"""Registry: what a name stands for, and what is said of a name that stands for nothing."""

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from vaurien.errors import ConfigError
from vaurien.options import Option
from vaurien.registry import Registry, make, name_of, nearest


class Big:
    """Something built in."""


class Small:
    """Something built in."""


COMMON = {"colour": Option("Its colour", str, "red")}
PLACE = "vaurien.ini [proxy:one] things"


@pytest.fixture
def things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry with two things, an installed distribution that announces two, and a module of the user's own."""
    info = tmp_path / "some-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tests.things]\nmedium = things_of_others:Medium\ninner = things_of_others:Medium.Inner [extra]\n"
        "broken = things_of_others:Nothing\nbig = no:No\n"
    )
    (tmp_path / "things_of_others.py").write_text(
        "class Medium:\n    class Inner: pass\nnumber = 5\ndef function(): pass\n"
    )
    (tmp_path / "things_that_fail.py").write_text("1 / 0\n")
    (tmp_path / "things_unreadable.py").write_text("class :\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("vaurien.registry.announced", entry_points)
    for name in ("things_of_others", "things_that_fail", "things_unreadable"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return Registry("thing", {"big": Big, "small": Small}, "tests.things", COMMON)


def test_names_are_those_built_in_and_installed_in_order(things: Registry) -> None:
    assert things.names() == ["big", "broken", "inner", "medium", "small"]


def test_a_name_is_found_where_it_is(things: Registry) -> None:
    assert things.find("small", PLACE) is Small
    assert things.find("medium", PLACE).__name__ == "Medium"
    assert things.find("inner", PLACE) is things.find("medium", PLACE).Inner
    assert things.find("things_of_others.Medium", PLACE) is things.find("medium", PLACE)
    assert things.find("things_of_others.function", PLACE)() is None
    assert things.find("big", PLACE) is Big  # not what others announce under that name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bog", "unknown thing 'bog'; did you mean 'big'? choose from big, broken, inner, medium, mine, small"),
        ("mini", "unknown thing 'mini'; did you mean 'mine'? choose from big, broken, inner, medium, mine, small"),
        ("xyz", "unknown thing 'xyz'; choose from big, broken, inner, medium, mine, small"),
        ("", "unknown thing ''; choose from big, broken, inner, medium, mine, small"),
        ("broken", "cannot load 'things_of_others.Nothing': module 'things_of_others' has no 'Nothing'"),
        ("things_of_others.Tiny", "cannot load 'things_of_others.Tiny': module 'things_of_others' has no 'Tiny'"),
        ("things_of_others.number", "'things_of_others.number' is no class or function, so it cannot be a thing"),
        ("nowhere.at.All", "cannot load 'nowhere.at.All': ModuleNotFoundError: No module named 'nowhere'"),
        ("things_that_fail.Any", "cannot load 'things_that_fail.Any': ZeroDivisionError: division by zero"),
        (".Thing", "'.Thing' is no dotted path to a thing: write module.Class"),
        ("..Thing", "cannot load '..Thing': "),
        ("things_of_others.", "'things_of_others.' is no dotted path to a thing: write module.Class"),
    ],
)
def test_an_error_names_the_place_the_name_and_what_is_known(things: Registry, name: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        things.find(name, PLACE, ["mine", "big"])  # what others have too, is said once
    assert raised.value.where == PLACE
    assert raised.value.problem.startswith(said)
    assert "\n" not in str(raised.value)


def test_a_module_that_is_no_python_is_an_error(things: Registry) -> None:
    with pytest.raises(ConfigError, match=r"cannot load 'things_unreadable.Any': SyntaxError: "):
        things.find("things_unreadable.Any", PLACE)


def test_options_are_those_of_the_class_and_the_common_ones(things: Registry) -> None:
    class Thing:
        options = {"size": ("Its size", int, 1)}

    assert things.options(Thing, PLACE) == {**COMMON, "size": Option("Its size", int, 1)}
    assert things.options(lambda: None, PLACE) == COMMON


def test_nearest_needs_no_order_and_may_find_nothing() -> None:
    assert nearest("dely", {"error", "delay"}) == "did you mean 'delay'? choose from delay, error"
    assert nearest("hang", ["error", "delay"]) == "choose from delay, error"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (type("One", (), {"name": "one"}), "one"),
        (type("One", (), {"name": ""}), "fallback"),
        (type("One", (), {"name": None}), "fallback"),
        (type("One", (), {"name": property(lambda self: "one")}), "fallback"),
        (type("One", (), {}), "fallback"),
        (lambda: None, "fallback"),
    ],
)
def test_the_name_of_a_thing_is_what_it_says_or_how_it_was_called(target: Any, name: str) -> None:
    assert name_of(target, "fallback") == name


# making


class Made:
    """Keeps what it was made with."""

    def __init__(self, settings: Any, proxy: Any) -> None:
        self.made_with = settings, proxy


class MadeOfSlots:
    """Has no place for options."""

    __slots__ = ("made_with",)

    def __init__(self, settings: Any, proxy: Any) -> None:
        self.made_with = settings, proxy


class KeepsOptions(Made):
    """Has a way of its own with options, and cannot be given others."""

    @property
    def options(self) -> str:
        return "its own"


@pytest.mark.parametrize("target", [Made, MadeOfSlots, KeepsOptions])
def test_a_class_is_made_with_settings_and_proxy(target: type[Any]) -> None:
    settings, proxy = {"size": 1}, object()
    made = make(target, settings, proxy)
    assert type(made) is target
    assert made.made_with == (settings, proxy)


def test_settings_are_left_as_options() -> None:
    settings: dict[str, Any] = {}
    assert make(Made, settings, None).options is settings
    assert make(Big, settings, None).options is settings
    assert make(KeepsOptions, settings, None).options == "its own"
    assert not hasattr(make(MadeOfSlots, settings, None), "options")


def test_functions_and_objects_serve_as_they_are() -> None:
    def function() -> None: ...

    thing = Made({}, None)
    assert make(function, {}, None) is function
    assert make(thing, {}, None) is thing
    assert not hasattr(thing, "options")


def test_what_a_constructor_raises_comes_through() -> None:
    class Refuses:
        def __init__(self) -> None:
            """Takes nothing."""

    with pytest.raises(TypeError, match="positional argument"):
        make(Refuses, {}, None)
