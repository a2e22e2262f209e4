"""SIGHUP: the INI is read again and holds at once, whole; a broken one changes nothing."""

import signal
import socket
import time
from pathlib import Path

import pytest

from tests.asking import write
from tests.peers import Backend, backend, receive_exactly
from tests.program import program
from tests.reloading import SHARED, Reloaded, answers, ask, reloaded

# what changes


def test_a_behavior_holds_from_the_next_call_on_in_sessions_that_run(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as client:
        assert answers(client)
        for behavior, expected in (("100:error", False), ("100:dummy", True), ("100:corrupt", False), ("", True)):
            daemon.hang_up(SHARED.format(behavior=behavior) + daemon.proxy("a"))
            assert [answers(client) for _ in range(3)] == [expected] * 3
        daemon.hang_up(SHARED.format(behavior="100:dummy") + daemon.proxy("a", more="behavior = 100:error\n"))
        assert not answers(client)


def test_an_option_holds_from_the_next_call_on(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend, "100:corrupt") as daemon, daemon.connect("a") as client:
        start = SHARED.format(behavior="100:corrupt") + daemon.proxy("a")
        for section, expected in (("handler:corrupt", True), ("proxy:a:handler:corrupt", True), ("", False)):
            daemon.hang_up(start + (f"[{section}]\nrate = 0\n" if section else ""))
            assert answers(client) is expected


def test_a_call_under_way_is_not_disturbed(tmp_path: Path, echo_backend: Backend) -> None:
    argv = ("--handlers.delay.sleep", "0.5")
    with reloaded(tmp_path, echo_backend, "100:delay", *argv) as daemon, daemon.connect("a") as client:
        start = time.monotonic()
        client.sendall(b"hello")
        echo_backend.wait_session(2)
        daemon.hang_up(SHARED.format(behavior="100:dummy") + daemon.proxy("a"))
        assert receive_exactly(client, 5) == b"hello"
        assert time.monotonic() - start >= 0.5
        assert answers(client)


def test_a_new_proxy_appears_and_a_removed_one_goes(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as old:
        assert answers(old)
        start = SHARED.format(behavior="100:dummy")
        daemon.hang_up(start + daemon.proxy("a") + daemon.proxy("b", more="behavior = 100:error\n"))
        with daemon.connect("b") as client:
            assert not answers(client)
        assert answers(old)
        daemon.hang_up(start + daemon.proxy("b"))
        with pytest.raises(OSError, match=r"No such file|refused"):
            daemon.connect("a")
        with daemon.connect("b") as client:
            assert answers(client)


def test_sessions_of_a_removed_proxy_may_finish_for_a_while(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as client, daemon.connect("a") as quick:
        assert answers(client) and answers(quick)
        start = time.monotonic()
        daemon.hang_up(SHARED.format(behavior="100:error").replace("0.2", "0.5") + daemon.proxy("b"))
        assert answers(quick), "what it did to calls stays"
        try:
            assert client.recv(1) == b""
        except ConnectionResetError:
            pass
        assert time.monotonic() - start >= 0.5
        daemon.running.wait_for_log(r" a #2 ended: shutdown; ")


def test_sessions_of_a_removed_proxy_have_no_longer_than_others_at_the_end(
    tmp_path: Path, echo_backend: Backend
) -> None:
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as client:
        assert answers(client)
        start = SHARED.format(behavior="100:dummy")
        daemon.hang_up(start.replace("0.2", "60") + daemon.proxy("b"))
        daemon.hang_up(start + daemon.proxy("b"))
        daemon.running.process.terminate()
        daemon.running.wait_for_log(r" a #2 ended: shutdown; ")


def test_a_changed_local_moves(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon:
        daemon.hang_up(SHARED.format(behavior="100:dummy") + daemon.proxy("a", "elsewhere"))
        with daemon.connect("elsewhere") as client:
            assert answers(client)
        assert not (tmp_path / "a").exists()


def test_a_changed_distant_is_for_new_sessions(tmp_path: Path, echo_backend: Backend) -> None:
    def shout(sock: socket.socket) -> None:
        while data := sock.recv(65536):
            sock.sendall(data.upper())

    with backend(shout) as other, reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as old:
        assert answers(old)
        distant = "{}:{}".format(*other.address)
        daemon.hang_up(SHARED.format(behavior="100:dummy") + daemon.proxy("a", distant=distant))
        with daemon.connect("a") as new:
            assert ask(new) == b"HELLO"
        assert answers(old)


def test_the_limit_of_sessions(tmp_path: Path, echo_backend: Backend) -> None:
    start = SHARED.format(behavior="100:dummy")
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as first, daemon.connect("a") as second:
        assert answers(first) and answers(second)
        daemon.hang_up(start + daemon.proxy("a", more="max_sessions = 1\n"))
        with daemon.connect("a") as third:
            third.sendall(b"hello")
            daemon.running.wait_for_log("max_sessions reached")
            assert answers(first) and answers(second)
            daemon.hang_up(start + daemon.proxy("a"))
            assert receive_exactly(third, 5) == b"hello"


def test_the_command_line_still_wins(tmp_path: Path, echo_backend: Backend) -> None:
    argv = ("--behavior", "100:corrupt", "--handlers.corrupt.rate", "0")
    with reloaded(tmp_path, echo_backend, "100:dummy", *argv) as daemon, daemon.connect("a") as client:
        daemon.hang_up(SHARED.format(behavior="100:error") + "[handler:corrupt]\nrate = 1\n" + daemon.proxy("a"))
        assert answers(client)
        with daemon.connect("a") as other:
            assert answers(other)


def test_without_a_file_it_stays_as_it_is(tmp_path: Path, echo_backend: Backend) -> None:
    host, port = echo_backend.address
    with (
        program("--local", f"unix:{tmp_path}/a", "--distant", f"{host}:{port}", "--seed", "3") as running,
        Reloaded(running, tmp_path, echo_backend).connect("a") as client,
    ):
        assert answers(client)
        running.process.send_signal(signal.SIGHUP)
        running.wait_for_log("INFO reloaded$")
        assert answers(client)


def test_what_holds_when_the_daemon_starts_again_is_said(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend, "100:dummy") as daemon:
        start = SHARED.format(behavior="100:dummy") + daemon.proxy("a")
        for text, words in (
            (start, []),
            (start + "[statsd]\nhost = 127.0.0.1\n", ["statsd: its settings have changed"]),
            (start + "[http]\nport = 0\n", ["control API: there is none until"]),
        ):
            said = len(daemon.running.log)
            daemon.hang_up(text)
            daemon.hang_up(text)  # what is said of the first is all there
            new = daemon.running.log[said:]
            warnings = [line.partition("WARNING ")[2] for line in new.splitlines() if " WARNING " in line]
            assert len(warnings) >= len(words) and all(word in warnings[0] for word in words), new


# what changes nothing


MODULE = """
class Broken:
    def __init__(self, settings, proxy):
        raise ValueError("no way")

    def __call__(self, client_sock, backend_sock, to_backend):
        return None

class Uncalled:
    pass
"""
BROKEN = [
    ("", ["nothing to do yet", "--distant HOST:PORT"]),
    ("seed = 1\n", ["vaurien.ini", "line 1"]),
    ("[vaurien]\ndistnt = a:1\n", ["vaurien.ini [vaurien] distnt", "'distant'"]),
    ("{good}[proxy:b]\nlocal = unix:{folder}/b\n", ["vaurien.ini [proxy:b]", "distant"]),
    ("{good}[handler:delay]\nsleep = soon\n", ["vaurien.ini [handler:delay] sleep", "'soon'"]),
    ("{good}[handler:x]\ncallable = nowhere_at_all.X\n", ["[handler:x] callable", "nowhere_at_all"]),
    ("{good}[handler:x]\ncallable = broken_of_reload.Uncalled\n", ["[handler:x]", "Uncalled has no __call__"]),
    ("{good}[handler:x]\ncallable = broken_of_reload.Broken\n", ["handler x: cannot be made: ", "no way"]),
    ("{good}[proxy:b]\nlocal = unix:{folder}/b\ndistant = a:1\n[proxy:c]\nlocal = {taken}\ndistant = a:1\n",
     ["[proxy:c] local", "{taken}", "in use"]),
    ("{good}[proxy:b]\nlocal = {taken}\ndistant = a:1\n[proxy:c]\nlocal = unix:{folder}/c\ndistant = a:1\n",
     ["[proxy:b] local", "{taken}", "in use"]),
    ("{moved}[proxy:b]\nlocal = {taken}\ndistant = a:1\n", ["[proxy:b] local", "{taken}", "in use"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BROKEN)
def test_a_broken_file_changes_nothing_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, echo_backend: Backend, text: str, words: list[str]
) -> None:
    write(tmp_path, {"broken_of_reload.py": MODULE})
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        reloaded(tmp_path, echo_backend) as daemon,
        daemon.connect("a") as client,
    ):
        assert answers(client)
        error = SHARED.format(behavior="100:error")
        places = {
            "folder": str(tmp_path),
            "taken": f"127.0.0.1:{other.getsockname()[1]}",
            "good": error + daemon.proxy("a"),
            "moved": error + daemon.proxy("a", "elsewhere"),
        }
        line = daemon.hang_up(text.format_map(places), "ERROR not reloaded, nothing has changed: ")
        for word in words:
            assert word.format_map(places) in line
        assert answers(client)
        with daemon.connect("a") as new:
            assert answers(new)
        sockets = sorted(path.name for path in tmp_path.iterdir() if path.is_socket())
        assert sockets == ["a"]
        daemon.hang_up(places["good"])
        assert not answers(client), "and the next good one holds"


def test_a_file_that_is_gone_changes_nothing(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as client:
        (tmp_path / "vaurien.ini").unlink()
        daemon.running.process.send_signal(signal.SIGHUP)
        daemon.running.wait_for_log(
            "ERROR not reloaded, nothing has changed: .*vaurien.ini: cannot be read: no such file"
        )
        assert answers(client)


def test_nothing_is_left_of_many_reloads(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon:
        folder = Path(f"/proc/{daemon.running.process.pid}/fd")
        if not folder.is_dir():
            pytest.skip("this system does not show the descriptors of another process")
        start = SHARED.format(behavior="100:error").replace("0.2", "0")
        daemon.hang_up(start + daemon.proxy("a"))
        daemon.running.wait_for_log(" a #1 ended: ")  # the session that the start has waited for
        before = len(list(folder.iterdir()))
        for number in range(10):
            daemon.hang_up(start + daemon.proxy("a", more=f"behavior = {number}:delay\n") + daemon.proxy(f"b{number}"))
        daemon.hang_up(start + daemon.proxy("a"))
        assert len(list(folder.iterdir())) == before
