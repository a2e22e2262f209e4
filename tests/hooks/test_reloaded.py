"""SIGHUP: hooks of the file come and go, with their options, and those that go are closed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asking import write
from tests.peers import Backend, receive_exactly
from tests.reloading import SHARED, Reloaded, reloaded

MODULE = '''
import pathlib
from vaurien.hooks import Hook

class Adding(Hook):
    """Puts a text after each reply; says when it is made and closed."""
    name = "adding"
    options = {"text": ("What it adds", str, ".")}

    def __init__(self, settings, proxy):
        super().__init__(settings, proxy)
        self.say("made")

    def say(self, what):
        with open(pathlib.Path(__file__).parent / "said", "a") as file:
            file.write(f"{self.proxy.name}:{what} ")

    def outgoing(self, message):
        return message.with_data(message.data + (b"" if message.to_backend else self.option("text").encode()))

    def close(self):
        self.say("closed")
        if self.option("text") == "?":
            raise ZeroDivisionError("oh")
'''
BASE = SHARED.format(behavior="100:dummy")
HOOK = "hooks = one\n"
Start = Callable[..., Reloaded]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, {"adding_of_hooks.py": MODULE})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def section(text: str, name: str = "one") -> str:
    return f"[hook:{name}]\ncallable = adding_of_hooks.Adding\ntext = {text}\n"


def said(folder: Path) -> list[str]:
    """What the hooks have said of their making and their end."""
    return (folder / "said").read_text().split()


def answer(daemon: Reloaded, size: int, proxy: str = "a") -> bytes:
    with daemon.connect(proxy) as client:
        client.sendall(b"hello")
        return receive_exactly(client, size)


def test_hooks_come_and_go_and_change_in_sessions_that_run(folder: Path, echo_backend: Backend) -> None:
    with reloaded(folder, echo_backend) as daemon, daemon.connect("a") as client:

        def ask(size: int) -> bytes:
            client.sendall(b"hello")
            return receive_exactly(client, size)

        assert ask(5) == b"hello"
        daemon.hang_up(BASE + HOOK + section("1") + daemon.proxy("a"))
        assert ask(6) == b"hello1"
        daemon.hang_up(BASE + HOOK + section("2") + daemon.proxy("a"))
        assert ask(6) == b"hello2"
        assert said(folder) == ["a:made"], "an option changes in the instance that is there"
        daemon.hang_up(BASE + "hooks = one, two\n" + section("1") + section("2", "two") + daemon.proxy("a"))
        assert ask(7) == b"hello12"
        assert said(folder) == ["a:made"] * 2
        daemon.hang_up(BASE + "hooks = two\n" + section("1") + section("2", "two") + daemon.proxy("a"))
        assert ask(6) == b"hello2"
        assert said(folder) == ["a:made", "a:made", "a:closed"]
        daemon.hang_up(BASE + daemon.proxy("a"))
        assert ask(5) == b"hello"
        assert said(folder) == ["a:made", "a:made", "a:closed", "a:closed"]


def test_the_order_of_a_list_that_changes(folder: Path, echo_backend: Backend) -> None:
    both = section("1") + section("2", "two")
    with reloaded(folder, echo_backend) as daemon:
        for names, expected in (("one, two", b"hello12"), ("two, one", b"hello21")):
            daemon.hang_up(f"{BASE}hooks = {names}\n{both}{daemon.proxy('a')}")
            assert answer(daemon, 7) == expected


def test_priorities_that_change(folder: Path, echo_backend: Backend) -> None:
    with reloaded(folder, echo_backend) as daemon:
        for one, two, expected in ((1, 2, b"hello12"), (2, 1, b"hello21"), (2, 2, b"hello12")):
            sections = f"{section('1')}priority = {one}\n{section('2', 'two')}priority = {two}\n"
            daemon.hang_up(f"{BASE}hooks = one, two\n{sections}{daemon.proxy('a')}")
            assert answer(daemon, 7) == expected


def test_another_file_for_the_viewer(folder: Path, echo_backend: Backend) -> None:
    base = BASE + "hooks = viewer\n[hook:viewer]\nitems = size\nstream = {}\n"
    with reloaded(folder, echo_backend) as daemon:
        for name in ("first", "second", "first"):
            daemon.hang_up(base.format(folder / name) + daemon.proxy("a"))
            answer(daemon, 5)
        daemon.running.stop()
    assert (folder / "first").read_text().count("size=5") == 4
    assert (folder / "second").read_text().count("size=5") == 2


def test_another_class_under_a_name_is_another_instance(folder: Path, echo_backend: Backend) -> None:
    with reloaded(folder, echo_backend) as daemon:
        daemon.hang_up(BASE + HOOK + section("1") + daemon.proxy("a"))
        assert answer(daemon, 6) == b"hello1"
        limit = "[hook:one]\ncallable = vaurien.hooks.Limit\n"
        daemon.hang_up(BASE + HOOK + limit + daemon.proxy("a"))
        assert answer(daemon, 5) == b"hello"
        assert said(folder) == ["a:made", "a:closed"]


def test_each_proxy_has_instances_of_its_own(folder: Path, echo_backend: Backend) -> None:
    with reloaded(folder, echo_backend) as daemon:
        daemon.hang_up(BASE + HOOK + section("1") + daemon.proxy("a") + daemon.proxy("b"))
        assert sorted(said(folder)) == ["a:made", "b:made"]
        assert answer(daemon, 6, "b") == b"hello1"
        daemon.hang_up(BASE + HOOK + section("1") + daemon.proxy("a"))
        assert sorted(said(folder)) == ["a:made", "b:closed", "b:made"], "with its proxy"
        daemon.running.stop()
        assert sorted(said(folder)) == ["a:closed", "a:made", "b:closed", "b:made"], "at shutdown"


def test_hooks_of_a_handler_come_and_go(folder: Path, echo_backend: Backend) -> None:
    handler = "[handler:dummy]\nhooks = one\n"
    with reloaded(folder, echo_backend) as daemon:
        daemon.hang_up(BASE + handler + section("1") + daemon.proxy("a"))
        assert answer(daemon, 6) == b"hello1"
        daemon.hang_up(BASE + "hooks = one\n" + section("1") + daemon.proxy("a"))
        assert answer(daemon, 6) == b"hello1"
        assert said(folder) == ["a:made"], "it is the same hook, in another scope"
        daemon.hang_up(BASE + section("1") + daemon.proxy("a"))
        assert answer(daemon, 5) == b"hello"
        assert said(folder) == ["a:made", "a:closed"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hooks = veiwer\n", ["unknown hook 'veiwer'"]),
        (HOOK + "[hook:one]\ncallable = adding_of_hooks.Nobody\n", ["has no 'Nobody'"]),
        ("hooks = viewer\n[hook:viewer]\nitems = colour\n", ["unknown item 'colour'"]),
        ("hooks = viewer\n[hook:viewer]\nstream = /nowhere/at/all\n", ["cannot write to /nowhere/at/all"]),
    ],
)
def test_a_broken_file_leaves_the_hooks_as_they_are(
    folder: Path, echo_backend: Backend, text: str, words: list[str]
) -> None:
    with reloaded(folder, echo_backend) as daemon:
        daemon.hang_up(BASE + HOOK + section("1") + daemon.proxy("a"))
        line = daemon.hang_up(BASE + text + daemon.proxy("a"), "ERROR not reloaded, nothing has changed: ")
        assert all(word in line for word in words)
        assert answer(daemon, 6) == b"hello1"
        assert said(folder) == ["a:made"]


def test_a_hook_that_raises_in_close_is_logged_and_gone(folder: Path, echo_backend: Backend) -> None:
    with reloaded(folder, echo_backend) as daemon:
        daemon.hang_up(BASE + HOOK + section("?") + daemon.proxy("a"))
        assert answer(daemon, 6) == b"hello?"
        daemon.hang_up(BASE + daemon.proxy("a"))
        assert answer(daemon, 5) == b"hello"
        assert "ERROR hook one raised in close\n" in daemon.running.log
        assert "ZeroDivisionError: oh" in daemon.running.log
