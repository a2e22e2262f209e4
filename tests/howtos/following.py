"""Follows a how-to about a server: each Vaurien of the page is started, with the servers of the tests behind it, and a
test says what its reader meets then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests import built_docs, printed
from tests.printed import Command
from tests.reader import Reader
from tests.servers.base import free_port

T = TypeVar("T")

SEED = "--seed 5"
"""So that a small share comes when it came the last time."""
MOST = 600
"""So many times at most something is tried that befalls a small share."""


class Step(NamedTuple):
    """A Vaurien that a page starts, and the commands up to the next one."""

    line: str
    then: list[Command]


def steps(page: str) -> list[Step]:
    """All of a page, in its order."""
    found: list[Step] = []
    for block in built_docs.pages()[page]:
        for command in printed.commands(block.text) if block.language == "console" else ():
            if command.words[0] == "vaurien":
                found.append(Step(command.line, []))
            else:
                found[-1].then.append(command)
    return found


@contextmanager
def following(page: str, number: int, folder: Path, ports: Mapping[str, int], fresh: str) -> Iterator[Reader]:
    """A reader who has started the Vaurien of the step `number` of a page, and has done what comes before the next one,
    which says what the page shows.

    `ports` are those of the servers by their printed numbers, `fresh` is the printed one of Vaurien.
    """
    with Reader(folder, {**ports, fresh: free_port()}) as reader:
        for name, text in printed.files(built_docs.pages()[page]).items():
            (folder / name).write_text(reader.here(text))
        step = steps(page)[number]
        reader.start(f"{step.line} {SEED}")
        for command in step.then:
            said = reader.run(command.line)
            assert command.output.strip() in said, f"{command.line} says\n{said}"
        yield reader


def again(attempt: Callable[[], T | None]) -> T:
    """What `attempt` returns when it returns something, which a small share of attempts does."""
    for _ in range(MOST):
        if (found := attempt()) is not None:
            return found
    raise AssertionError(f"nothing came of {MOST} attempts")


def until_raised(
    expected: type[BaseException] | tuple[type[BaseException], ...], attempt: Callable[[], object]
) -> BaseException:
    """The exception of the first attempt that raises one, which must be an `expected` one."""

    def tried() -> BaseException | None:
        try:
            attempt()
        except expected as exc:
            return exc
        return None

    return again(tried)


def code(page: str, language: str) -> str:
    """The page's only block in this language."""
    (found,) = [block.text for block in built_docs.pages()[page] if block.language == language]
    return found
