"""The documentation builds without a warning, has an entry for all there is, and prints no command that is refused."""

import ast
import re
from pathlib import Path

import pytest

from tests import built_docs, printed
from tests.built_docs import DOCS, headings, pages, targets
from tests.checked import Page, check_commands
from tests.program import ROOT
from vaurien.arguments import argument_parser
from vaurien.config import DAEMON_OPTIONS, PROXY_OPTIONS
from vaurien.control.families import FAMILIES
from vaurien.handlers import BUILT_IN, HANDLERS
from vaurien.hooks import HOOKS
from vaurien.hooks.points import POINTS
from vaurien.http_settings import HTTP_OPTIONS
from vaurien.registry import Registry
from vaurien.session_handlers import SESSION_HANDLERS
from vaurien.statsd_settings import STATSD_OPTIONS
from vaurien.toxic_sections import TOXIC_OPTIONS
from vaurien.toxics import TOXICS

SHELVES = {"tutorial", "howto", "reference", "explanation"}


def hyphenated(name: str) -> str:
    return name.replace("_", "-")


def test_it_builds_without_a_warning() -> None:
    assert (built_docs.built() / "html" / "index.html").exists()


@pytest.mark.parametrize("registry", [HANDLERS, SESSION_HANDLERS, HOOKS, TOXICS], ids=lambda registry: registry.kind)
def test_each_that_is_built_in_has_a_section_and_each_of_its_options_an_entry(registry: Registry) -> None:
    page = f"reference/{registry.kind}s"
    for name, built_in in registry.built_in.items():
        assert name in headings(page)
        for option in registry.options(built_in, name):
            assert hyphenated(f"{registry.kind}-{name}-{option}") in targets(page), f"{name}: {option}"


def test_each_option_of_an_ini_file_has_an_entry() -> None:
    of_the_api = (f"http_{option}" for option in HTTP_OPTIONS)
    of_statsd = (f"statsd_{option}" for option in STATSD_OPTIONS)
    of_toxics = (f"toxic_{option}" for option in TOXIC_OPTIONS)
    words = ("extends", "callable", "type")
    for option in (*PROXY_OPTIONS, *DAEMON_OPTIONS, *of_the_api, *of_statsd, *of_toxics, *words):
        assert f"ini-{hyphenated(option)}" in targets("reference/ini"), option


def test_each_flag_has_an_entry() -> None:
    flags = [flag for action in argument_parser()._actions for flag in action.option_strings]
    assert len(flags) > 15
    parts = (
        "--handlers.NAME.OPTION",
        "--session-handlers.NAME.OPTION",
        "--hooks.NAME.OPTION",
        "--toxics.NAME.OPTION",
        "--behavior-NAME-OPTION",
    )
    for flag in (*flags, *parts):
        assert f"cmdoption-vaurien-{flag.lstrip('-')}" in targets("reference/command_line"), flag


def test_each_point_of_hooks_has_an_entry() -> None:
    assert {f"vaurien.hooks.Hook.{point.name}" for point in POINTS} <= targets("reference/hooks")


def test_each_metric_has_an_entry() -> None:
    prose = (DOCS / "reference" / "metrics.rst").read_text()
    said = set(re.findall(r"``(\w+)``", prose))
    for family in FAMILIES:
        assert f"metric-{hyphenated(family.name)}" in targets("reference/metrics"), family.name
        for label in family.labels:
            assert label == "proxy" or label in said, f"{family.name}: {label}"


def logged() -> list[str]:
    """What the program writes into its log, and how sessions end, as it stands in the code."""
    found = []
    for path in (ROOT / "vaurien").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            owner = ast.unparse(node.func.value)
            if owner == "log" or node.func.attr in ("end", "cut", "_complain"):
                found.append(template(node.args[0]))
    return [text for text in found if re.search(r"[a-z]{3}", text)]


def template(node: ast.expr) -> str:
    """A text of the code, with … for what is put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part) for part in node.values)
    return re.sub(r"%[\w.]+", "…", node.value) if isinstance(node, ast.Constant) else "…"


def test_each_line_of_the_log_is_explained() -> None:
    lines = logged()
    assert len(lines) > 15
    page = " ".join(built_docs.text("reference/log_lines").split())
    for line in lines:
        for part in re.findall(r"[a-z][a-z ,:]+[a-z]", line.replace("…", "|")):
            assert part in page, f"{line!r} is not in the reference of the log"


def test_the_directions_of_the_handlers_are_those_that_the_explanation_of_shares_says() -> None:
    said = {
        to_backend: {"".join(name.itertext()) for name in item.iter("literal")}
        for item in built_docs.xml("explanation/shares").iter("list_item")
        for beginning, to_backend in (("on requests:", True), ("on answers:", False))
        if "".join(item.itertext()).strip().startswith(beginning)
    }
    handlers = [handler for handler in BUILT_IN if handler.name != "dummy"]
    for to_backend in (True, False):
        assert said[to_backend] == {handler.name for handler in handlers if handler().acts_on(to_backend)}


def test_each_page_is_on_a_shelf_and_in_a_table_of_contents() -> None:
    # Sphinx warns of a page that no table of contents has, which fails the build, unless the page asks it not to.
    sources = [path for path in DOCS.rglob("*.rst") if "_build" not in path.parts]
    assert len(sources) > 20
    for path in sources:
        assert ":orphan:" not in path.read_text(), path
        assert path.relative_to(DOCS).parts[0] in SHELVES or path == DOCS / "index.rst", f"{path} is on no shelf"


def test_every_command_line_that_is_printed_is_accepted(tmp_path: Path) -> None:
    found = []
    for page, blocks in pages().items():
        commands = [command for block in blocks for command in printed.commands(block.text)]
        folder = tmp_path / page.replace("/", "-")
        folder.mkdir()
        found.append(Page(folder, commands, printed.files(blocks)))
    assert check_commands(*found) > 30
