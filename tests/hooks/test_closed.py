"""When hooks are closed: once, when all that they are told of is over; or at once, where nothing came of them."""

import socket
import time
from pathlib import Path

import pytest

from tests.asking import write
from tests.handlers.tools import ask, same, witnesses
from tests.hooks.conftest import Errors
from tests.hooks.tools import Notes
from tests.peers import Backend, receive_exactly
from tests.program import POLL
from tests.reloading import SHARED, reloaded
from tests.running import DEADLINE, Running, running
from vaurien.errors import ConfigError

OWN = "tests.hooks.own"
CONFIGURED = f"{OWN}.Configured"
MODULE = """
import pathlib, gevent

class Opened:
    name = "opened"

    def __init__(self, settings, proxy):
        self.name_of_proxy = proxy.name
        self.say("made")

    def say(self, what):
        with open(pathlib.Path(__file__).parent / "said", "a") as file:
            file.write(f"{self.name_of_proxy}:{what} ")

    def before(self, call):
        self.say("told")

    def close(self):
        self.say("closed")

class Slow(Opened):
    name = "slow"

    def session_started(self, session):
        self.say("asked")
        gevent.sleep(0.5)
        self.say("answered")

class Unmade:
    name = "unmade"

    def __init__(self, settings, proxy):
        if proxy.name == "b":
            raise ValueError("no way")

    def before(self, call):
        pass
"""


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the hooks of `MODULE` say that they are made, told of a call, and closed."""
    write(tmp_path, {"opened_of_hooks.py": MODULE})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "said"


def wait_said(said: Path, text: str) -> None:
    """Waits until the hooks have said this, and nothing else."""
    end = time.monotonic() + DEADLINE
    while not said.exists() or said.read_text() != text:
        assert time.monotonic() < end, said.read_text()
        time.sleep(POLL)


def begin_to_stop(daemon: Running) -> None:
    """Tells the daemon to stop, and does not wait for it."""
    daemon._loop.run_callback_threadsafe(daemon._stop.set)
    daemon.wait_until(lambda: daemon.proxy.door is None, "the end of listening")


def test_at_shutdown_after_the_last_session_has_ended(notes: Notes) -> None:
    with (
        witnesses(same) as server,
        running(server.address, hooks=CONFIGURED, shutdown_timeout=5.0) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        begin_to_stop(daemon)
        assert ask(client, b"again") == b"again", "sessions may finish, with their hooks"
        assert "configured.close" not in notes
        client.close()
        daemon.stop()
    round_ = ["configured.on_route", "configured.before", "configured.after"]
    assert list(notes) == [*round_, *round_, "configured.session_ended", "configured.close"]


def test_at_shutdown_after_calls_that_are_cut(notes: Notes) -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:hang", hooks=CONFIGURED) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"hello")
        daemon.wait_until(lambda: daemon.proxy.handlers["hang"].calls[True])
        daemon.stop()
    assert sorted(notes[:-1]) == [f"configured.{point}" for point in ("after", "before", "on_route", "session_ended")]
    assert notes[-1] == "configured.close"


def test_hooks_of_a_handler_are_closed_too_and_each_once(notes: Notes, tmp_path: Path) -> None:
    with running(("127.0.0.1", 1), "20:delay", {"delay.hooks": CONFIGURED}, hooks=CONFIGURED):
        pass
    assert list(notes) == ["configured.close"]


def test_a_viewer_writes_to_its_file_until_the_last_call(tmp_path: Path, said: Path, echo_backend: Backend) -> None:
    seen = tmp_path / "seen"
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as client:
        base = SHARED.format(behavior="100:delay") + "{}[handler:delay]\nsleep = 0.5\n" + daemon.proxy("a")
        viewer = f"hooks = viewer, opened_of_hooks.Opened\n[hook:viewer]\nitems = size\nstream = {seen}\n"
        daemon.hang_up(base.format(viewer))
        client.sendall(b"hello")
        wait_said(said, "a:made a:told ")
        daemon.hang_up(base.format(""))  # while the call is under way
        wait_said(said, "a:made a:told ")
        assert receive_exactly(client, 5) == b"hello"
        wait_said(said, "a:made a:told a:closed ")
        assert seen.read_text() == "a #2 -> size=5\n"
        client.close()
        daemon.running.wait_for_log(" a #2 ended: ")
        assert "raised" not in daemon.running.log


def test_one_that_is_taken_away_during_a_call_that_hangs(tmp_path: Path, said: Path, echo_backend: Backend) -> None:
    """It is closed when the call is cut, at shutdown."""
    with reloaded(tmp_path, echo_backend) as daemon:
        base = SHARED.format(behavior="100:hang") + "{}" + daemon.proxy("a")
        daemon.hang_up(base.format("hooks = opened_of_hooks.Opened\n"))
        with daemon.connect("a") as client:
            client.sendall(b"hello")
            wait_said(said, "a:made a:told ")
            daemon.hang_up(base.format(""))
            wait_said(said, "a:made a:told ")
            daemon.running.stop()
            assert said.read_text() == "a:made a:told a:closed "


def test_one_that_is_taken_away_while_it_is_asked(tmp_path: Path, said: Path, echo_backend: Backend) -> None:
    """A new session is being looked at: the hook is closed when it has answered."""
    with reloaded(tmp_path, echo_backend) as daemon:
        base = SHARED.format(behavior="100:dummy") + "{}" + daemon.proxy("a")
        daemon.hang_up(base.format("hooks = opened_of_hooks.Slow\n"))
        with daemon.connect("a") as client:
            wait_said(said, "a:made a:asked ")
            daemon.hang_up(base.format(""))
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
            wait_said(said, "a:made a:asked a:answered a:closed ")


# what was made and came to nothing


def test_those_made_for_settings_that_fail(notes: Notes) -> None:
    with (
        pytest.raises(ConfigError, match="hook unmade: cannot be made: RuntimeError: no licence"),
        running(("127.0.0.1", 1), hooks=f"{CONFIGURED},{OWN}.Unmade"),
    ):
        pass
    assert list(notes) == ["configured.close"]


def test_those_of_a_proxy_that_cannot_listen(notes: Notes) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError, match="in use"),
        running(("127.0.0.1", 1), hooks=CONFIGURED, local=f"127.0.0.1:{taken.getsockname()[1]}"),
    ):
        pass
    assert list(notes) == ["configured.close"]


def test_those_made_for_a_reload_that_fails(tmp_path: Path, said: Path, echo_backend: Backend) -> None:
    """One proxy's cannot be made: all that were made are closed, in whatever order proxies are looked at."""
    both = "hooks = opened_of_hooks.Opened, opened_of_hooks.Unmade\n"
    with reloaded(tmp_path, echo_backend) as daemon:
        start, proxies = SHARED.format(behavior=""), daemon.proxy("a") + daemon.proxy("b")
        daemon.hang_up(start + proxies)
        line = daemon.hang_up(start + both + proxies, "ERROR not reloaded")
        assert "hook unmade: cannot be made: ValueError: no way" in line
        words = said.read_text().split()
        assert sorted(words) in (["a:closed", "a:made", "b:closed", "b:made"], ["b:closed", "b:made"])
        daemon.hang_up(start + "hooks = opened_of_hooks.Opened\n" + proxies)
        assert sorted(said.read_text().split()[len(words) :]) == ["a:made", "b:made"]


def test_nothing_is_logged_of_all_this(notes: Notes, errors: Errors) -> None:
    with running(("127.0.0.1", 1), hooks=CONFIGURED):
        pass
    assert list(notes) == ["configured.close"]
    assert not errors()
