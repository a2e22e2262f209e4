"""``--help``: every option with its type, default and description, those of a handler in a group of its own."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import said, write
from vaurien.arguments import GROUPS, OPTIONS, SWITCHES
from vaurien.handlers import BUILT_IN, HANDLERS
from vaurien.options import shown

MODULE = '''
from vaurien.handlers import BaseHandler

class Super(BaseHandler):
    """Does something."""
    name = "super"
    options = {"weight": ("How heavy, in % of a ton", float, 0.5), "when": ("The moment", str.upper, None)}
'''


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of the test's own: the command makes it importable, which must not outlive the test."""
    write(tmp_path, {"mine_of_help.py": MODULE, "vaurien.ini": "[handler:own]\ncallable = mine_of_help.Super\n"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("mine_of_help", None)


def groups(text: str) -> dict[str, str]:
    """The help text's groups by title, each with runs of spaces made one."""
    parts = re.split(r"^(\S.*):\n", text, flags=re.MULTILINE)
    return {title: " ".join(body.split()) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def help_of(*argv: str) -> dict[str, str]:
    code, out, err = said(*argv, "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 110
    return groups(out)


def test_help_has_every_option_with_type_default_and_description() -> None:
    found = help_of()
    everything = " ".join(found[group] for group in GROUPS) + " "
    assert "--http [BOOL] start the control API; no value means true " in found["control API"]
    for name, option in OPTIONS.items():
        if name == "http":
            continue
        flag, kind = "--" + name.replace("_", "-"), option.type_name().upper()
        default = "no default" if option.default is None else f"default {shown(option.default) or 'none'}"
        more = ""
        if name in SWITCHES:
            kind, more = f"[{kind}]", "; no value means true"
        assert f"{flag} {kind} {option.description} ({option.allowed()}; {default}){more} " in everything
    for flag in ("--config FILE", "--check-config", "--demo", "--version", "-h, --help"):
        assert flag in found["general"]
    assert "the same as --local" in found["proxy"] and "the same as --distant" in found["proxy"]


@pytest.mark.parametrize("handler", BUILT_IN, ids=[handler.name for handler in BUILT_IN])
def test_help_groups_by_handler(handler: type) -> None:
    group = help_of()[f"handler {handler.name}"]
    options = HANDLERS.options(handler, handler.name)
    found = re.findall(r"--handlers\.\S+", group)
    assert len(found) == len(options) and set(found) == {f"--handlers.{handler.name}.{name}" for name in options}
    assert " ".join(str(handler.__doc__).partition("\n")[0].split()) in group
    for name, option in options.items():
        expected = f".{name} {option.type_name().upper()} {option.description} ({option.allowed()}; "
        assert expected + f"default {shown(option.default) or 'none'})" in group


def test_a_toxic_of_any_name_can_be_given_a_type() -> None:
    assert "--toxics.NAME.type STR Its type, if that is not its name" in help_of()["toxic NAME"]


def test_help_without_a_file_has_no_other_groups() -> None:
    general, handlers = ["general", *GROUPS], sorted(f"handler {handler.name}" for handler in BUILT_IN)
    titles = list(help_of())
    assert titles[: len(general + handlers)] == general + handlers
    assert all(title.startswith(("session handler ", "hook ", "toxic ")) for title in titles[len(general + handlers) :])


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["--behavior", "20:mine_of_help.Super"], "super"),
        (["--behavior=5:delay,20:mine_of_help.Super"], "super"),
        (["--config", "vaurien.ini"], "own"),
    ],
)
def test_help_has_the_handlers_of_the_users_own(argv: list[str], name: str) -> None:
    group = help_of(*argv)[f"handler {name}"]
    assert group.startswith("Does something.")
    assert f"--handlers.{name}.weight FLOAT How heavy, in % of a ton (a number; default 0.5)" in group
    assert f"--handlers.{name}.when" in group and f"--handlers.{name}.direction" in group


def test_help_survives_handlers_that_cannot_be_loaded() -> None:
    assert help_of("--behavior", "20:nowhere_at_all.Class,x,30:dely") == help_of()


OTHERS = '''
from vaurien.handlers import BaseHandler

class Delay(BaseHandler):
    """Adds a delay, 100 % surely."""
    name = "delay"
    options = {"sleep": ("Delay in seconds", int, 1)}
'''


def test_a_handler_may_have_the_name_of_one_that_is_built_in(tmp_path: Path) -> None:
    write(tmp_path, {"mine_of_help.py": OTHERS})
    group = help_of("--behavior", "20:mine_of_help.Delay")["handler delay"]
    assert group.startswith("Adds a delay, 100 % surely.")
    assert "--handlers.delay.sleep INT Delay in seconds (a whole number; default 1)" in group


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[vaurien]\nbehavior = 20:mine_of_help.Super\n", "super"),
        ("[proxy:a]\nlocal = :1\ndistant = b:1\nbehavior = 20:mine_of_help.Super\n", "super"),
        ("[proxy:a]\nlocal = :1\ndistant = b:1\n[proxy:a:handler:own]\ncallable = mine_of_help.Super\n", "own"),
    ],
)
def test_help_has_every_handler_that_the_file_names(tmp_path: Path, text: str, name: str) -> None:
    write(tmp_path, {"vaurien.ini": text})
    assert f"--handlers.{name}.weight FLOAT" in help_of("--config", "vaurien.ini")[f"handler {name}"]


def test_every_default_is_said() -> None:
    assert "default )" not in said("--help")[1]
