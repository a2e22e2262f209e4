"""``vaurienctl session-behavior``: what happens to the sessions of proxies as a whole, shown or set."""

from __future__ import annotations

from collections.abc import Iterable

from vaurien.client import Client, Proxy
from vaurien.ctl import choices, settings
from vaurien.ctl.command import Commands, Given, WrongCommandLine, add_command, completed
from vaurien.ctl.output import Output, valued, versioned
from vaurien.ctl.table import Table


def add_to(commands: Commands) -> None:
    help = "Shows what happens to the sessions of proxies as a whole, or sets it"
    command = add_command(commands, "session-behavior", run, help)
    action = command.add_argument(
        "session_behavior", nargs="?", metavar="SESSION_BEHAVIOR",
        help="what is to happen to sessions, such as 10:refuse,5:silent; an empty text for nothing",
    )  # fmt: skip
    completed(action, choices.session_behaviors)
    settings.add_session_options(command)
    settings.add_for(command)
    settings.add_if_match(command)
    settings.add_proxy(command, "which proxy, if there are several; all are shown if none is named")


def run(client: Client, given: Given, out: Output) -> None:
    if given.session_behavior is not None:
        options = settings.session_options(given.session_options)
        now = client.set_session_behavior(
            given.session_behavior, proxy=given.proxy, session_handlers=options, for_=given.for_,
            expected=given.expected,
        )  # fmt: skip
        print_one(now, out)
    elif given.session_options or given.for_ is not None or given.expected is not None:
        raise WrongCommandLine("--set, --for and --if-match need a SESSION_BEHAVIOR, such as 10:refuse")
    elif given.proxy is None:
        found = [client.proxy(name) for name in client.info().proxies]
        _show(found, out, {proxy.name: told(proxy) for proxy in found})
    else:
        print_one(client.proxy(given.proxy), out)


def print_one(proxy: Proxy, out: Output) -> None:
    _show([proxy], out, told(proxy))


def told(proxy: Proxy) -> dict[str, object]:
    """What JSON says of a proxy here."""
    names = ("session_behavior", "session_handlers", "etag")
    shown = {name: value for name, value in versioned(proxy).items() if name in names}
    return {**shown, "reverts_in": _reverts(proxy)}


def _show(found: Iterable[Proxy], out: Output, body: object) -> None:
    if out.as_json:
        out.json(body)
    else:
        out.table(table(found))


def table(found: Iterable[Proxy]) -> Table:
    """A row for each share, with the options of its session handler."""
    result = Table(
        ("proxy", "percent", "session_handler", "reverts_in", "options"), frozenset(("percent", "reverts_in"))
    )
    for proxy in found:
        for part in filter(None, proxy.session_behavior.split(",")):
            percent, _, name = part.partition(":")
            result.add(proxy.name, percent, name, _reverts(proxy), valued(proxy.session_handlers.get(name, {})))
    return result


def _reverts(proxy: Proxy) -> float | None:
    """In how many seconds it goes back; None if it does not."""
    seconds = [each.seconds for each in proxy.reverts if "session_behavior" in each.fields]
    return min((each for each in seconds if each is not None), default=None)
