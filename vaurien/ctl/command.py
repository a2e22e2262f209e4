"""Command: how a command is added to the command line, and what all of them take."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any, NoReturn

from vaurien.client import Client
from vaurien.client.asking import URL
from vaurien.ctl.output import Output

Given = argparse.Namespace
Run = Callable[[Client, Given, Output], None]
Completer = Callable[..., list[str]]


class WrongCommandLine(Exception):
    """What was typed cannot be meant: one line, and exit code 2."""


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are `WrongCommandLine`."""

    def error(self, message: str) -> NoReturn:
        raise WrongCommandLine(f"{message}; {self.prog} --help says more")


Commands = Any  # argparse._SubParsersAction[Parser], which cannot be named at run time


def parser(**more: Any) -> Parser:
    """A parser as wide as a page of the documentation."""
    return Parser(
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30, width=100),
        **more,
    )


def add_command(commands: Commands, name: str, run: Run, help: str) -> Parser:
    """A command that can be typed, which takes what all of them take. `help` is a sentence without a point."""
    added: Parser = commands.add_parser(
        name,
        help=help[0].lower() + help[1:],
        description=f"{help}.",
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=30, width=100),
    )
    added.set_defaults(run=run)
    add_common(added, argparse.SUPPRESS)
    return added


def add_common(to: Parser, default: Any = None) -> None:
    """Options that may stand before a command or after it."""
    group = to.add_argument_group("the daemon and what is printed of it")
    group.add_argument(
        "--url", metavar="URL", default=default,
        help=f"where its control API is: http://HOST:PORT or unix:/PATH; or VAURIEN_URL; {URL} if nothing is said",
    )  # fmt: skip
    group.add_argument(
        "--token-file", metavar="FILE", default=default, help="a file that holds its token; or VAURIEN_TOKEN, the token"
    )
    group.add_argument(
        "--json", action="store_true", default=default or False, help="print JSON, as the control API has it"
    )


def completed(action: argparse.Action, completer: Completer) -> None:
    """Lets a shell ask `completer` for what can stand here."""
    action.completer = completer  # type: ignore[attr-defined]  # where argcomplete looks for it


def client(given: Given, timeout: float = 10.0) -> Client:
    """The client for what was given. Raises `WrongCommandLine`."""
    token = os.environ.get("VAURIEN_TOKEN") or None
    if given.token_file is not None:
        try:
            with open(given.token_file, encoding="utf-8") as file:
                token = file.read().strip()
        except (OSError, UnicodeDecodeError) as exc:
            reason = (exc.strerror or "") if isinstance(exc, OSError) else "it is no text"
            raise WrongCommandLine(f"--token-file: cannot read {given.token_file}: {reason.lower()}") from exc
        if not token:
            raise WrongCommandLine(f"--token-file: {given.token_file} is empty")
    try:
        found = Client(given.url or os.environ.get("VAURIEN_URL") or URL, token, timeout)
    except ValueError as exc:
        raise WrongCommandLine(str(exc)) from exc
    found._how_to_say = " by --proxy NAME"
    return found


def token_asked(given: Given) -> str:
    """What to say of a daemon that does not take the token that was given, or that there was none."""
    if given.token_file is not None:
        return f"the token is wrong: the daemon has another one than {given.token_file}"
    if os.environ.get("VAURIEN_TOKEN"):
        return "the token is wrong: the daemon has another one than VAURIEN_TOKEN"
    return "the daemon asks for a token: give it by --token-file FILE or in VAURIEN_TOKEN"
