"""Proxy calls: proxies as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from vaurien.client.answers import Counters, Proxy
from vaurien.client.asking import Asking
from vaurien.client.exchange import Answer

Options = Mapping[str, Mapping[str, Any]]
"""Options by name, of handlers, session handlers or hooks by name: ``{"delay": {"sleep": 2}}``."""
Toxics = Sequence[Mapping[str, Any]] | Mapping[str, Mapping[str, Any] | None]
"""All toxics in their order; or by name those that are added or changed, and None for one that goes."""


class Settings(TypedDict, total=False):
    """What can be said of a proxy, besides where it listens and sends. `timeout` is in seconds."""

    enabled: bool
    timeout: float
    max_sessions: int
    protocol: str
    command_metrics: bool
    hooks: Sequence[str]
    hook_options: Options
    toxics: Toxics
    behavior: str
    handlers: Options
    session_behavior: str
    session_handlers: Options


class Changes(Settings, total=False):
    """What can be changed of a proxy."""

    local: str
    distant: str


class ProxyCalls(Asking):
    """`expected` is the `etag` of a `Proxy` or `Behavior` that was read before: the call is made only if nothing has
    changed since, and raises `Outdated` otherwise. `for_` is after how long a change goes back by itself: seconds, or
    a text such as ``30s``, ``1.5m``, ``2h``."""

    def proxies(self) -> tuple[Proxy, ...]:
        """All proxies."""
        return tuple(Proxy.of(body, etag="") for body in self.listed("/v1/proxies", "proxies"))

    def proxy(self, name: str | None = None) -> Proxy:
        """One proxy; it may be left unnamed if it is the only one. Raises `NotFound`."""
        return _proxy(self.request("GET", self.path_of(name)))

    def create_proxy(
        self,
        name: str,
        *,
        distant: str,
        local: str = "127.0.0.1:0",
        for_: float | str | None = None,
        **settings: Unpack[Settings],
    ) -> Proxy:
        """A new proxy. Raises `Conflict` if the name or the address is taken, `Invalid`. With `for_`, it is deleted
        after so long."""
        body = {"name": name, "local": local, "distant": distant, **settings, **lasting(for_)}
        return _proxy(self.request("POST", "/v1/proxies", body))

    def change_proxy(
        self,
        name: str | None = None,
        *,
        expected: str | None = None,
        for_: float | str | None = None,
        **changes: Unpack[Changes],
    ) -> Proxy:
        """Changes what is named, all of it or nothing. Options of handlers without a `behavior`, of session
        handlers without a `session_behavior`, and of hooks without `hooks`, change only themselves."""
        body = {**changes, **lasting(for_)}
        return _proxy(self.request("PATCH", self.path_of(name), body, expected=expected))

    def delete_proxy(self, name: str, *, expected: str | None = None) -> None:
        """Stops a proxy and cuts its sessions."""
        self.request("DELETE", self.path_of(name), expected=expected)

    def enable_proxy(
        self, name: str | None = None, *, expected: str | None = None, for_: float | str | None = None
    ) -> Proxy:
        """Lets a proxy listen."""
        return self.change_proxy(name, expected=expected, for_=for_, enabled=True)

    def disable_proxy(
        self, name: str | None = None, *, expected: str | None = None, for_: float | str | None = None
    ) -> Proxy:
        """Lets a proxy listen no more."""
        return self.change_proxy(name, expected=expected, for_=for_, enabled=False)

    def set_session_behavior(
        self,
        session_behavior: str,
        /,
        *,
        proxy: str | None = None,
        session_handlers: Options | None = None,
        for_: float | str | None = None,
        expected: str | None = None,
    ) -> Proxy:
        """What happens to the sessions of a proxy as a whole, from its next one on: ``"10:refuse,5:silent"``; an empty
        text for nothing. An option that is not given is as it was configured, or has its default. Returns what holds
        now. Raises `Invalid`."""
        return self.change_proxy(
            proxy,
            expected=expected,
            for_=for_,
            session_behavior=session_behavior,
            session_handlers=session_handlers or {},
        )

    def counters(self, proxy: str | None = None) -> Counters:
        """What a proxy has seen since it was made."""
        return Counters.of(self.request("GET", self.path_of(proxy, "counters")).body)


def _proxy(answer: Answer) -> Proxy:
    return Proxy.of(answer.body, etag=answer.etag)


def lasting(for_: float | str | None) -> dict[str, float | str]:
    """The part of a body that says how long a change holds."""
    return {} if for_ is None else {"for": for_}
