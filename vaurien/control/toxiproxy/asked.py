"""Asked: what a request of the dialect says of proxies and toxics, in the words of the native API."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from vaurien.control.toxiproxy.decoding import fields
from vaurien.control.toxiproxy.refusal import Refusal
from vaurien.registry import nearest
from vaurien.settings import ToxicSettings, ToxicType
from vaurien.toxic_sections import STREAMS

PROXY = {"name": "string", "listen": "string", "upstream": "string", "enabled": "bool", "toxics": "slice"}
TOXIC = {"name": "string", "type": "string", "stream": "string", "toxicity": "float64", "attributes": "map"}
GO: dict[Any, str] = {int: "int64", float: "float64", bool: "bool", str: "string"}
"""The type that Go would have for an option of ours."""

PORT_NUMBER = re.compile(r"([+-]?[0-9]+)?")

Types = Mapping[str, ToxicType]


@cache
def every_interface() -> str:
    """The host that stands for every interface: of both families, where the machine has both."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::", 0))
    except OSError:
        return "0.0.0.0"
    return "[::]"


def local(listen: str) -> str:
    """The address that Toxiproxy's `listen` means: nothing is any free port, a port alone is on every interface.

    Raises `Refusal` in Go's words for what is none.
    """
    if listen.startswith("unix:"):
        return listen
    host, colon, port = (listen or ":0").rpartition(":")
    if not colon or (listen.startswith("[") and listen.endswith("]")):
        raise _no_address(f"address {listen}: missing port in address")
    if host.startswith("["):
        if not host.endswith("]"):
            raise _no_address(f"address {listen}: missing ']' in address")
        host = host[1:-1]
    elif ":" in host:
        raise _no_address(f"address {listen}: too many colons in address")
    return f"{_bracketed(host) or every_interface()}:{_port(port)}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _port(port: str) -> int:
    """The number of a port, which may have a sign, or be the name of a service; nothing is 0. Raises `Refusal`."""
    if PORT_NUMBER.fullmatch(port):
        number = int(port or 0) if len(port) <= 20 else -1
        if not 0 <= number <= 65535:
            raise _no_address(f"address {port}: invalid port")
        return number
    try:
        return socket.getservbyname(port, "tcp")
    except (OSError, ValueError) as exc:
        raise _no_address(f"lookup tcp/{port}: unknown port") from exc


def _no_address(problem: str) -> Refusal:
    return Refusal(500, f"listen tcp: {problem[:300]}")


def proxy_fields(value: Any, types: Types) -> dict[str, Any]:
    """What is said of a proxy: its ``name`` and ``listen``, and the rest as a change by the native API. Raises
    `Refusal`."""
    found = fields(value, PROXY, "Proxy")
    asked: dict[str, Any] = {key: found[key] for key in ("name", "listen") if key in found}
    if "upstream" in found:
        asked["distant"] = found["upstream"]
    if "enabled" in found:
        asked["enabled"] = found["enabled"]
    if "toxics" in found:
        asked["toxics"] = [
            {"name": name, **toxic} for name, toxic in (new_toxic(one, types) for one in found["toxics"])
        ]
    return asked


def complete(asked: dict[str, Any], place: str = "") -> dict[str, Any]:
    """The same, if it has all that a new proxy needs. Raises `Refusal`; `place` says which proxy it is."""
    for key, name in (("name", "name"), ("distant", "upstream")):
        if not asked.get(key):
            raise Refusal(400, f"missing required field: {name}{place}")
    return {"listen": "", **asked}


def located(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The same as the native API is told of it, where to listen too. Raises `Refusal`."""
    said = {key: part for key, part in asked.items() if key != "listen"}
    return {**said, "local": local(asked["listen"])} if "listen" in asked else said


def new_toxic(value: Any, types: Types, taken: Collection[str] = ()) -> tuple[str, dict[str, Any]]:
    """The name of the toxic that a request describes, and the toxic as the native API is told of it. `taken` are the
    names that there are. Raises `Refusal`."""
    found = fields(value, TOXIC, "Toxic")
    stream = found.get("stream", "downstream")
    if stream.lower() not in STREAMS:
        raise Refusal(400, "stream was invalid, can be either upstream or downstream")
    kind = types.get(found.get("type", ""))
    if kind is None:
        unknown = f"there is no type {found.get('type', '')!r:.200}; {nearest(found.get('type', ''), types)}"
        raise Refusal(400, "invalid toxic type", more=unknown)
    name = found.get("name") or f"{kind.name}_{stream}"
    if name in taken:
        raise Refusal(409, "toxic already exists")
    toxicity = found.get("toxicity", 1.0)
    return name, {"type": kind.name, "stream": stream, "toxicity": toxicity, "attributes": _attributes(found, kind)}


def changed_toxic(value: Any, now: ToxicSettings) -> dict[str, Any]:
    """What a request changes of a toxic: its attributes and its toxicity, and nothing else. Raises `Refusal`."""
    found = fields(value, {key: TOXIC[key] for key in ("toxicity", "attributes")}, "Toxic")
    toxicity = {"toxicity": found["toxicity"]} if "toxicity" in found else {}
    return {**toxicity, "attributes": _attributes(found, now.type)}


def _attributes(found: Mapping[str, Any], kind: ToxicType) -> dict[str, Any]:
    """The attributes that its type has; others are passed over."""
    kinds = {name: GO.get(option.type, "string") for name, option in kind.declared.items()}
    return fields(found.get("attributes"), kinds, "Toxic.attributes")
