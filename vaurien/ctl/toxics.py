"""``vaurienctl toxics``: toxics are listed, added, changed and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vaurien.client import Client, ClientError, Toxic
from vaurien.ctl import handlers, settings
from vaurien.ctl.command import (
    Commands,
    Given,
    Parser,
    WrongCommandLine,
    add_command,
    client,
    completed,
)
from vaurien.ctl.output import Output, valued, versioned
from vaurien.ctl.table import Table

STREAMS = ("downstream", "upstream")


def add_to(commands: Commands) -> None:
    group = add_command(commands, "toxics", show, "Lists the toxics; or adds, changes, removes one")
    settings.add_proxy(group, "only those of this proxy")
    inner = group.add_subparsers(title="commands", metavar="COMMAND", dest="subcommand")
    command = add_command(inner, "add", add, "Adds a toxic, which is at work at once")
    completed(command.add_argument("type", metavar="TYPE", help="what it does, such as latency"), type_names)
    command.add_argument("--name", metavar="NAME", help="how it is to be called; TYPE_STREAM if nothing is said")
    add_settings(command)
    settings.add_for(command, "take it away after so long: 30s, 1.5m, 2h")
    command = add_command(inner, "change", change, "Changes what is named of a toxic, and leaves all else")
    add_name(command)
    add_settings(command)
    settings.add_for(command)
    command = add_command(inner, "remove", remove, "Takes a toxic away")
    add_name(command)
    settings.add_for(command, "let it come back after so long: 30s, 1.5m, 2h")
    for each in ("add", "change", "remove"):
        settings.add_if_match(inner.choices[each])
        settings.add_proxy(inner.choices[each])
    command = add_command(inner, "types", types, "Shows the types that can be chosen, with their options")
    completed(command.add_argument("name", nargs="?", metavar="TYPE", help="only this one"), type_names)


def add_name(to: Parser) -> None:
    completed(to.add_argument("name", metavar="NAME", help="which toxic"), toxic_names)


def add_settings(to: Parser) -> None:
    completed(
        to.add_argument(
            "--stream", metavar="STREAM", help="downstream, to the client, which it is if nothing is said; or upstream"
        ),
        lambda **_: list(STREAMS),
    )
    to.add_argument("--toxicity", metavar="SHARE", help="the share of the sessions that it acts on, 0 to 1; 1")
    to.add_argument(
        "--set", action="append", default=[], metavar="OPTION=VALUE", dest="options",
        help="an option of its type, such as latency=100; can be given again",
    )  # fmt: skip


def attributes(texts: Iterable[str]) -> dict[str, str]:
    """What ``--set`` says. Raises `WrongCommandLine`."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise WrongCommandLine(f"--set: {text!r} is no OPTION=VALUE, such as latency=100")
        found[name] = value
    return found


def _asked(given: Given) -> dict[str, Any]:
    """What a command line says of a toxic, as the client takes it."""
    said = {name: getattr(given, name) for name in ("stream", "toxicity") if getattr(given, name) is not None}
    options = attributes(given.options)
    return {**said, "attributes": options} if options else said


def add(client: Client, given: Given, out: Output) -> None:
    made = client.add_toxic(
        given.type, name=given.name, proxy=given.proxy, for_=given.for_, expected=given.expected, **_asked(given)
    )  # fmt: skip
    print_one(client, given, made, out)


def change(client: Client, given: Given, out: Output) -> None:
    asked = _asked(given)
    if not asked:
        raise WrongCommandLine("say what is to change: --set OPTION=VALUE, --stream or --toxicity")
    now = client.change_toxic(given.name, proxy=given.proxy, for_=given.for_, expected=given.expected, **asked)
    print_one(client, given, now, out)


def remove(client: Client, given: Given, out: Output) -> None:
    client.remove_toxic(given.name, proxy=given.proxy, for_=given.for_, expected=given.expected)
    if out.as_json:
        out.json({})


def types(client: Client, given: Given, out: Output) -> None:
    handlers.show("toxic", client.toxic_types(), given.name, out)


def show(client: Client, given: Given, out: Output) -> None:
    names = client.info().proxies if given.proxy is None else (given.proxy,)
    found = {name: client.toxics(name) for name in names}
    if out.as_json:
        lists = {name: [versioned(toxic) for toxic in toxics] for name, toxics in found.items()}
        out.json(lists if given.proxy is None else lists[given.proxy])
    else:
        out.table(table(found))


def print_one(client: Client, given: Given, toxic: Toxic, out: Output) -> None:
    if out.as_json:
        out.json(versioned(toxic))
    else:
        out.table(table({given.proxy or client.only_proxy(): [toxic]}))


def table(found: Mapping[str, Iterable[Toxic]]) -> Table:
    result = Table(("proxy", "toxic", "type", "stream", "toxicity", "options"), frozenset(("toxicity",)))
    for proxy, toxics in found.items():
        for toxic in toxics:
            options = valued(toxic.attributes)
            result.add(proxy, toxic.name, toxic.type, toxic.stream, f"{toxic.toxicity:g}", options)
    return result


def type_names(parsed_args: Given, **_: Any) -> list[str]:
    """The names of the types, for a shell that completes a word; none if the daemon does not say."""
    try:
        return [each.name for each in client(parsed_args, timeout=1.0).toxic_types()]
    except (ClientError, WrongCommandLine):
        return []


def toxic_names(parsed_args: Given, **_: Any) -> list[str]:
    """The names of the toxics of the proxy that is named, or of the only one, likewise."""
    try:
        return [toxic.name for toxic in client(parsed_args, timeout=1.0).toxics(parsed_args.proxy)]
    except (ClientError, WrongCommandLine):
        return []
