"""``vaurienctl proxies``: proxies are listed, made, changed and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from vaurien.client import Client, NotFound, Proxy
from vaurien.ctl import choices, settings
from vaurien.ctl.command import Commands, Given, Parser, WrongCommandLine, add_command, completed
from vaurien.ctl.output import Output, versioned
from vaurien.ctl.table import Table

FIELDS = ("local", "distant", "protocol", "timeout", "max_sessions", "command_metrics", "behavior", "session_behavior")
"""What is said by an option of the same name, and sent as it is."""


def add_to(commands: Commands) -> None:
    group = add_command(commands, "proxies", show, "Lists the proxies; or creates, changes, deletes one")
    inner = group.add_subparsers(title="commands", metavar="COMMAND", dest="subcommand")
    create_command = add_command(inner, "create", create, "Creates a proxy")
    create_command.add_argument("name", metavar="NAME", help="how it is to be called")
    add_settings(create_command, required=True)
    settings.add_for(create_command, "delete it after so long: 30s, 1.5m, 2h")
    change_command = add_command(inner, "change", change, "Changes what is named of a proxy, and leaves all else")
    add_name(change_command)
    add_settings(change_command, required=False)
    settings.add_for(change_command)
    settings.add_if_match(change_command)
    for name, run, help in (
        ("delete", delete, "Stops a proxy and cuts its sessions"),
        ("enable", enable, "Lets a proxy listen"),
        ("disable", disable, "Lets a proxy listen no more"),
    ):
        command = add_command(inner, name, run, help)
        add_name(command)
        if run is not delete:
            settings.add_for(command)
        settings.add_if_match(command)


def add_name(to: Parser) -> None:
    completed(to.add_argument("name", metavar="NAME", help="which proxy"), choices.proxies)


def add_settings(to: Parser, required: bool) -> None:
    default = "; 127.0.0.1:0 if nothing is said" if required else ""
    to.add_argument("--local", metavar="ADDRESS", help=f"where it listens; port 0 is any that is free{default}")
    to.add_argument("--distant", required=required, metavar="ADDRESS", help="where it sends")
    protocol = to.add_argument("--protocol", metavar="NAME", help="what a call is: tcp, http, redis…")
    completed(protocol, choices.protocols)
    settings.add_behavior(to, "--behavior", help="what it does, such as 20:delay,5:error")
    settings.add_options(to)
    settings.add_session_behavior(to)
    settings.add_hooks(to)
    to.add_argument("--timeout", metavar="SECONDS", help="how long the backend may take to connect")
    to.add_argument("--max-sessions", metavar="NUMBER", help="so many sessions at once; 0 for no limit")
    to.add_argument("--command-metrics", metavar="yes|no", help="whether calls are counted by command too")
    to.add_argument("--disabled", action="store_true", help="it does not listen until it is enabled")


def asked(client: Client, given: Given) -> dict[str, Any]:
    """What a command line says of a proxy, as the control API has it."""
    body = {name: getattr(given, name) for name in FIELDS if getattr(given, name) is not None}
    full, short = settings.options(given.options)
    if short and given.behavior is None:
        raise WrongCommandLine(f"--set: without a --behavior, write HANDLER.{next(iter(short))}=VALUE")
    if full or short:
        body["handlers"] = client.options_for(given.behavior or "", full, short)
    if given.session_options:
        body["session_handlers"] = settings.session_options(given.session_options, settings.SET_SESSION)
    if given.hooks is not None:
        body["hooks"] = [name for name in given.hooks.split(",") if name]
    if given.hook_options:
        body["hook_options"] = settings.hook_options(given.hook_options)
    if given.disabled:
        body["enabled"] = False
    return body


def create(client: Client, given: Given, out: Output) -> None:
    body = asked(client, given)
    proxy = client.create_proxy(given.name, for_=given.for_, **body)
    settings.note_idle(body.get("handlers", ()), proxy)
    print_one(proxy, out)


def change(client: Client, given: Given, out: Output) -> None:
    body = asked(client, given)
    if not body:
        raise WrongCommandLine("say what is to change; vaurienctl proxies change --help lists what can be")
    proxy = client.change_proxy(given.name, expected=given.expected, for_=given.for_, **body)
    settings.note_idle(body.get("handlers", ()), proxy)
    print_one(proxy, out)


def delete(client: Client, given: Given, out: Output) -> None:
    client.delete_proxy(given.name, expected=given.expected)
    if out.as_json:
        out.json({})


def enable(client: Client, given: Given, out: Output) -> None:
    print_one(client.enable_proxy(given.name, expected=given.expected, for_=given.for_), out)


def disable(client: Client, given: Given, out: Output) -> None:
    print_one(client.disable_proxy(given.name, expected=given.expected, for_=given.for_), out)


def show(client: Client, given: Given, out: Output) -> None:
    found = client.proxies()
    if out.as_json:
        out.json([versioned(proxy) for proxy in _each(client, found)])
    else:
        out.table(table(found))


def _each(client: Client, found: tuple[Proxy, ...]) -> Iterator[Proxy]:
    """The same proxies asked for one by one: a list says nothing of their versions."""
    for proxy in found:
        with suppress(NotFound):  # it was deleted a moment ago
            yield client.proxy(proxy.name)


def print_one(proxy: Proxy, out: Output) -> None:
    if out.as_json:
        out.json(versioned(proxy))
    else:
        out.table(table((proxy,)))


def spoken(proxy: Proxy) -> str:
    """With whom it speaks TLS."""
    tls = proxy.tls
    sides = {"client": tls["tls_cert"] or tls["tls_self_signed"], "backend": tls["distant_tls"]}
    return ",".join(side for side, speaks in sides.items() if speaks)


def table(found: tuple[Proxy, ...]) -> Table:
    result = Table(
        (
            "proxy",
            "enabled",
            "local",
            "listening",
            "distant",
            "sessions",
            "timeout",
            "max_sessions",
            "hooks",
            "behavior",
            "protocol",
            "session_behavior",
            "tls",
        ),
        frozenset(("sessions", "timeout", "max_sessions")),
        ("timeout", "max_sessions", "local", "hooks", "tls", "session_behavior", "sessions"),
    )
    for proxy in found:
        result.add(
            proxy.name, proxy.enabled, proxy.local, proxy.listening, proxy.distant, proxy.sessions,
            f"{proxy.timeout:g}", proxy.max_sessions, ",".join(proxy.hooks), proxy.behavior, proxy.protocol,
            proxy.session_behavior, spoken(proxy),
        )  # fmt: skip
    return result
