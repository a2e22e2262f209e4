"""Settings: what is typed of handlers' options and of proxies, as the client takes it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from vaurien.client import Behavior, Proxy
from vaurien.ctl import choices
from vaurien.ctl.command import Parser, WrongCommandLine, completed

SET_SESSION = "--set-session"
"""Sets an option of a session handler, where ``--set`` is for handlers of calls."""
Options = dict[str, dict[str, str]]


def add_options(to: Parser) -> None:
    action = to.add_argument(
        "--set", action="append", default=[], metavar="HANDLER.OPTION=VALUE", dest="options",
        help="an option of a handler, such as delay.sleep=2; can be given again; without HANDLER it is for each handler"
        " of the behavior that has it",
    )  # fmt: skip
    completed(action, choices.handler_options)


def add_session_options(to: Parser, flag: str = "--set") -> None:
    action = to.add_argument(
        flag, action="append", default=[], metavar="HANDLER.OPTION=VALUE", dest="session_options",
        help="an option of a session handler, such as silent.time=5; can be given again",
    )  # fmt: skip
    completed(action, choices.session_handler_options)


def add_session_behavior(to: Parser) -> None:
    action = to.add_argument(
        "--session-behavior", metavar="SESSION_BEHAVIOR",
        help="what happens to its sessions as a whole, such as 10:refuse,5:silent; an empty text for nothing",
    )  # fmt: skip
    completed(action, choices.session_behaviors)
    add_session_options(to, SET_SESSION)


def add_hooks(to: Parser) -> None:
    action = to.add_argument("--hooks", metavar="NAME,…", help="its hooks; an empty text for none")
    completed(action, choices.hook_lists)
    action = to.add_argument(
        "--set-hook", action="append", default=[], metavar="HOOK.OPTION=VALUE", dest="hook_options",
        help="an option of a hook, such as viewer.items=handler,size; can be given again",
    )  # fmt: skip
    completed(action, choices.hook_options)


def add_proxy(to: Parser, help: str = "which proxy, if there are several") -> None:
    completed(to.add_argument("--proxy", metavar="NAME", help=help), choices.proxies)


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
    completed(to.add_argument(*names, metavar="BEHAVIOR", help=help, **optional), choices.behaviors)


def options(texts: Iterable[str]) -> tuple[Options, dict[str, str]]:
    """What ``--set`` says: in full, by handler, and short, by option. Raises `WrongCommandLine`."""
    full: Options = {}
    short: dict[str, str] = {}
    for text in texts:
        handler, option, value = _parts(text, "--set", "HANDLER.OPTION=VALUE, such as delay.sleep=2")
        (short if handler is None else full.setdefault(handler, {}))[option] = value
    return full, short


def hook_options(texts: Iterable[str]) -> Options:
    """What ``--set-hook`` says. Raises `WrongCommandLine`."""
    return _in_full(texts, "--set-hook", "HOOK.OPTION=VALUE, such as viewer.items=size")


def session_options(texts: Iterable[str], flag: str = "--set") -> Options:
    """What is said of session handlers. Raises `WrongCommandLine`."""
    return _in_full(texts, flag, "HANDLER.OPTION=VALUE, such as silent.time=5")


def _in_full(texts: Iterable[str], flag: str, form: str) -> Options:
    found: Options = {}
    for text in texts:
        name, option, value = _parts(text, flag, form)
        if name is None:
            raise WrongCommandLine(f"{flag}: {text!r} is no {form}")
        found.setdefault(name, {})[option] = value
    return found


def _parts(text: str, flag: str, form: str) -> tuple[str | None, str, str]:
    """The name, which may be None, the option and the value."""
    before, equals, value = text.partition("=")
    name, dot, option = before.rpartition(".")
    if not equals or not option or (dot and not name):
        raise WrongCommandLine(f"{flag}: {text!r} is no {form}")
    return name if dot else None, option, value


def note_idle(given: Iterable[str], now: Proxy | Behavior) -> None:
    """Says on standard error which handlers got options, but no calls: that may be a slip."""
    busy = {share.handler for share in now.shares if share.percent > 0}
    for name in given:
        if name not in busy:
            print(f"vaurienctl: note: {name} has no share now, so it gets no calls", file=sys.stderr)
