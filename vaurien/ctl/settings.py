"""Settings: what is typed of handlers' options and of proxies, as the client takes it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from vaurien.client import Behavior, Proxy
from vaurien.ctl.command import Given, Parser, WrongCommandLine, completed, handler_names

Options = dict[str, dict[str, str]]


def add_options(to: Parser) -> None:
    to.add_argument(
        "--set", action="append", default=[], metavar="HANDLER.OPTION=VALUE", dest="options",
        help="an option of a handler, such as delay.sleep=2; can be given again; without HANDLER it is for each handler"
        " of the behavior that has it",
    )  # fmt: skip


def add_for(to: Parser, help: str = "go back to what was after so long: 30s, 1.5m, 2h") -> None:
    to.add_argument("--for", metavar="TIME", dest="for_", help=help)


def add_if_match(to: Parser) -> None:
    to.add_argument(
        "--if-match", metavar="ETAG", dest="expected", type=_quoted,
        help="do it only if the proxy still has this version, which --json shows as etag",
    )  # fmt: skip


def _quoted(text: str) -> str:
    """Versions as HTTP has them, in quotation marks, which a shell takes away from what is typed."""
    parts = (part.strip() for part in text.split(","))
    return ", ".join(part if '"' in part or part == "*" else f'"{part}"' for part in parts)


def add_behavior(to: Parser, *names: str, help: str) -> None:
    optional: dict[str, Any] = {} if names[0].startswith("-") else {"nargs": "?"}
    completed(to.add_argument(*names, metavar="BEHAVIOR", help=help, **optional), _weighted)


def options(texts: Iterable[str]) -> tuple[Options, dict[str, str]]:
    """What ``--set`` says: in full, by handler, and short, by option. Raises `WrongCommandLine`."""
    full: Options = {}
    short: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        handler, dot, option = name.rpartition(".")
        if not equals or not option or (dot and not handler):
            raise WrongCommandLine(f"--set: {text!r} is no HANDLER.OPTION=VALUE, such as delay.sleep=2")
        (full.setdefault(handler, {}) if dot else short)[option] = value
    return full, short


def note_idle(given: Options, now: Proxy | Behavior) -> None:
    """Says on standard error which handlers got options, but no calls: that may be a slip."""
    busy = {share.handler for share in now.shares if share.percent > 0}
    for name in given:
        if name not in busy:
            print(f"vaurienctl: note: {name} has no share now, so it gets no calls", file=sys.stderr)


def _weighted(prefix: str, parsed_args: Given, **_: object) -> list[str]:
    """Behaviors that begin as what is typed does, for a shell that completes it."""
    weight, colon, _name = prefix.rpartition(":")
    if not colon:
        return []
    found = [f"{weight}:{name}" for name in handler_names(parsed_args) if f"{weight}:{name}".startswith(prefix)]
    return [*found, f"{found[0]},"] if len(found) == 1 else found  # with two to choose from, no blank is put after it
