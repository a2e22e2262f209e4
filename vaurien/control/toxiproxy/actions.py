"""Actions: what the dialect does to the proxies of a daemon, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from vaurien import listener
from vaurien.address import Address
from vaurien.control.live import Live
from vaurien.control.refusals import Outdated
from vaurien.control.toxiproxy.asked import changed_toxic, complete, located, new_toxic, proxy_fields
from vaurien.control.toxiproxy.decoding import decoded
from vaurien.control.toxiproxy.refusal import Refusal, refusal_of
from vaurien.errors import ConfigError
from vaurien.settings import ProxySettings, ToxicSettings

T = TypeVar("T")

RESTARTED = "restarted by a client of Toxiproxy's API"
"""How sessions end whose proxy gets another address."""


def create(live: Live, body: bytes) -> str:
    """Makes a proxy; returns its name. Raises `Refusal`."""
    asked = complete(proxy_fields(decoded(body), live.loaded().toxics))
    if asked["name"] in live.daemon.settings.proxies:  # said before anything that is wrong with its addresses
        raise Refusal(409, "proxy already exists")
    return create_from(live, located(asked))


def create_from(live: Live, asked: Mapping[str, Any]) -> str:
    """The same with what the native API is told. Raises `Refusal`."""
    return _guarded(lambda: live.create(asked))


def update(live: Live, name: str, body: bytes) -> None:
    """Changes a proxy; where it gets another address, its sessions are cut. Raises `Refusal`."""
    settings(live, name)  # who asks for what there is not is told so, whatever else is wrong
    found = proxy_fields(decoded(body), live.loaded().toxics)
    asked = located({key: part for key, part in found.items() if key not in ("name", "toxics")})
    if asked.get("distant") == "":
        raise Refusal(400, "missing required field: upstream")
    change(live, name, asked)


def change(live: Live, name: str, asked: Mapping[str, Any]) -> None:
    """The same with what the native API is told. Raises `Refusal`."""
    before = settings(live, name)
    fields = dict(asked)
    if "local" in fields and listens_there(live, name, fields["local"]):
        del fields["local"]
    _guarded(lambda: live.change(name, fields))
    after = settings(live, name)
    if "local" in fields or after.distant != before.distant:
        live.daemon.proxies[name].cut(RESTARTED)


def listens_there(live: Live, name: str, local: str) -> bool:
    """Whether this is where a proxy listens, as it was written or as it was found."""
    try:
        address = Address.parse(local)
    except ValueError:
        return False
    proxy, now = live.daemon.proxies[name], live.settings(name)
    if proxy.door is None:
        return address in (now.local, proxy.local)
    return bool(address.port or address.path) and (
        address in (now.local, proxy.local) or listener.resolve(address) == proxy.address
    )


def delete(live: Live, name: str) -> None:
    """Raises `Refusal`."""
    _guarded(lambda: live.delete(name))


def add_toxic(live: Live, name: str, body: bytes) -> str:
    """Adds a toxic; returns its name. Raises `Refusal`."""
    settings(live, name)
    value = decoded(body)

    def add(before: ProxySettings) -> tuple[str, dict[str, Any]]:
        added, fields = new_toxic(value, live.loaded().toxics, [toxic.name for toxic in before.toxics])
        return added, {"toxics": {added: fields}}

    return _changing(live, name, add)


def update_toxic(live: Live, name: str, toxic: str, body: bytes) -> None:
    """Changes a toxic. Raises `Refusal`."""
    toxic_of(settings(live, name), toxic)
    value = decoded(body)
    _changing(live, name, lambda before: (None, {"toxics": {toxic: changed_toxic(value, toxic_of(before, toxic))}}))


def remove_toxic(live: Live, name: str, toxic: str) -> None:
    """Raises `Refusal`."""
    _changing(live, name, lambda before: (None, {"toxics": {toxic_of(before, toxic).name: None}}))


def reset(live: Live) -> None:
    """Enables all proxies and takes all toxics away. Raises `Refusal` for the first that cannot be enabled, when all
    others are."""
    failed: list[Refusal] = []
    for name in list(live.daemon.settings.proxies):
        try:
            change(live, name, {"toxics": []})
            change(live, name, {"enabled": True})
        except Refusal as exc:
            failed += [exc] if exc.status != 404 else []  # it was deleted meanwhile
    if failed:
        raise failed[0]


def settings(live: Live, name: str) -> ProxySettings:
    """What holds for a proxy. Raises `Refusal`."""
    return _guarded(lambda: live.settings(name))


def toxic_of(settings: ProxySettings, name: str) -> ToxicSettings:
    """Raises `Refusal`."""
    for toxic in settings.toxics:
        if toxic.name == name:
            return toxic
    raise Refusal(404, "toxic not found")


def _changing(live: Live, name: str, ask: Callable[[ProxySettings], tuple[T, dict[str, Any]]]) -> T:
    """Makes the change that `ask` makes of what holds, and again if that was changed meanwhile. Raises `Refusal`."""
    while True:
        before = settings(live, name)
        expected = live.etag(name)
        answer, body = ask(before)
        try:
            live.change(name, body, expected)
        except Outdated:
            continue
        except ConfigError as exc:
            raise refusal_of(exc) from exc
        return answer


def _guarded(act: Callable[[], T]) -> T:
    try:
        return act()
    except ConfigError as exc:
        raise refusal_of(exc) from exc
