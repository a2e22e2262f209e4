"""Wanted toxics: what a request asks of the toxics of a proxy, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vaurien.control.checks import check_keys, converted
from vaurien.control.fields import TOXIC
from vaurien.control.given_options import given_options
from vaurien.errors import ConfigError
from vaurien.naming import checked_name
from vaurien.registry import nearest
from vaurien.settings import ToxicSettings, ToxicType
from vaurien.toxic_sections import TOXIC_OPTIONS, check

KEYS = ("type", "stream", "toxicity", "attributes")
"""What is said of a toxic besides its name."""
MOST = 100
"""So many toxics a proxy may have (chosen arbitrarily): each byte goes through all of them."""

Types = Mapping[str, ToxicType]


def wanted_toxics(value: Any, now: tuple[ToxicSettings, ...], types: Types) -> dict[str, Any]:
    """The fields that change: a list takes the place of all toxics that there are `now`; an object changes those that
    it names, makes them where there are none, and takes those away for which it has null.

    Raises `ConfigError` whose `where` is the path in the body.
    """
    there = {toxic.name: toxic for toxic in now}
    fields: dict[str, Any]
    if isinstance(value, list):
        toxics = [_of_list(body, f"toxics.{place}", types) for place, body in enumerate(value)]
        names = [toxic.name for toxic in toxics]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ConfigError("toxics", f"two toxics are called {twice!r}")
        fields, left = {"toxics": tuple(toxics)}, set(names)
    elif isinstance(value, Mapping):
        for name in value:
            if value[name] is None and name not in there:
                known = nearest(name, there) if there else "there is none"
                raise ConfigError(f"toxics.{name}", f"there is no toxic {name!r}; {known}")
        fields = {
            TOXIC + name: None if body is None else toxic(name, body, f"toxics.{name}", types, there.get(name))
            for name, body in value.items()
        }
        left = {*there, *value} - {name for name, body in value.items() if body is None}
    else:
        raise ConfigError("toxics", "expected a list of toxics, or an object with some of them by name")
    if len(left) > MOST:
        raise ConfigError("toxics", f"a proxy has {MOST} toxics at most")
    return fields


def _of_list(body: Any, where: str, types: Types) -> ToxicSettings:
    if not isinstance(body, Mapping):
        raise ConfigError(where, "expected an object that describes a toxic")
    name = body.get("name")
    if name is None:
        name = f"{body.get('type')}_{body.get('stream', 'downstream')}"
    return toxic(name, {key: value for key, value in body.items() if key != "name"}, where, types, None)


def toxic(name: Any, body: Any, where: str, types: Types, now: ToxicSettings | None) -> ToxicSettings:
    """The toxic that a request describes; `now` is the one that it changes, None for a new one. Raises
    `ConfigError`."""
    name = converted(f"{where}.name", checked_name, name)
    if not isinstance(body, Mapping):
        raise ConfigError(where, "expected an object that describes a toxic, or null to take it away")
    check_keys(body, KEYS, f"{where}.")
    kind = _type(body, where, types, now)
    same = now is not None and now.type is kind
    given = dict(now.given) if now is not None and same else {}
    given.update(given_options(kind, body.get("attributes", {}), f"{where}.attributes"))
    common: dict[str, Any] = {"stream": now.stream, "toxicity": now.toxicity} if now is not None else {}
    for key in ("stream", "toxicity"):
        if key in body:
            common[key] = converted(f"{where}.{key}", TOXIC_OPTIONS[key].convert, body[key])
    settings = ToxicSettings(name, kind, given, **common)
    converted(f"{where}.attributes", lambda _: check(settings), None)
    return settings


def _type(body: Mapping[str, Any], where: str, types: Types, now: ToxicSettings | None) -> ToxicType:
    if "type" not in body:
        if now is None:
            raise ConfigError(f"{where}.type", f"is missing; choose from {', '.join(sorted(types))}")
        return now.type
    kind = body["type"]
    if not isinstance(kind, str) or kind not in types:
        raise ConfigError(f"{where}.type", f"there is no toxic {kind!r} here; {nearest(str(kind), types)}")
    return types[kind]
