"""Actions: what the dialect does to the proxies of a daemon, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from vaurien.address import Address
from vaurien.control.live import Live
from vaurien.control.refusals import Outdated
from vaurien.control.toxiproxy.asked import changed_toxic, complete, new_toxic, proxy_fields
from vaurien.control.toxiproxy.decoding import bad_body
from vaurien.control.toxiproxy.refusal import Refusal, refusal_of
from vaurien.control.toxiproxy.shapes import proxy_shape
from vaurien.errors import ConfigError
from vaurien.settings import ProxySettings, ToxicSettings

T = TypeVar("T")

RESTARTED = "restarted by a client of Toxiproxy's API"
"""How sessions end whose proxy gets another address."""


def create(live: Live, value: Any) -> str:
    """Makes a proxy; returns its name. Raises `Refusal`."""
    return _guarded(lambda: live.create(complete(proxy_fields(value, live.toxics()))))


def update(live: Live, name: str, value: Any) -> None:
    """Changes a proxy; where it gets another address, its sessions are cut. Raises `Refusal`."""
    settings(live, name)
    asked = {key: part for key, part in proxy_fields(value, live.toxics()).items() if key not in ("name", "toxics")}
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
        return address == now.local
    return address in (now.local, proxy.local) and bool(address.port or address.path)


def delete(live: Live, name: str) -> None:
    """Raises `Refusal`."""
    _guarded(lambda: live.delete(name))


def add_toxic(live: Live, name: str, value: Any) -> str:
    """Adds a toxic; returns its name. Raises `Refusal`."""

    def add(before: ProxySettings) -> tuple[str, dict[str, Any]]:
        added, body = new_toxic(value, live.toxics(), [toxic.name for toxic in before.toxics])
        return added, {"toxics": {added: body}}

    return _changing(live, name, add)


def update_toxic(live: Live, name: str, toxic: str, value: Any) -> None:
    """Changes a toxic. Raises `Refusal`."""
    _changing(live, name, lambda before: (None, {"toxics": {toxic: changed_toxic(value, toxic_of(before, toxic))}}))


def remove_toxic(live: Live, name: str, toxic: str) -> None:
    """Raises `Refusal`."""
    _changing(live, name, lambda before: (None, {"toxics": {toxic_of(before, toxic).name: None}}))


def reset(live: Live) -> None:
    """Enables all proxies and takes all toxics away. Raises `Refusal`."""
    for name in list(live.daemon.proxies):
        if name in live.daemon.settings.proxies:
            change(live, name, {"enabled": True, "toxics": []})


def populate(live: Live, value: Any) -> list[str]:
    """Makes the proxies that there are not, and changes those that are others; returns the names of all that were
    asked for. Raises `PopulateFailed`; those before the one that failed stay."""
    done: list[str] = []
    try:
        for asked in all_of(live, value):
            done.append(_populated(live, asked))
    except Refusal as exc:
        raise PopulateFailed(exc, [proxy_shape(live, name) for name in done] or None) from exc
    return done


def all_of(live: Live, value: Any) -> list[dict[str, Any]]:
    """The proxies that a list asks for, checked. Raises `Refusal`."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_body("json: cannot unmarshal object into Go value of type []Proxy")
    return [complete(proxy_fields(one, live.toxics()), f" at proxy {number}") for number, one in enumerate(value, 1)]


def _populated(live: Live, asked: dict[str, Any]) -> str:
    """One proxy of many: one that is there already, with these addresses, keeps what it has but for toxics that are
    asked for; another gets all that is asked for."""
    name: str = asked["name"]
    if name not in live.daemon.settings.proxies:
        return _guarded(lambda: live.create(asked))
    now = live.settings(name)
    fields = {key: part for key, part in asked.items() if key != "name"}
    if listens_there(live, name, asked["local"]) and str(now.distant) == asked["distant"]:
        fields = {"toxics": asked["toxics"]} if "toxics" in asked else {}
    else:
        fields = {"enabled": True, "toxics": [], **fields}
    change(live, name, fields)
    return name


class PopulateFailed(Exception):
    """Some of the proxies could not be made; `proxies` are those that were, None if there is none."""

    def __init__(self, refusal: Refusal, proxies: list[dict[str, Any]] | None) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.proxies = proxies


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
