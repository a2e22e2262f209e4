"""Hooks that are configured: on the command line and in every section that may name them, with their options."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ENDS, asked, asked_in, refusal, said
from vaurien.hooks import HOOKS, Viewer
from vaurien.options import OptionValues
from vaurien.settings import DaemonSettings, HookSettings, ProxySettings

TWO = "[proxy:redis]\nlocal = :1\ndistant = r:1\n{redis}[proxy:web]\nlocal = :2\ndistant = w:1\n{web}"


def only(settings: DaemonSettings, proxy: str = "default") -> ProxySettings:
    return settings.proxies[proxy]


def names(settings: DaemonSettings, proxy: str = "default") -> list[str]:
    return [hook.name for hook in only(settings, proxy).hooks]


def value(hook: HookSettings, name: str) -> Any:
    return OptionValues(hook.declared, hook.given)(name)


# the command line


@pytest.mark.parametrize(
    "argv",
    [
        ["--hook", "viewer", "--hook", "{mine}.Audit"],
        ["--hook=viewer", "--hook={mine}.Audit"],
        ["--hooks", "viewer,{mine}.Audit"],
        ["--hooks=viewer, {mine}.Audit"],
        ["--hook", "viewer,{mine}.Audit"],
        ["--hook", "viewer", "--hook", "{mine}.Audit", "--hook", "viewer"],
    ],
)
def test_hooks_on_the_command_line(mine: str, argv: list[str]) -> None:
    settings = asked(*ENDS, *[word.format(mine=mine) for word in argv])
    assert names(settings) == ["viewer", "audit"], "in the order in which they stand there, each once"
    assert [hook.target.__name__ for hook in only(settings).hooks] == ["Viewer", "Audit"]


@pytest.mark.parametrize("form", ["--hooks.{mine}.Audit.weight=2", "--hooks.{mine}.Audit.weight 2"])
def test_options_on_the_command_line(mine: str, form: str) -> None:
    settings = asked(*ENDS, "--hook", f"{mine}.Audit", *form.format(mine=mine).split())
    (hook,) = only(settings).hooks
    assert value(hook, "weight") == 2.0 and value(hook, "loud") is True


@pytest.mark.parametrize("form", ["--hooks.audit.weight=2", "--hooks.audit.weight 2"])
def test_options_of_a_path_under_the_name_of_the_hook(mine: str, form: str) -> None:
    """As help lists them."""
    (hook,) = only(asked(*ENDS, "--hook", f"{mine}.Audit", *form.split())).hooks
    assert (hook.name, value(hook, "weight")) == ("audit", 2.0)


def test_both_flags_add_up() -> None:
    assert names(asked(*ENDS, "--hooks", "viewer", "--hook", "limit")) == ["viewer", "limit"]
    assert names(asked(*ENDS, "--hook", "limit", "--hooks", "viewer,limit")) == ["viewer", "limit"]


def test_the_priority_is_shown_where_it_is_set() -> None:
    for argv, text in (([], ""), (["--hooks.viewer.priority", "3"], "priority=3.0")):
        code, out, _ = said(*ENDS, "--hook", "viewer", *argv, "--check-config")
        assert code == 0 and "hook viewer" in out and "None" not in out and text in out


def test_options_of_the_viewer() -> None:
    settings = asked(*ENDS, "--hook", "viewer", "--hooks.viewer.items", "handler,size", "--hooks.viewer.priority=3")
    (hook,) = only(settings).hooks
    assert value(hook, "items") == ("handler", "size")
    assert value(hook, "priority") == 3.0


def test_a_flag_may_stand_alone_or_be_turned_off(mine: str) -> None:
    for text, expected in (([], True), (["no"], False)):
        (hook,) = only(asked(*ENDS, "--hook", f"{mine}.Audit", f"--hooks.{mine}.Audit.loud", *text)).hooks
        assert value(hook, "loud") is expected


def test_no_hooks_unless_told() -> None:
    assert only(asked(*ENDS)).hooks == ()
    assert only(asked(*ENDS, "--hooks.viewer.items", "size")).hooks == (), "an option does not name it"


# the file


def test_the_file_names_hooks_and_sections_say_what_they_are(mine: str, tmp_path: Path) -> None:
    settings = asked_in(
        tmp_path,
        "[vaurien]\ndistant = a:1\nhooks = viewer, audit\n"
        f"[hook:audit]\ncallable = {mine}.Audit\npriority = 10\nweight = 3\n[hook:viewer]\nitems = size\n",
    )
    viewer, audit = only(settings).hooks
    assert (viewer.target, value(viewer, "items")) == (Viewer, ("size",))
    assert (audit.name, value(audit, "priority"), value(audit, "weight")) == ("audit", 10.0, 3.0)


@pytest.mark.parametrize("where", ["hooks = {mine}.Audit\n", "[handler:delay]\nhooks = {mine}.Audit\n"])
def test_a_section_without_callable_for_one_that_is_named_by_its_path(mine: str, tmp_path: Path, where: str) -> None:
    text = f"[vaurien]\ndistant = a:1\n{where.format(mine=mine)}[hook:audit]\nweight = 2\n"
    proxy = only(asked_in(tmp_path, text))
    hooks = proxy.handlers["delay"].hooks if "handler" in where else proxy.hooks
    assert [value(hook, "weight") for hook in hooks] == [2.0]


def test_one_class_under_two_names(mine: str, tmp_path: Path) -> None:
    section = f"callable = {mine}.Audit\nweight = "
    text = f"[vaurien]\ndistant = a:1\nhooks = one\n    two\n[hook:one]\n{section}1\n[hook:two]\n{section}2\n"
    settings = asked_in(tmp_path, text)
    assert [(hook.name, value(hook, "weight")) for hook in only(settings).hooks] == [("one", 1.0), ("two", 2.0)]


def test_a_proxys_own_hooks_add_to_those_of_all(mine: str, tmp_path: Path) -> None:
    text = "[vaurien]\nhooks = viewer\n" + TWO.format(redis=f"hooks = {mine}.Audit, viewer\n", web="")
    settings = asked_in(tmp_path, text)
    assert names(settings, "redis") == ["viewer", "audit"]
    assert names(settings, "web") == ["viewer"]


def test_the_command_line_stands_in_for_the_hooks_of_all(mine: str, tmp_path: Path) -> None:
    text = "[vaurien]\nhooks = viewer\n" + TWO.format(redis=f"hooks = {mine}.Audit\n", web="")
    settings = asked_in(tmp_path, text, "--hook", "limit")
    assert names(settings, "redis") == ["limit", "audit"]
    assert names(settings, "web") == ["limit"]


def test_each_section_wins_over_the_one_below(mine: str, tmp_path: Path) -> None:
    audit = f"[hook:audit]\ncallable = {mine}.Audit\n"
    own = "[proxy:redis:hook:audit]\nweight = 3\n"
    base = "[vaurien]\nhooks = audit\n" + TWO.format(redis="", web="")

    def weights(text: str, *argv: str) -> list[Any]:
        settings = asked_in(tmp_path, text, *argv)
        return [value(only(settings, proxy).hooks[0], "weight") for proxy in ("redis", "web")]

    assert weights(base + audit) == [0.5, 0.5]
    assert weights(base + audit + own) == [3.0, 0.5]
    assert weights(base + audit + "weight = 2\n" + own) == [3.0, 2.0]
    assert weights(base + audit + "weight = 2\n" + own, "--hooks.audit.weight", "4") == [4.0, 4.0]


def test_another_hook_of_that_name_for_one_proxy(mine: str, tmp_path: Path) -> None:
    text = "[vaurien]\nhooks = viewer\n" + TWO.format(redis="", web="")
    settings = asked_in(tmp_path, f"{text}[proxy:web:hook:viewer]\ncallable = {mine}.Audit\nweight = 7\n")
    assert only(settings, "redis").hooks[0].target is Viewer
    (hook,) = only(settings, "web").hooks
    assert (hook.name, hook.target.__name__, value(hook, "weight")) == ("viewer", "Audit", 7.0)


def test_hooks_of_a_handler(mine: str, tmp_path: Path) -> None:
    text = (
        "[vaurien]\nbehavior = 20:delay\n"
        + TWO.format(redis="", web="")
        + f"[handler:delay]\nsleep = 2\nhooks = {mine}.Audit, viewer\n[handler:error]\nhooks = {mine}.Nameless\n"
        f"[proxy:web:handler:delay]\nhooks = {mine}.Nameless\n[hook:{mine}.Audit]\nweight = 3\n"
    )
    settings = asked_in(tmp_path, text)
    redis, web = (only(settings, name).handlers for name in ("redis", "web"))
    assert [hook.name for hook in redis["delay"].hooks] == ["audit", "viewer"]
    assert value(redis["delay"].hooks[0], "weight") == 3.0
    assert [hook.name for hook in redis["error"].hooks] == [f"{mine}.Nameless"], "ready for later"
    assert [hook.name for hook in web["delay"].hooks] == [f"{mine}.Nameless"], "options are layered, and this is one"
    assert only(settings, "redis").hooks == ()
    line = asked_in(tmp_path, text, "--handlers.delay.hooks", "viewer")
    assert [hook.name for hook in only(line, "web").handlers["delay"].hooks] == ["viewer"]


def test_a_hook_without_a_name_is_known_by_its_path(mine: str) -> None:
    assert names(asked(*ENDS, "--hook", f"{mine}.Nameless")) == [f"{mine}.Nameless"]


# entry points


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: str) -> Path:
    """A folder on the path, in which a distribution is installed that announces hooks."""
    monkeypatch.setattr(HOOKS, "_installed", None)  # it looks once in a process
    monkeypatch.setattr("vaurien.registry.announced", entry_points)
    info = tmp_path / "watching-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: watching\nVersion: 1.0\n")
    points = f"watch = {mine}:Audit\nviewer = {mine}:Audit\n"
    (info / "entry_points.txt").write_text(f"[vaurien.hooks]\n{points}")
    return tmp_path


def test_an_installed_package_brings_its_hooks(installed: Path) -> None:
    assert {"watch", "viewer", "limit"} <= set(HOOKS.names())
    settings = asked(*ENDS, "--hook", "watch", "--hooks.watch.weight", "2")
    (hook,) = only(settings).hooks
    assert (hook.name, hook.target.__name__, value(hook, "weight")) == ("watch", "Audit", 2.0)
    assert only(asked(*ENDS, "--hook", "viewer")).hooks[0].target is Viewer, "what is built in stays"
    assert "did you mean 'watch'" in refusal(said(*ENDS, "--hook", "wacht"))
