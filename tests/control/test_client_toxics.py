"""The Python client: toxics, for good or as long as a ``with`` block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.control.clients import client_of
from tests.control.controlled import Controlled, controlled
from tests.peers import Backend, receive_exactly
from vaurien.client import Conflict, Invalid, NotFound, Outdated, Unreachable
from vaurien.toxics import TOXICS


class Trouble(Exception):
    """What a test raises in a block."""


def now(api: Controlled) -> list[dict[str, Any]]:
    """The toxics, as the API says it to others."""
    _, _, found = api.call("GET", "/v1/proxies/default")
    toxics: list[dict[str, Any]] = found["toxics"]
    return toxics


def ends_at_once(api: Controlled) -> bool:
    """Whether a new session is ended at its first bytes."""
    with api.running.connect() as peer:
        peer.sendall(b"hello")
        return peer.recv(5) == b""


def test_a_toxic_from_its_beginning_to_its_end(api: Controlled) -> None:
    client = client_of(api)
    assert client.toxics() == ()
    made = client.add_toxic("latency", latency=1, jitter=0)
    assert (made.name, made.type, made.stream, made.toxicity) == ("latency_downstream", "latency", "downstream", 1.0)
    assert made.attributes == {"latency": 1, "jitter": 0, "distribution": "uniform"}
    assert made.json == now(api)[0]
    second = client.add_toxic("limit_data", name="cut", stream="upstream", toxicity=0.5, attributes={"bytes": 7})
    assert client.toxics("default") == (made, second) == client.proxy().toxics
    changed = client.change_toxic("cut", bytes=0, toxicity=1)
    assert (changed.toxicity, changed.attributes, changed.stream) == (1.0, {"bytes": 0}, "upstream")
    assert ends_at_once(api)
    client.remove_toxic("cut")
    assert not ends_at_once(api)
    assert [toxic["name"] for toxic in now(api)] == ["latency_downstream"]


def test_it_is_at_work_in_sessions_that_are_open(api: Controlled) -> None:
    with api.running.connect() as peer:
        peer.sendall(b"hello")
        assert receive_exactly(peer, 5) == b"hello"
        with client_of(api).toxic("limit_data", bytes=2):
            peer.sendall(b"hello")
            assert receive_exactly(peer, 2) == b"he"
            assert peer.recv(1) == b""


def test_all_types_are_told_with_their_options(api: Controlled) -> None:
    types = {each.name: each for each in client_of(api).toxic_types()}
    assert set(types) == set(TOXICS.built_in)
    latency = types["latency"].options[0]
    assert (latency.name, latency.type, latency.unit, latency.minimum) == ("latency", "int", "milliseconds", 0)


def test_what_cannot_be_says_where(api: Controlled) -> None:
    client = client_of(api)
    client.add_toxic("noop")
    with pytest.raises(Conflict, match=r"^name: there is a toxic 'noop_downstream' already$"):
        client.add_toxic("noop")
    wrongs: list[tuple[Callable[[], object], str]] = [
        (lambda: client.add_toxic("latncy"), "toxics.latncy_downstream.type"),
        (lambda: client.add_toxic("latency", latency="soon"), "toxics.latency_downstream.attributes.latency"),
        (lambda: client.add_toxic("latency", latncy=1), "toxics.latency_downstream.attributes.latncy"),
        (lambda: client.add_toxic("latency", stream="up", name="x"), "toxics.x.stream"),
        (lambda: client.change_toxic("noop_downstream", toxicity=2), "toxics.noop_downstream.toxicity"),
    ]
    for wrong, where in wrongs:
        with pytest.raises(Invalid) as caught:
            wrong()
        assert caught.value.where == where
    for gone in (lambda: client.change_toxic("nobody", latency=1), lambda: client.remove_toxic("nobody")):
        with pytest.raises(NotFound, match=r"^toxics.nobody: there is no toxic 'nobody'"):
            gone()
    with pytest.raises(NotFound, match="'other'"):
        client.toxics("other")
    assert [toxic["name"] for toxic in now(api)] == ["noop_downstream"]


def test_nothing_is_done_if_the_proxy_has_changed(api: Controlled) -> None:
    client = client_of(api)
    seen = client.add_toxic("noop").etag
    assert seen == client.proxy().etag == client.toxics()[0].etag
    client.set_behavior("5:delay")
    for call in (
        lambda: client.add_toxic("latency", expected=seen),
        lambda: client.change_toxic("noop_downstream", toxicity=0, expected=seen),
        lambda: client.remove_toxic("noop_downstream", expected=seen),
    ):
        with pytest.raises(Outdated):
            call()
    client.remove_toxic("noop_downstream", expected=client.proxy().etag)
    assert now(api) == []


def test_what_holds_for_a_while_says_for_how_long(api: Controlled) -> None:
    client = client_of(api)
    client.add_toxic("noop")
    client.add_toxic("latency", for_="1m")
    client.remove_toxic("noop_downstream", for_=30)
    first, second = client.proxy().reverts
    assert first.fields == second.fields == ("toxics",)
    assert first.seconds is not None and 50 < first.seconds <= 60
    assert [toxic.name for toxic in client.toxics()] == ["latency_downstream"]


def test_a_block_has_it_and_takes_it_away(api: Controlled) -> None:
    client = client_of(api)
    client.add_toxic("noop")
    before = now(api)
    with client.toxic("limit_data", bytes=0) as held, client.toxic("latency", stream="upstream", for_="1m"):
        assert [toxic["name"] for toxic in now(api)] == ["noop_downstream", held.name, "latency_upstream"]
        assert ends_at_once(api)
        client.change_toxic(held.name, bytes=9)
    assert now(api) == before
    assert client.proxy().reverts == ()


@pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt])
def test_a_block_that_raises_takes_it_away(api: Controlled, error: type[BaseException]) -> None:
    with pytest.raises(error) as caught, client_of(api).toxic("timeout"):
        raise error
    assert now(api) == []
    assert not hasattr(caught.value, "__notes__")


def test_a_block_that_cannot_begin_leaves_all_as_it_is(api: Controlled) -> None:
    client = client_of(api)
    client.add_toxic("noop")
    before = now(api)
    with pytest.raises(Conflict), client.toxic("noop"):
        pytest.fail("not reached")
    assert now(api) == before


def test_one_that_somebody_has_taken_away_is_gone_already(api: Controlled) -> None:
    client = client_of(api)
    with client.toxic("noop") as held:
        client.remove_toxic(held.name)
    with pytest.raises(NotFound, match="'default'"), client.toxic("noop"):
        client.delete_proxy("default")


def test_a_daemon_that_is_gone_does_not_hide_what_the_block_raises(echo_backend: Backend) -> None:
    daemon = controlled(echo_backend.address)
    client = client_of(daemon.__enter__())

    def work(error: type[Exception] | None) -> None:
        with client.toxic("noop"):
            daemon.__exit__(None, None, None)
            if error:
                raise error

    with pytest.raises(Trouble) as caught:
        work(Trouble)
    (note,) = caught.value.__notes__
    assert note.startswith("the toxic noop_downstream of proxy default could not be taken away: http://127.0.0.1:")
    daemon = controlled(echo_backend.address)
    client = client_of(daemon.__enter__())
    with pytest.raises(Unreachable):
        work(None)


def test_others_that_change_the_proxy_meanwhile_do_not_hinder(api: Controlled) -> None:
    client, other = client_of(api), client_of(api)
    ask, busy = client._exchange.ask, [True]

    def overtaken(method: str, *more: Any) -> Any:
        if method == "PATCH" and busy.pop():
            other.set_behavior("5:delay")  # between reading and changing
            busy.append(False)
        return ask(method, *more)

    client._exchange.ask = overtaken  # type: ignore[assignment,method-assign]
    assert client.add_toxic("noop").name == "noop_downstream"


def test_a_proxy_is_made_with_its_toxics(api: Controlled) -> None:
    client = client_of(api)
    toxics = [{"type": "latency", "attributes": {"latency": 5}}]
    made = client.create_proxy("web", distant="127.0.0.1:1", toxics=toxics)
    assert [toxic.name for toxic in made.toxics] == ["latency_downstream"]
    changed = client.change_proxy("web", toxics={"latency_downstream": None, "slow": {"type": "bandwidth"}})
    assert [toxic.name for toxic in changed.toxics] == ["slow"]
