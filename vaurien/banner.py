"""Banner: what a daemon says at its start: what listens where, sends where, and does what."""

from __future__ import annotations

from collections.abc import Mapping

from vaurien.address import Address
from vaurien.options import OptionValues
from vaurien.settings import (
    HandlerSettings,
    HookSettings,
    ProxySettings,
    SessionHandlerSettings,
    TlsSettings,
    ToxicSettings,
)


def banner(
    proxies: Mapping[str, tuple[str, ProxySettings]],
    seed: int | None,
    control: Address | None = None,
    authority: str | None = None,
) -> list[str]:
    """The lines, for the settings of each proxy and the address that it really listens on; `control` is that of
    the control API, `authority` the file with the CA that has signed certificates which were made at the start."""
    lines = [] if proxies else ["no proxy yet"]
    for name, (local, settings) in proxies.items():
        lines.append(f"proxy {name}: {local} -> {settings.distant}")
        for script in settings.behavior.scripts:
            lines.append(f"   script   {script}  {_options(settings.handlers[script])}".rstrip())
        for share in settings.behavior.shares:
            options = _options(settings.handlers[share.name])
            lines.append(f"  {share.weight:>7} %  {share.name}  {options}".rstrip())
        if settings.behavior.rest():
            lines.append(f"  {settings.behavior.rest():>7} %  dummy")
        for share in settings.session_behavior.shares:
            options = _options(settings.session_handlers[share.name])
            lines.append(f"  {share.weight:>7} % of sessions  {share.name}  {options}".rstrip())
        lines += [_described(hook) for hook in settings.hooks]
        if settings.protocol is not None:
            lines.append(f"  protocol {settings.protocol.name}")
        lines += _tls(settings.tls)
        if settings.caller_header:
            lines.append(f"  callers name their handler in {settings.caller_header}, {settings.max_active} at once")
        lines += [_toxic(toxic) for toxic in settings.toxics]
        for name, handler in settings.handlers.items():
            lines += [f"{_described(hook)}  (only {name})" for hook in handler.hooks]
    if authority is not None:
        lines.append(f"to be trusted: {authority}")
    if control is not None:
        lines.append(f"control API {control}" if control.path else f"control API http://{control}/")
    lines.append(f"seed {seed}" if seed is not None else "seed: drawn at start")
    return lines


def _tls(tls: TlsSettings) -> list[str]:
    """What is spoken with whom."""
    lines = []
    if tls.to_client:
        begun = "  from the first byte" if tls.implicit else ""
        lines.append(f"  tls with clients  {tls.cert or 'a certificate made at the start'}{begun}")
    if tls.distant:
        verified = f"verified by {tls.distant_ca or 'what the system trusts'}" if tls.verify else "not verified"
        begun = "  from the first byte" if tls.distant_implicit else ""
        lines.append(f"  tls with the backend  {verified}{begun}")
    return lines


def _described(hook: HookSettings) -> str:
    return f"  hook {hook.name}  {_options(hook)}".rstrip()


def _options(of: HandlerSettings | SessionHandlerSettings | HookSettings | ToxicSettings) -> str:
    return OptionValues(of.declared, of.given).summary()


def _toxic(toxic: ToxicSettings) -> str:
    kind = toxic.type.name if toxic.type.name == toxic.name else f"{toxic.name} ({toxic.type.name})"
    share = "" if toxic.toxicity == 1 else f" toxicity={toxic.toxicity:g}"
    return f"  toxic {kind}  {toxic.stream.lower()}{share} {_options(toxic)}".rstrip()
