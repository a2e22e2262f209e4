"""Answers: what the control API says, as values that never change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

from vaurien.client.errors import ClientError


@dataclass(frozen=True, kw_only=True)
class Told:
    """What all answers have: `json` is the object as the daemon sent it, with what this client does not know."""

    made: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """What makes a value from its JSON, for fields that are more than plain JSON."""
    names: ClassVar[Mapping[str, str]] = {}
    """Fields that have another name in JSON."""

    json: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, body: Any, **more: Any) -> Self:
        """What `body` says; `more` are fields from elsewhere. Raises `ClientError` if it is something else."""
        try:
            values = {
                each.name: cls.made.get(each.name, _as_it_is)(body[cls.names.get(each.name, each.name)])
                for each in fields(cls)
                if each.name != "json" and each.name not in more
            }
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise ClientError(
                None, "", f"the answer is not what the control API says: {exc!r} in {cls.__name__}"
            ) from exc
        return cls(json=body, **values, **more)


def _as_it_is(value: Any) -> Any:
    return value


def several(kind: type[Told]) -> Callable[[Any], tuple[Any, ...]]:
    """What makes a tuple of `kind` from a JSON list."""
    return lambda bodies: tuple(kind.of(body) for body in bodies)


@dataclass(frozen=True, kw_only=True)
class Info(Told):
    """The daemon: its version, its seed, the seconds since its start, the names of its proxies."""

    made = {"proxies": tuple}

    version: str
    seed: int
    uptime: float
    proxies: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Share(Told):
    """So many percent of the calls go to this handler."""

    handler: str
    percent: float


@dataclass(frozen=True, kw_only=True)
class Revert(Told):
    """The fields that go back to what they were, and in how many seconds (``in`` in JSON); None if not by themselves.
    `hold` is what `Client.release` takes, None where they are not held."""

    made = {"fields": tuple}
    names = {"seconds": "in"}

    fields: tuple[str, ...]
    seconds: float | None
    hold: int | None


@dataclass(frozen=True, kw_only=True)
class Toxic(Told):
    """A toxic of a proxy. `stream` is ``downstream`` for bytes to the client, ``upstream`` for those to the backend;
    `toxicity` is the share of the sessions that it acts on, 0 to 1; `attributes` are its options, each with its value.
    `etag` is the version of its proxy, for `expected`; it is empty where a proxy was asked for."""

    name: str
    type: str
    stream: str
    toxicity: float
    attributes: Mapping[str, Any]
    etag: str = field(default="", compare=False)


def _toxics(bodies: Any) -> tuple[Toxic, ...]:
    return tuple(Toxic.of(body, etag="") for body in bodies)


@dataclass(frozen=True, kw_only=True)
class Proxy(Told):
    """A proxy and what holds for it now.

    `local` is where it is to listen, `listening` where it does (its real port), None while it is disabled. `timeout`
    is in seconds, `max_sessions` is 0 for no limit. `tls` has the options about TLS; `tls_ca` is the file with the CA
    to be trusted where clients are shown certificates that the daemon has made, else None. A request may name its
    handler in the `caller_header`, if that is not empty, `max_active` at once. `sessions` is the number of those open
    now. `etag` is the version for `expected`; it is empty where the proxy is one of a list.
    """

    made = {"shares": several(Share), "hooks": tuple, "toxics": _toxics, "reverts": several(Revert)}

    name: str
    local: str
    listening: str | None
    distant: str
    enabled: bool
    protocol: str
    timeout: float
    max_sessions: int
    command_metrics: bool
    caller_header: str
    max_active: int
    tls: Mapping[str, Any]
    tls_ca: str | None
    behavior: str
    shares: tuple[Share, ...]
    handlers: Mapping[str, Mapping[str, Any]]
    session_behavior: str
    session_handlers: Mapping[str, Mapping[str, Any]]
    hooks: tuple[str, ...]
    hook_options: Mapping[str, Mapping[str, Any]]
    toxics: tuple[Toxic, ...]
    sessions: int
    reverts: tuple[Revert, ...]
    etag: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Behavior(Told):
    """What a proxy does: `behavior` as one writes it (``20:delay``), each handler's share, the options of the handlers
    by name. `reverts_in` is after how many seconds it goes back to what was, None if it does not by itself. `hold` is
    what `Client.release` takes, None if it holds for good, or only for a time."""

    made = {"shares": several(Share)}

    behavior: str
    shares: tuple[Share, ...]
    handlers: Mapping[str, Mapping[str, Any]]
    reverts_in: float | None
    hold: int | None
    etag: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Session(Told):
    """A session that is open: who the client is, its age in seconds, bytes and calls so far; `calls` are by handler.
    `session_handler` is the session handler that has it, or had it, None for most."""

    ordinal: int
    client: str
    age: float
    bytes_to_backend: int
    bytes_to_client: int
    calls_to_backend: int
    calls_to_client: int
    calls: Mapping[str, int]
    session_handler: str | None


@dataclass(frozen=True, kw_only=True)
class Standing(Told):
    """Where a script stands: the step that the next call belongs to, None when all are over; `left` calls or bytes of
    it, as `of` says, None where it has no end; in which `session`, None for the whole proxy; and in which round."""

    session: int | None
    step: str | None
    left: int | None
    unit: str | None
    rounds: int


@dataclass(frozen=True, kw_only=True)
class Script(Told):
    """A script, and where it stands: once where it is ``per`` proxy, else once for each session that is open."""

    made = {"standing": several(Standing)}

    handler: str
    script: str
    per: str
    repeat: bool
    standing: tuple[Standing, ...]


@dataclass(frozen=True, kw_only=True)
class CallCounts(Told):
    """How many calls a handler had, by direction."""

    to_backend: int
    to_client: int


def _calls(body: Any) -> dict[str, CallCounts]:
    return {handler: CallCounts.of(counts) for handler, counts in body.items()}


@dataclass(frozen=True, kw_only=True)
class Counters(Told):
    """What a proxy has seen since it was made. `sessions_ended` are by cause, `session_handlers` are the
    sessions that those had, by name, `calls` are by handler, `commands` by the
    command of their message, where the proxy's `command_metrics` asks for it."""

    made = {"calls": _calls, "commands": _calls}

    sessions_opened: int
    sessions_open: int
    sessions_ended: Mapping[str, int]
    session_handlers: Mapping[str, int]
    connect_failures: int
    errors: int
    bytes_to_backend: int
    bytes_to_client: int
    calls: Mapping[str, CallCounts]
    commands: Mapping[str, CallCounts]


@dataclass(frozen=True, kw_only=True)
class Event(Told):
    """Something that has happened, `time` seconds after the epoch, at a proxy. `details` is what else is said of it,
    by name: ``session``, ``client``, ``cause``…"""

    type: str
    time: float
    proxy: str | None
    details: Mapping[str, Any]
    id: str = ""

    @classmethod
    def of(cls, body: Any, **more: Any) -> Self:
        if not isinstance(body, dict):
            raise ClientError(None, "", f"an event that is no JSON object: {body!r}")
        details = {name: value for name, value in body.items() if name not in ("type", "time", "proxy")}
        return super().of(body, proxy=body.get("proxy"), details=details, **more)
