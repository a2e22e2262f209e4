"""Toxic calls: what shapes the bytes of proxies, for good or as long as a ``with`` block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from vaurien.client.answers import Toxic
from vaurien.client.asking import Asking
from vaurien.client.errors import ClientError, Conflict, Invalid, NotFound, Outdated
from vaurien.client.exchange import Answer
from vaurien.client.loaded import Loaded
from vaurien.client.proxy_calls import lasting

TRIES = 10
"""So often a proxy is read again that others change meanwhile (chosen arbitrarily)."""


class ToxicCalls(Asking):
    """Attributes of a toxic are what its type has as options. They are given short, ``latency=100``, or in full,
    ``attributes={"latency": 100}``; where both say something of one, the full form holds.

    `stream` is ``downstream`` for the bytes to the client, ``upstream`` for those to the backend; `toxicity` is the
    share of the sessions that a toxic acts on, 0 to 1. `for_` and `expected` are those of `ProxyCalls`."""

    def toxic_types(self) -> tuple[Loaded, ...]:
        """The types of toxics that can be chosen, with their options."""
        return tuple(map(Loaded.of, self.listed("/v1/toxics", "toxics")))

    def toxics(self, proxy: str | None = None) -> tuple[Toxic, ...]:
        """The toxics of a proxy, in their order."""
        return tuple(_toxics(self.request("GET", self.path_of(proxy))).values())

    def add_toxic(
        self,
        type: str,
        /,
        *,
        name: str | None = None,
        stream: str = "downstream",
        toxicity: float | str = 1.0,
        attributes: Mapping[str, Any] | None = None,
        proxy: str | None = None,
        for_: float | str | None = None,
        expected: str | None = None,
        **short: Any,
    ) -> Toxic:
        """A new toxic, the last of the proxy's, at work at once in sessions that are open too. Without a `name` it is
        called ``TYPE_STREAM``. Raises `Conflict` if the proxy has one of that name, `Invalid`. With `for_` it is taken
        away after so long."""
        called = f"{type}_{stream}" if name is None else name
        path = self.path_of(proxy)
        given = {"type": type, "stream": stream, "toxicity": toxicity, "attributes": {**short, **(attributes or {})}}
        body = {"toxics": {called: given}, **lasting(for_)}
        for last in (False,) * (TRIES - 1) + (True,):
            now = self.request("GET", path)
            if called in _toxics(now):
                raise Conflict(None, "name", f"there is a toxic {called!r} already")
            try:
                # what was not there when the proxy was read must not be there when it is changed
                answer = self.request("PATCH", path, body, expected=now.etag if expected is None else expected)
                return _named(answer, called)
            except Outdated:
                if last or expected is not None:
                    raise
        raise AssertionError(TRIES)

    def change_toxic(
        self,
        name: str,
        /,
        *,
        stream: str | None = None,
        toxicity: float | str | None = None,
        attributes: Mapping[str, Any] | None = None,
        proxy: str | None = None,
        for_: float | str | None = None,
        expected: str | None = None,
        **short: Any,
    ) -> Toxic:
        """Changes what is named of a toxic, and leaves all else of it. Raises `NotFound`, `Invalid`."""
        given: dict[str, Any] = {"attributes": {**short, **(attributes or {})}}
        given.update({} if stream is None else {"stream": stream})
        given.update({} if toxicity is None else {"toxicity": toxicity})
        body = {"toxics": {name: given}, **lasting(for_)}
        try:
            return _named(self.request("PATCH", self.path_of(proxy), body, expected=expected), name)
        except Invalid as exc:
            if exc.where == f"toxics.{name}.type":  # only a new one must say it
                raise NotFound(exc.status, f"toxics.{name}", f"there is no toxic {name!r}") from exc
            raise

    def remove_toxic(
        self,
        name: str,
        /,
        *,
        proxy: str | None = None,
        for_: float | str | None = None,
        expected: str | None = None,
    ) -> None:
        """Takes a toxic away; what it holds back goes on its way. With `for_` it comes back after so long. Raises
        `NotFound`."""
        body = {"toxics": {name: None}, **lasting(for_)}
        try:
            self.request("PATCH", self.path_of(proxy), body, expected=expected)
        except Invalid as exc:
            if exc.where == f"toxics.{name}":
                raise NotFound(exc.status, exc.where, exc.message) from exc
            raise

    @contextmanager
    def toxic(
        self,
        type: str,
        /,
        *,
        name: str | None = None,
        stream: str = "downstream",
        toxicity: float | str = 1.0,
        attributes: Mapping[str, Any] | None = None,
        proxy: str | None = None,
        for_: float | str | None = None,
        **short: Any,
    ) -> Iterator[Toxic]:
        """As long as the ``with`` block, a proxy has this toxic besides those that it has; then it is taken away, also
        when the block raises, whatever was changed of it meanwhile. With `for_` it ends after so long, even if this
        program is gone by then. Blocks may be nested; two of one type and stream at once need names.

        If the block raises and the toxic cannot be taken away, because the daemon is gone, the block's exception is
        the one that is seen; it gets a note.
        """
        on = self.only_proxy() if proxy is None else proxy
        now = self.add_toxic(
            type, name=name, stream=stream, toxicity=toxicity, attributes=attributes, proxy=on, for_=for_, **short
        )  # fmt: skip
        try:
            yield now
        except BaseException as exc:
            try:
                self._forget(now.name, on)
            except ClientError as failure:
                exc.add_note(f"the toxic {now.name} of proxy {on} could not be taken away: {failure}")
            raise
        self._forget(now.name, on)

    def _forget(self, name: str, proxy: str) -> None:
        try:
            self.remove_toxic(name, proxy=proxy)
        except NotFound as exc:
            if exc.where != f"toxics.{name}":
                raise  # the proxy is gone; otherwise somebody has taken it away, or its time was over


def _toxics(answer: Answer) -> dict[str, Toxic]:
    """Those of a proxy by name, from what a daemon says of it."""
    bodies = answer.body.get("toxics") if isinstance(answer.body, dict) else None
    if not isinstance(bodies, list):
        raise ClientError(None, "", "the answer is not what the control API says: a proxy without a list of toxics")
    return {toxic.name: toxic for toxic in (Toxic.of(body, etag=answer.etag) for body in bodies)}


def _named(answer: Answer, name: str) -> Toxic:
    found = _toxics(answer).get(name)
    if found is None:
        raise ClientError(None, "", f"the answer has no toxic {name!r}: somebody has taken it away meanwhile")
    return found
