"""Handlers of the user's own, in every shape, found by dotted path or in an INI section."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.handlers import own
from tests.handlers.conftest import Errors
from tests.handlers.tools import ask, handled, same, witnesses
from tests.running import running
from vaurien import config, ini
from vaurien.active import ActiveHandler
from vaurien.counters import Counters
from vaurien.errors import ConfigError
from vaurien.match import Match
from vaurien.settings import ProxySettings

OWN = "tests.handlers.own"
STAND_IN = SimpleNamespace(counters=Counters())
"""A proxy, as far as a handler needs one to be made."""

SHAPES = [
    ("Marking", "marking", b"mmhello"),
    ("WithoutSuper", "without_super", b"wwhello"),
    ("Baseless", f"{OWN}.Baseless", b"bbhello"),
    ("Plain", "plain", b"pphello"),
    ("Slotted", "slotted", b"sshello"),
    ("Bare", f"{OWN}.Bare", b"..hello"),
    ("function", f"{OWN}.function", b"ffhello"),
    ("with_options", "with_options", b"oohello"),
    ("partly", f"{OWN}.partly", b"llhello"),
]
"""The attribute of the module, the name under which it is known, what an echoed "hello" becomes."""


@pytest.mark.parametrize(("attribute", "name", "answer"), SHAPES)
def test_each_shape_acts_on_both_directions(attribute: str, name: str, answer: bytes) -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.{attribute}") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 7) == answer
        assert server.witness().data == answer[1:]
        assert handled(daemon, name) == [1, 1]


@pytest.mark.parametrize(("attribute", "name", "answer"), [shape for shape in SHAPES if shape[2][0] in b"mwbpso"])
def test_its_options_are_set_under_its_name(attribute: str, name: str, answer: bytes) -> None:
    options = {f"{name}.mark": "X", f"{name}.direction": "to_backend"}
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.{attribute}", options) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 6) == b"Xhello"
        assert handled(daemon, name) == [0, 1]


def test_its_options_can_be_set_under_its_path_too() -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Marking", {f"{OWN}.Marking.mark": "X"}) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 7) == b"XXhello"


@pytest.mark.parametrize("attribute", ["Marking", "WithoutSuper", "Baseless"])
def test_the_constructor_is_given_the_settings_and_the_proxy(attribute: str) -> None:
    with running(("127.0.0.1", 1), f"100:{OWN}.{attribute}") as daemon:
        (handler,) = daemon.proxy.handlers.values()
        settings, proxy = handler.act.made_with
        assert settings is handler.values is handler.act.options
        assert proxy is daemon.proxy


def test_the_options_of_an_instance_without_a_constructor_are_its_values() -> None:
    with running(("127.0.0.1", 1), f"100:{OWN}.Plain", {"plain.mark": "X"}) as daemon:
        assert dict(daemon.proxy.handlers["plain"].act.options) == {"mark": "X", "direction": "both", "match": Match()}
    assert own.Plain.options == {"mark": ("What comes before the data", str, "p")}


def test_one_instance_serves_all_sessions_of_a_proxy() -> None:
    with witnesses(same) as server, running(server.address, f"100:{OWN}.Telling") as daemon:
        for _ in range(3):
            with daemon.connect() as client:
                ask(client, b"hello")
        assert [note["session"] for note in daemon.proxy.handlers["telling"].act.told] == [1, 1, 2, 2, 3, 3]


def test_acts_on_is_asked_before_the_direction() -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Direct") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 6) == b"dhello"
        assert handled(daemon, "direct") == [1, 0]


def test_one_that_raises_in_acts_on_gets_all_calls_and_is_logged(errors: Errors) -> None:
    with (
        witnesses(same) as server,
        running(server.address, f"100:{OWN}.Undecided") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 7) == b"ddhello"
    assert {record.getMessage() for record in errors()} == {
        "handler undecided raised in acts_on: it gets the calls of both directions"
    }


# names and places


def settings_of(text: str, folder: Path) -> ProxySettings:
    """The only proxy of an INI file with this text and a local and distant address."""
    path = folder / "vaurien.ini"
    path.write_text(text.replace("[vaurien]", "[vaurien]\nlocal = 127.0.0.1:0\ndistant = 127.0.0.1:1"))
    return config.build(ini.read(str(path)), {}).proxies["default"]


def test_a_section_names_a_callable_as_it_likes(tmp_path: Path) -> None:
    text = f"[vaurien]\nbehavior = 20:foobar\n[handler:foobar]\ncallable = {OWN}.Marking\nmark = X\n"
    proxy = settings_of(text, tmp_path)
    assert list(proxy.handlers) == ["foobar"]
    handler = ActiveHandler(proxy.handlers["foobar"], STAND_IN)
    assert (handler.name, handler.values("mark"), type(handler.act)) == ("foobar", "X", own.Marking)


def test_two_sections_may_use_one_callable_with_options_of_their_own(tmp_path: Path) -> None:
    text = (
        "[vaurien]\nbehavior = 20:one,20:two\n"
        f"[handler:one]\ncallable = {OWN}.Marking\nmark = 1\n"
        f"[handler:two]\ncallable = {OWN}.Marking\nmark = 2\n"
    )
    handlers = settings_of(text, tmp_path).handlers
    assert {name: handler.given["mark"] for name, handler in handlers.items()} == {"one": "1", "two": "2"}


@pytest.mark.parametrize(
    ("behavior", "problem"),
    [
        (f"20:{OWN}.Nobody", f"cannot load '{OWN}.Nobody': module '{OWN}' has no 'Nobody'"),
        (f"20:{OWN}.number", f"'{OWN}.number' is no class or function, so it cannot be a handler"),
        ("20:no.such.place", "cannot load 'no.such.place': ModuleNotFoundError: No module named 'no'"),
        ("20:.place", "'.place' is no dotted path to a handler: write module.Class"),
    ],
)
def test_what_cannot_be_loaded_is_an_error_that_names_it(behavior: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), behavior):
        pass
    assert str(raised.value) == f"--behavior: {problem}"


@pytest.mark.parametrize(
    ("attribute", "where", "problem"),
    [
        ("Unmade", f"handler {OWN}.Unmade", "cannot be made: RuntimeError: no licence"),
        ("Uncallable", "[vaurien] behavior", "Uncallable has no __call__, so it cannot be a handler"),
        (
            "WrongOptions",
            f"handler {OWN}.WrongOptions",
            "its option 'mark' must be a tuple (description, type, default)",
        ),
    ],
)
def test_what_cannot_serve_is_an_error_that_names_it(attribute: str, where: str, problem: str, tmp_path: Path) -> None:
    def make() -> None:
        proxy = settings_of(f"[vaurien]\nbehavior = 20:{OWN}.{attribute}\n", tmp_path)
        ActiveHandler(proxy.handlers[f"{OWN}.{attribute}"], STAND_IN)

    with pytest.raises(ConfigError) as raised:
        make()
    assert str(raised.value).removeprefix(f"{tmp_path}/vaurien.ini ") == f"{where}: {problem}"


def test_a_daemon_whose_handler_cannot_be_made_does_not_start_and_leaves_nothing() -> None:
    with pytest.raises(ConfigError, match="no licence"), running(("127.0.0.1", 1), f"20:{OWN}.Unmade"):
        pass


def test_a_module_that_ends_the_program_is_an_error_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_script.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), "20:a_script.Main"):
        pass
    assert str(raised.value) == "--behavior: cannot load 'a_script.Main': SystemExit: 3"


def test_an_option_that_is_not_declared_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), f"20:{OWN}.Marking", {"marking.marc": "X"}):
        pass
    assert str(raised.value) == (
        "--handlers.marking.marc: unknown option; did you mean 'mark'? choose from direction, hooks, mark, match"
    )
