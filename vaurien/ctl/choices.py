"""Choices: what can stand at a place of the command line, for a shell that completes it.

The daemon is asked; if it does not say, there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from vaurien.client import Client, ClientError, Loaded
from vaurien.client.behavior_calls import names_in
from vaurien.ctl.command import Given, WrongCommandLine, client

Choose = Callable[[Client, str, Given], Iterable[str]]


def asked(choose: Choose) -> Callable[..., list[str]]:
    """The completer that asks the daemon: `choose` gets a client, what is typed of the word, and what stands before."""

    @wraps(choose)
    def completer(prefix: str, parsed_args: Given, **_: Any) -> list[str]:
        try:
            return list(choose(client(parsed_args, timeout=1.0), prefix, parsed_args))
        except (ClientError, WrongCommandLine):
            return []

    return completer


@asked
def proxies(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    return daemon.info().proxies


@asked
def handlers(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    return daemon.list_handlers()


@asked
def session_handlers(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    return (handler.name for handler in daemon.session_handlers())


@asked
def hooks(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    return (hook.name for hook in daemon.hooks())


@asked
def protocols(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    return (protocol.name for protocol in daemon.protocols())


@asked
def hook_lists(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    """``viewer,limit``: the last of them is completed, with one that is not there yet."""
    before, comma, _ = prefix.rpartition(",")
    there = before.split(",")
    return (f"{before}{comma}{hook.name}" for hook in daemon.hooks() if hook.name not in there)


@asked
def behaviors(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    """``20:delay,5:error``: the last handler is completed, and after it another may follow."""
    return shares_of(daemon.list_handlers, prefix)


@asked
def session_behaviors(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    """``10:refuse,5:silent``, in the same way."""
    return shares_of(lambda: [each.name for each in daemon.session_handlers()], prefix)


def shares_of(names: Callable[[], Iterable[str]], prefix: str) -> Iterable[str]:
    """``20:delay`` and its like, where a weight is typed."""
    weight, colon, _ = prefix.rpartition(":")
    if not colon:
        return []
    found = [f"{weight}:{name}" for name in names() if f"{weight}:{name}".startswith(prefix)]
    return [*found, f"{found[0]},"] if len(found) == 1 else found  # with two to choose from, no blank is put after it


@asked
def handler_options(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    """``delay.sleep=``, of the handlers that are named before, or of all."""
    behavior = getattr(given, "behavior", None) or getattr(given, "handler", None) or ""
    named = names_in(behavior)
    found = daemon.handlers()
    return settings_of([each for each in found if each.name in named] or found, prefix)


@asked
def session_handler_options(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    """``silent.time=``, of the session handlers that are named before, or of all."""
    named = names_in(getattr(given, "session_behavior", None) or "")
    found = daemon.session_handlers()
    return settings_of([each for each in found if each.name in named] or found, prefix)


@asked
def hook_options(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    """``viewer.items=``, of the hooks that are named before, or of all."""
    named = (getattr(given, "hooks", None) or "").split(",")
    found = daemon.hooks()
    return settings_of([each for each in found if each.name in named] or found, prefix)


@asked
def holds(daemon: Client, prefix: str, given: Given) -> Iterable[str]:
    names = daemon.info().proxies if given.proxy is None else (given.proxy,)
    reverts = [revert for name in names for revert in daemon.proxy(name).reverts]
    return (str(revert.hold) for revert in reverts if revert.hold is not None)


def settings_of(loaded: Iterable[Loaded], prefix: str) -> Iterable[str]:
    """``NAME.OPTION=``, and the values where there is a list of them."""
    for each in loaded:
        for option in each.options:
            start = f"{each.name}.{option.name}="
            if not prefix.startswith(start):
                yield start
                continue
            for value in ("true", "false") if option.type == "bool" else option.choices:
                yield start + value
