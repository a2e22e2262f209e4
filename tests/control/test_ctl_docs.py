"""What is printed of ``vaurienctl`` and of the client is true: commands have sections, lines are accepted."""

from __future__ import annotations

import ast
import shlex
from argparse import _SubParsersAction
from collections.abc import Iterator

import pytest

import vaurien.client
from tests import built_docs, printed
from tests.program import ROOT
from vaurien.ctl.command import Parser
from vaurien.ctl.parser import argument_parser

REFERENCE = "reference/vaurienctl"


def commands(parser: Parser, name: str = "") -> Iterator[tuple[str, Parser]]:
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            for word, inner in action.choices.items():
                yield f"{name} {word}".strip(), inner
                yield from commands(inner, f"{name} {word}".strip())


def lines() -> Iterator[list[str]]:
    """The words of each line that is printed anywhere."""
    texts = [block.text for blocks in built_docs.pages().values() for block in blocks]
    texts += [line.strip() for line in (ROOT / "README.rst").read_text().splitlines()]
    for text in texts:
        for command in printed.commands(text):
            words = shlex.split(command.line, comments=False)
            if words[0] == "vaurienctl":
                yield [word for word in words[1:] if "|" not in words or words.index(word) < words.index("|")]


def test_every_command_has_its_section_and_every_option_its_entry() -> None:
    found = dict(commands(argument_parser()))
    assert {"status", "proxies create", "list-handlers"} <= set(found)
    assert set(found) <= built_docs.headings(REFERENCE)
    common = {flag for action in argument_parser()._actions for flag in action.option_strings}
    targets = built_docs.targets(REFERENCE)
    for flag in common:
        assert f"cmdoption-vaurienctl-{flag.lstrip('-')}" in targets, flag
    for name, parser in found.items():
        for flag in {flag for action in parser._actions for flag in action.option_strings} - common:
            assert f"cmdoption-vaurienctl-{name.replace(' ', '-')}-{flag.lstrip('-')}" in targets, f"{name} {flag}"


def test_every_line_that_is_printed_is_accepted() -> None:
    found = list(lines())
    assert len(found) > 5
    for words in found:
        assert argument_parser().parse_args(words).run, words


@pytest.mark.parametrize("name", vaurien.client.__all__)
def test_all_of_the_client_has_an_entry(name: str) -> None:
    assert f"vaurien.client.{name}" in built_docs.targets("reference/client")


def test_every_call_of_the_client_has_an_entry() -> None:
    targets = built_docs.targets("reference/client")
    for kind in vaurien.client.Client.__mro__:
        for name in vars(kind) if kind.__module__.startswith("vaurien.client") else ():
            if not name.startswith("_") and name not in ("path_of", "listed"):
                owners = (f"{kind.__module__}.{kind.__name__}.{name}", f"vaurien.client.Client.{name}")
                assert targets & {*owners}, name


def test_the_block_of_the_readme_is_python() -> None:
    text = (ROOT / "README.rst").read_text()
    (block,) = [
        part for part in text.split(".. code-block:: python\n\n") if part.startswith("    import vaurien.client")
    ]
    code = "\n".join(line[4:] for line in block.partition("\nRead on")[0].splitlines())
    assert "client.behavior" in ast.unparse(ast.parse(code))
