"""What hooks cost: points that nobody overrides are not listened to, and calls that nobody hooks stay in the loop."""

from typing import Any

import pytest

from tests.handlers.tools import ask, handled, same, wait_no_session, witnesses
from tests.hooks import own
from tests.hooks.conftest import Errors
from tests.hooks.tools import ALL, Notes, add, hook, hooked, noting
from tests.running import Running
from vaurien.flow import Flow
from vaurien.hooks import GLOBAL, Hook, add_global
from vaurien.hooks.chain import Chain, Entry
from vaurien.hooks.points import POINTS
from vaurien.workers import Workers

OF_A_SESSION = tuple(point.name for point in POINTS if not point.by_call)
OF_A_CALL = tuple(point.name for point in POINTS if point.by_call)
FAST = (None, None)
"""There is nothing to choose, for either direction: the engine relays."""


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The greenlets that flows have started for calls."""
    found: list[Any] = []

    start = Workers.start

    def counting(workers: Workers, work: Any, *args: Any) -> Any:
        if work.__func__ is Flow.act:
            found.append(work)
        return start(workers, work, *args)

    monkeypatch.setattr(Workers, "start", counting)
    return found


def assert_relayed(daemon: Running, spawned: list[Any], rounds: int = 3) -> None:
    """Some traffic, for which no greenlet is made and no handler called."""
    before = len(spawned)
    with daemon.connect() as client:
        for _ in range(rounds):
            assert ask(client, b"hello") == b"hello"
        (session,) = daemon.proxy.sessions.values()
        assert (session.calls(True), session.calls(False)) == (rounds, rounds)
    assert len(spawned) == before
    wait_no_session(daemon)


def test_which_points_are_of_a_session() -> None:
    assert OF_A_SESSION == ("session_started", "backend_connected", "session_ended")


@pytest.mark.parametrize("point", OF_A_SESSION)
def test_with_session_hooks_calls_stay_in_the_event_loop(point: str, spawned: list[Any]) -> None:
    notes = Notes()
    with witnesses(same) as server, hooked(server.address, noting(notes, "x", (point,))) as daemon:
        assert daemon.proxy.crew.choices == FAST
        assert_relayed(daemon, spawned)
        assert notes.wait(1) == [f"x.{point}"]


@pytest.mark.parametrize("point", OF_A_CALL)
def test_with_a_call_hook_they_do_not_until_it_is_taken_back(point: str, spawned: list[Any], errors: Errors) -> None:
    """All hooks of calls taken back: the proxy is on its fast path again, also in a session that runs."""
    with witnesses(same) as server, hooked(server.address, noting(Notes(), "session", OF_A_SESSION)) as daemon:
        assert_relayed(daemon, spawned)
        mine, other = (add(daemon, noting(Notes(), name, (point,))) for name in ("mine", "other"))
        assert None not in daemon.proxy.crew.choices
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
            assert len(spawned) == 2
            daemon.do(lambda: daemon.proxy.hooks.remove(mine))
            assert ask(client, b"hello") == b"hello"
            assert len(spawned) == 4
            daemon.do(lambda: daemon.proxy.hooks.remove(other))
            assert daemon.proxy.crew.choices == FAST
            assert ask(client, b"hello") == b"hello"
            assert len(spawned) == 4
        wait_no_session(daemon)
        assert_relayed(daemon, spawned)
    assert not errors()


def test_a_hook_for_all_proxies_and_back(spawned: list[Any]) -> None:
    with witnesses(same) as server, hooked(server.address) as daemon:
        mine = add_global(hook(before=lambda call: None))
        assert None not in daemon.proxy.crew.choices
        GLOBAL.remove(mine)
        assert daemon.proxy.crew.choices == FAST
        assert_relayed(daemon, spawned)


@pytest.mark.parametrize("point", ALL)
def test_a_chain_listens_only_where_somebody_overrides(point: str) -> None:
    entries = [Entry.of(hook("one", **{point: lambda *told: None})), Entry.of(hook("two", **{point: print}))]
    chain = Chain(entries)
    assert [name for name in ALL if chain.listens(name)] == [point]
    assert chain.wraps_calls == (point in OF_A_CALL)
    assert all(list(entry.points) == [point] for entry in entries)


def test_what_a_hook_inherits_counts_and_what_the_base_has_does_not() -> None:
    class Parent(Hook):
        def before(self, call: Any) -> None:
            pass

    class Child(Parent):
        def after(self, call: Any) -> None:
            pass

    assert sorted(Entry.of(Child()).points) == ["after", "before"]


def test_hooks_of_one_handler_cost_only_its_calls(spawned: list[Any]) -> None:
    """A handler of one direction has hooks; the other direction is relayed in the event loop."""
    options = {"parent.direction": "to_backend"}
    with (
        witnesses(same) as server,
        hooked(server.address, behavior="100:tests.hooks.own.Parent", options=options) as daemon,
        daemon.connect() as client,
    ):
        to_client, to_backend = daemon.proxy.crew.choices
        assert to_client is None and to_backend is not None
        assert ask(client, b"hello") == b"hello"
        assert len(spawned) == 1
        assert handled(daemon, "parent") == [0, 1]
    assert own.Parent.hooks


def test_hooks_of_a_handler_that_is_never_chosen_cost_nothing(spawned: list[Any]) -> None:
    with witnesses(same) as server, hooked(server.address, behavior="0:tests.hooks.own.Parent") as daemon:
        assert_relayed(daemon, spawned)


def test_without_filters_sockets_pass_bytes_as_they_are(spawned: list[Any]) -> None:
    """No message is made for a call whose hooks do not filter, and what is read is not read ahead."""
    made = Notes()
    with witnesses(same) as server, hooked(server.address, noting(Notes(), "x", ("before", "after"))) as daemon:
        add(daemon, hook(before=lambda call: made.note((call.filters, call.session.flows[call.to_backend].unread))))
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"
        assert made.wait(2) == [(None, b"")] * 2
