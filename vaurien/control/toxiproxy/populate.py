"""Populate: many proxies at once, from a list."""

from __future__ import annotations

from typing import Any

from vaurien.control.live import Live
from vaurien.control.new_proxy import new_proxy
from vaurien.control.toxiproxy.actions import change, create_from, listens_there, settings
from vaurien.control.toxiproxy.asked import complete, located, proxy_fields
from vaurien.control.toxiproxy.decoding import bad_body, kind
from vaurien.control.toxiproxy.refusal import Refusal, refusal_of
from vaurien.control.toxiproxy.shapes import proxy_shape
from vaurien.control.wanted import Loaded
from vaurien.errors import ConfigError
from vaurien.settings import DaemonSettings, ProxySettings


class PopulateFailed(Exception):
    """Some of the proxies could not be made; `proxies` are those that were, None if there is none."""

    def __init__(self, refusal: Refusal, proxies: list[dict[str, Any]] | None) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.proxies = proxies


def populate(live: Live, value: Any) -> list[dict[str, Any]]:
    """Makes the proxies that there are not, and changes those that are others; returns what is to be said of all that
    were asked for. Raises `PopulateFailed`: with 400 nothing has changed, else those before the one that failed
    stay."""
    done: list[str] = []
    try:
        for asked in all_of(value, live.daemon.settings):
            done.append(_populated(live, asked))
    except Refusal as exc:
        raise PopulateFailed(exc, _shapes(live, done) or None) from exc
    return _shapes(live, done)


def _shapes(live: Live, names: list[str]) -> list[dict[str, Any]]:
    return [proxy_shape(live, name) for name in names if name in live.daemon.settings.proxies]


def all_of(value: Any, settings: DaemonSettings) -> list[dict[str, Any]]:
    """The proxies that a list asks a daemon with these settings for, checked. Raises `Refusal`."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_body(f"json: cannot unmarshal {kind(value)} into Go value of type []Proxy")
    found = [proxy_fields(one, settings.toxics) for one in value]
    whole = [complete(asked, f" at proxy {number}") for number, asked in enumerate(found, 1)]
    return [checked(asked, settings, f" at proxy {number}") for number, asked in enumerate(whole, 1)]


def checked(asked: dict[str, Any], settings: DaemonSettings, place: str) -> dict[str, Any]:
    """One of them, as the native API is told of it; `place` says which it is. Raises `Refusal`."""
    asked = located(asked)
    try:
        _settings(asked, settings)
    except Refusal as exc:
        raise Refusal(exc.status, exc.message + place) from exc
    return asked


def new_settings(value: Any, settings: DaemonSettings) -> ProxySettings:
    """What one of them would be, if it were new. Raises `Refusal`."""
    return _settings(located(complete(proxy_fields(value, settings.toxics))), settings)


def _settings(asked: dict[str, Any], settings: DaemonSettings) -> ProxySettings:
    try:
        return new_proxy(asked, settings.template, Loaded.of(settings))[0]
    except ConfigError as exc:
        raise refusal_of(exc) from exc


def _populated(live: Live, asked: dict[str, Any]) -> str:
    name: str = asked["name"]
    while True:
        try:
            if name not in live.daemon.settings.proxies:
                return create_from(live, asked)
            _replace(live, name, asked)
            return name
        except Refusal as exc:
            if exc.status not in (404, 409):  # others make and delete proxies too, while a name is looked up
                raise


def _replace(live: Live, name: str, asked: dict[str, Any]) -> None:
    """One that is there already, with these addresses, keeps what it has but for toxics that are asked for; another
    gets all that is asked for."""
    fields = {key: part for key, part in asked.items() if key != "name"}
    if listens_there(live, name, asked["local"]) and str(settings(live, name).distant) == asked["distant"]:
        fields = {"toxics": asked["toxics"]} if "toxics" in asked else {}
    else:
        fields = {"enabled": True, "toxics": [], **fields}
    change(live, name, fields)
