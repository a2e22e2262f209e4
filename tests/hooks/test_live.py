"""Hooks that come and go while there is traffic: a change holds from the next call on."""

import threading
import weakref

import pytest

from tests.handlers.tools import ask, same, witnesses
from tests.hooks.tools import Notes, add, hook, hooked, noting, rewriting
from vaurien.call import Call
from vaurien.errors import ConfigError
from vaurien.hooks.scope import Scope


def test_what_is_taken_back_is_not_called_any_more() -> None:
    notes = Notes()
    mine, other = noting(notes, "x", ("before",)), noting(notes, "y", ("before",))

    def told(call: Call) -> None:
        notes.note("told")

    with witnesses(same) as server, hooked(server.address, mine, other) as daemon, daemon.connect() as client:
        daemon.proxy.hooks.on("before", told)
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == ["x.before", "y.before", "told"] * 2
        notes.clear()
        daemon.proxy.hooks.remove(mine)
        daemon.proxy.hooks.remove(told)
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == ["y.before"] * 2


def test_what_is_not_there_cannot_be_taken_back() -> None:
    mine = hook(before=lambda call: None)
    scope = Scope()
    with pytest.raises(ConfigError, match="is not registered here"):
        scope.remove(mine)
    scope.add(mine)
    scope.remove(mine)
    with pytest.raises(ConfigError, match="is not registered here"):
        scope.remove(mine)


def test_hooks_come_and_go_during_traffic() -> None:
    """Each answer is one of the two that there may be, and a change holds from the next call on."""
    upper = hook(outgoing=rewriting(b"hello", b"HELLO"))
    stop = threading.Event()
    answers: list[bytes] = []
    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:

        def talk() -> None:
            while not stop.is_set():
                answers.append(ask(client, b"hello"))

        talking = threading.Thread(target=talk)
        talking.start()
        for count in range(1, 31):
            add(daemon, upper)
            daemon.wait_until(lambda: answers and answers[-1] == b"HELLO", f"the change of round {count}")
            daemon.do(lambda: daemon.proxy.hooks.remove(upper))
            daemon.wait_until(lambda: answers[-1] == b"hello", f"the change back of round {count}")
        stop.set()
        talking.join()
        assert set(answers) == {b"hello", b"HELLO"}
        add(daemon, upper)
        assert ask(client, b"hello") == b"HELLO"
        daemon.do(lambda: daemon.proxy.hooks.remove(upper))
        assert ask(client, b"hello") == b"hello"


def test_a_hook_may_take_itself_back() -> None:
    notes = Notes()
    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:

        @daemon.proxy.hooks.on("before")
        def once(call: Call) -> None:
            notes.note(call.to_backend)
            daemon.proxy.hooks.remove(once)

        daemon.proxy.hooks.on("before", lambda call: notes.note("other"))
        assert ask(client, b"hello") == b"hello"
        assert list(notes) == [True, "other", "other"], "the round goes on as it began"


def test_who_watches_a_scope_is_told_of_every_change_and_not_kept_alive() -> None:
    class Watcher:
        def __init__(self) -> None:
            self.told: list[int] = []

        def changed(self) -> None:
            self.told.append(len(scope.entries))

    scope, watcher, mine = Scope(), Watcher(), hook(before=lambda call: None)
    scope.watch(watcher.changed)
    scope.add(mine)
    scope.on("after", print)
    scope.remove(mine)
    assert watcher.told == [1, 2, 1]
    reference = weakref.ref(watcher)
    del watcher
    assert reference() is None
    scope.add(mine)
