"""What the documentation says of hooks is complete: every point, option, attribute and rule has its entry."""

import inspect
import re
from xml.etree import ElementTree

import pytest

from tests import built_docs
from tests.program import ROOT
from vaurien.call import Call, SessionOfCall
from vaurien.hooks import HOOKS, Hook, Message, Reply
from vaurien.hooks.points import POINTS, Point
from vaurien.session import Session

REFERENCE = "reference/hooks"
ORIGINS = "explanation/where_hooks_come_from"

PREFIXES = {Call: "hook-call", Session: "hook-session", Message: "hook-message", Reply: "hook-reply"}
OF_THE_ENGINE = {
    Call: {"consumed", "culprit", "filters", "reached", "sent", "stopped", "waiting"},
    SessionOfCall: {"answer", "conversation", "discard", "give_next_call", "protocol"},
}
"""Public in the code, and no business of hooks."""


def public(described: type) -> set[str]:
    """The names of attributes and methods that do not begin with an underscore."""
    return {name for name in {*dir(described), *described.__annotations__} if not name.startswith("_")}


PROMISED = {
    Call: public(Call) - OF_THE_ENGINE[Call],
    # Of a session, most is the engine's: these are what a call needs of it, and what hooks are promised besides.
    Session: public(SessionOfCall) - OF_THE_ENGINE[SessionOfCall]
    | {"client_sock", "backend_sock", "bytes", "calls", "counts", "cause", "started_at", "stop_propagation"},
    Message: public(Message),
    Reply: public(Reply),
}


@pytest.mark.parametrize("described", PROMISED, ids=lambda described: described.__name__)
def test_each_attribute_has_an_entry(described: type) -> None:
    found = entered(described)
    missing = PROMISED[described] - found
    assert not missing, f"reference/hooks.rst says nothing of {sorted(missing)}: add it, or it is the engine's"
    assert found <= {*dir(described)}, "there is no such thing"
    assert not found & OF_THE_ENGINE.get(described, set()), "hooks are told of what is the engine's"


def entered(described: type) -> set[str]:
    """The names that have an entry in the reference."""
    links = built_docs.targets(REFERENCE)
    start = f"{PREFIXES[described]}-"
    return {link.removeprefix(start).replace("-", "_") for link in links if link.startswith(start)}


def test_each_hook_that_is_built_in_has_a_section_and_each_option_an_entry() -> None:
    for name, built_in in HOOKS.built_in.items():
        assert name in built_docs.headings(REFERENCE)
        for option in HOOKS.options(built_in, name):
            assert f"hook-{name}-{option}".replace("_", "-") in built_docs.targets(REFERENCE), f"{name}: {option}"


def entry(point: Point) -> ElementTree.Element:
    """The entry of a point in the reference."""
    for found in built_docs.xml(REFERENCE).iter("desc"):
        for signature in found.iter("desc_signature"):
            if signature.get("ids") == f"vaurien.hooks.Hook.{point.name}":
                return found
    raise AssertionError(f"{point.name} has no entry")


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_each_point_says_all_of_itself(point: Point) -> None:
    """Its kind, order and arguments, what a return value means, and what an exception does."""
    found = entry(point)
    fields = {}
    for field in found.iter("field"):
        name, body = field
        fields["".join(name.itertext())] = "".join(body.itertext()).strip()
    assert fields["Kind"] == point.kind
    assert fields["Order"].startswith("reversed" if point.backwards else "by priority")
    assert fields["Is told"].split(", ") == list(point.told)
    meant = {"notify": ["ignored"], "claim": ["None", "Reply", "TAKEN"], "filter": ["Message", "Reply"]}
    for word in meant[point.kind]:
        assert word in fields["What it returns"]
    said = " ".join("".join(found.itertext()).split())
    docstring = " ".join((inspect.getdoc(getattr(Hook, point.name)) or "").replace("`", "").split())
    assert docstring in said
    assert "exception" in docstring, "it does not say what an exception does"


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_each_point_is_in_the_rules_and_in_the_page_of_origins(point: Point) -> None:
    sections = built_docs.xml(REFERENCE).iter("section")
    (rules,) = [section for section in sections if "hook-errors" in section.get("ids", "").split()]
    terms = ["".join(term.itertext()) for term in rules.iter("term")]
    assert sum(point.name in term.split(", ") for term in terms) == 1
    assert re.search(rf"\b{point.name}\b", built_docs.text(ORIGINS))


def test_every_system_that_hooks_come_from_has_a_table() -> None:
    """A table each, in which the second column has our names: those that the code has."""
    sections = {
        "".join(title.itertext()): section
        for section in built_docs.xml(ORIGINS).iter("section")
        for title in section.findall("title")
    }
    for system in ("Vaurien", "Pecan", "Perlbal", "Tavrida", "HARP"):
        (section,) = [found for title, found in sections.items() if title.endswith(f"of {system}")]
        rows = section.findall(".//tbody/row")
        assert len(rows) >= 10
        assert all("".join(cell.itertext()).strip() for row in rows for cell in row.findall("entry")[:2])


def test_every_hook_that_the_pages_speak_of_is_in_the_folder() -> None:
    pages = "\n".join(path.read_text() for path in (ROOT / "docs").rglob("*.rst"))
    for name in re.findall(r"examples/hooks/([\w.]+\w)", pages):
        assert (ROOT / "examples" / "hooks" / name).exists(), name
