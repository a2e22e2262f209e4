"""Settings: all that a daemon can be told, checked and complete, as values that never change."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vaurien.address import Address
from vaurien.behavior import Behavior
from vaurien.options import Option
from vaurien.session_behavior import SessionBehavior

TCP = "tcp"
"""The protocol of proxies that cut nothing."""


@dataclass(frozen=True)
class HookSettings:
    """One hook of a proxy: `target` is its class, `given` the converted options that were set. An instance serves for
    as long as `made` stays the same."""

    name: str
    target: Any
    declared: Mapping[str, Option]
    given: Mapping[str, Any] = field(default_factory=dict)
    made: int = field(default=0, compare=False)


@dataclass(frozen=True)
class HandlerSettings:
    """One handler of a proxy: `target` is its class or function, `given` the converted options that were set; `hooks`
    are those that only this handler has, besides the ones that its class declares. An instance serves for as long as
    `made` stays the same. `places` says where its options were written."""

    name: str
    target: Any
    declared: Mapping[str, Option]
    given: Mapping[str, Any] = field(default_factory=dict)
    hooks: tuple[HookSettings, ...] = ()
    made: int = field(default=0, compare=False)
    places: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class SessionHandlerSettings:
    """One session handler of a proxy: `target` is its class or function, `given` the converted options that were set.
    An instance serves for as long as `made` stays the same."""

    name: str
    target: Any
    declared: Mapping[str, Option]
    given: Mapping[str, Any] = field(default_factory=dict)
    made: int = field(default=0, compare=False)


@dataclass(frozen=True)
class ProtocolType:
    """A protocol: its name and its class."""

    name: str
    target: Any


@dataclass(frozen=True)
class ToxicType:
    """A type of toxics: its name, its class and the options that this declares."""

    name: str
    target: Any
    declared: Mapping[str, Option]


@dataclass(frozen=True)
class ToxicSettings:
    """One toxic of a proxy: `type` is what it does, `given` the converted options that were set. `stream` is, in
    whatever case, ``upstream`` for the bytes to the backend or ``downstream`` for those to the client; it acts on a
    flow with the probability `toxicity`."""

    name: str
    type: ToxicType
    given: Mapping[str, Any] = field(default_factory=dict)
    stream: str = "downstream"
    toxicity: float = 1.0
    made: int = field(default=0, compare=False)

    @property
    def target(self) -> Any:
        return self.type.target

    @property
    def declared(self) -> Mapping[str, Option]:
        return self.type.declared

    @property
    def to_backend(self) -> bool:
        return self.stream.lower() == "upstream"


NO_CRYPTOGRAPHY = "needs the package cryptography: pip install 'vaurien[tls]'"
"""Why no certificate can be made where that package is not installed."""


@dataclass(frozen=True)
class TlsSettings:
    """TLS of one proxy. To its clients it shows the certificate in the file `cert`, with the key in `key`, or one that
    the daemon makes if it is `self_signed`; without either, what they say is not looked into. With `distant`, it speaks
    TLS to its backend, which is verified, unless `verify` is false, against the certificates in `distant_ca` (None for
    the system's) and `distant_name` (None for the backend's host), and shows it the certificate in `distant_cert`.

    On a side that is `implicit`, the first byte is TLS, whatever words the protocol has before it.

    The contexts are made of what the files had in them when they were read.
    """

    cert: str | None = None
    key: str | None = None
    self_signed: bool = False
    implicit: bool = False
    distant: bool = False
    distant_implicit: bool = False
    distant_ca: str | None = None
    distant_name: str | None = None
    distant_cert: str | None = None
    distant_key: str | None = None
    verify: bool = True
    client_context: ssl.SSLContext | None = field(default=None, compare=False, repr=False)
    backend_context: ssl.SSLContext | None = field(default=None, compare=False, repr=False)

    @property
    def options(self) -> dict[str, str | bool | None]:
        """The same by the names of the options."""
        return {
            "tls_cert": self.cert,
            "tls_key": self.key,
            "tls_self_signed": self.self_signed,
            "tls_implicit": self.implicit,
            "distant_tls": self.distant,
            "distant_tls_implicit": self.distant_implicit,
            "distant_ca": self.distant_ca,
            "distant_name": self.distant_name,
            "distant_cert": self.distant_cert,
            "distant_key": self.distant_key,
            "distant_verify": self.verify,
        }

    @property
    def to_client(self) -> bool:
        """Whether clients speak TLS with the proxy, and not only through it."""
        return self.cert is not None or self.self_signed


@dataclass(frozen=True)
class ProxySettings:
    """One proxy. `handlers` has an entry for every name in `behavior`, `session_handlers` for every name in
    `session_behavior`. `timeout` is the connect's, in seconds; `max_sessions` is the number of sessions at once, 0 for
    no limit; one that is not `enabled` does not listen. `toxics` are in the order in which bytes meet them. With
    `command_metrics`, calls are counted by the command of their message. Where a `caller_header` is given, a request
    may name its handler in it, `max_active` of them at once. `places` says where each was written."""

    name: str
    local: Address
    distant: Address
    behavior: Behavior = field(default_factory=Behavior)
    handlers: Mapping[str, HandlerSettings] = field(default_factory=dict)
    session_behavior: SessionBehavior = field(default_factory=SessionBehavior)
    session_handlers: Mapping[str, SessionHandlerSettings] = field(default_factory=dict)
    hooks: tuple[HookSettings, ...] = ()
    toxics: tuple[ToxicSettings, ...] = ()
    protocol: ProtocolType | None = None
    timeout: float = 10.0
    max_sessions: int = 0
    enabled: bool = True
    command_metrics: bool = False
    tls: TlsSettings = field(default_factory=TlsSettings)
    caller_header: str = ""
    max_active: int = 10
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def protocol_name(self) -> str:
        """What the proxy speaks, as its user names it."""
        return TCP if self.protocol is None else self.protocol.name

    @property
    def named_hooks(self) -> dict[str, HookSettings]:
        """All hooks that the settings speak of, for the proxy and for its handlers, by name. One serves for all that
        have the same name, and its options are those of the first."""
        found: dict[str, HookSettings] = {}
        for hook in (*self.hooks, *(hook for handler in self.handlers.values() for hook in handler.hooks)):
            found.setdefault(hook.name, hook)
        return found


@dataclass(frozen=True)
class HttpSettings:
    """The control API: where it listens, and the token that every request must show, None where none need.

    `hosts` are the names that a ``Host`` header may have besides those that only this machine can have; ``*`` is any.
    `toxiproxy_metrics` says that its metrics have Toxiproxy's names, too. The token stood in `token_file`;
    `token_exposed` says that others than the file's owner can read it. `place` is where the address was written.
    """

    address: Address
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    token_exposed: bool = field(default=False, compare=False)
    hosts: tuple[str, ...] = ()
    toxiproxy_metrics: bool = False
    place: str = field(default="control API", compare=False)


@dataclass(frozen=True)
class StatsdSettings:
    """The statsd server that counts are sent to: its name or number, its UDP port, and what its names begin with."""

    host: str
    port: int = 8125
    prefix: str = "vaurien"


@dataclass(frozen=True)
class DaemonSettings:
    """A whole daemon. `seed` is None where none was given: the daemon then draws one and says so. `http` is None
    where there is no control API, `statsd` where counts are sent nowhere.

    For changes while it runs: `handlers`, `session_handlers` and `hooks` are all that can be chosen then, by name, with
    the options that hold for all proxies; `toxics` are all types of toxics, `protocols` all protocols but tcp;
    `template` is what a proxy has that is made then, but for its name and addresses, unless something else is said.
    """

    proxies: Mapping[str, ProxySettings]
    seed: int | None = None
    shutdown_timeout: float = 5.0
    log_level: str = "info"
    log_output: str = "-"
    log_format: str = "text"
    http: HttpSettings | None = None
    statsd: StatsdSettings | None = None
    handlers: Mapping[str, HandlerSettings] = field(default_factory=dict)
    session_handlers: Mapping[str, SessionHandlerSettings] = field(default_factory=dict)
    hooks: Mapping[str, HookSettings] = field(default_factory=dict)
    toxics: Mapping[str, ToxicType] = field(default_factory=dict)
    protocols: Mapping[str, ProtocolType] = field(default_factory=dict)
    template: ProxySettings = field(default_factory=lambda: ProxySettings("", Address(), Address()))
    places: Mapping[str, str] = field(default_factory=dict, compare=False)
