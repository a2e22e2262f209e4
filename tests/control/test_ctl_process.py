"""``vaurienctl`` as a process: terminals, pipes, Ctrl-C, shells."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.control.clients import client_of, says_back
from tests.control.commands import DEADLINE, Ctl, on_a_terminal, process, run
from tests.control.controlled import Controlled, controlled
from tests.peers import Backend
from tests.program import POLL, ROOT, environment


def read_until(user: int, pattern: str) -> str:
    """What stands on a terminal, up to a match of the pattern."""
    seen, end = "", time.monotonic() + DEADLINE
    while not re.search(pattern, seen):
        ready, _, _ = select.select([user], [], [], max(0, end - time.monotonic()))
        assert ready, f"no {pattern!r} in {seen!r}"
        seen += os.read(user, 65536).decode()
    return seen


def end_of(running: subprocess.Popen[bytes], user: int) -> int:
    """The exit code, once it has ended; what it still draws is read: a terminal that is full makes it wait."""
    end = time.monotonic() + DEADLINE
    while running.poll() is None:
        assert time.monotonic() < end, "it does not end"
        if select.select([user], [], [], POLL)[0]:
            os.read(user, 65536)
    return running.returncode


def test_events_are_followed_until_ctrl_c(api: Controlled) -> None:
    with process("events", "--url", api.url, "--type", "session_ended", "--type", "proxy_changed") as following:
        assert following.stdout is not None
        wait_listened(api)
        client_of(api).set_behavior("5:delay")
        moment, proxy, kind, changed = following.stdout.readline().split()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", moment)
        assert (proxy, kind, changed) == ("default", "proxy_changed", "changed=behavior,handlers")
        assert says_back(api)
        assert re.search(r' session_ended session=1 cause="?client ', following.stdout.readline())
        following.send_signal(signal.SIGINT)
        assert following.communicate(timeout=DEADLINE) == ("", "")
        assert following.returncode == 0


def test_events_as_json_are_one_object_a_line(api: Controlled) -> None:
    with process("events", "--json", "--url", api.url, "--proxy", "default") as following:
        assert following.stdout is not None
        wait_listened(api)
        for behavior in ("5:delay", "6:delay"):
            client_of(api).set_behavior(behavior)
            assert json.loads(following.stdout.readline())["type"] == "proxy_changed"


def wait_listened(api: Controlled) -> None:
    api.running.wait_until(lambda: api.running.daemon.shared.events.listened, "a listener")


def test_a_reader_that_leaves_ends_it_quietly(api: Controlled) -> None:
    with process("events", "--url", api.url) as following:
        assert following.stdout is not None and following.stderr is not None
        wait_listened(api)
        following.stdout.close()
        client_of(api).set_behavior("5:delay")
        assert following.wait(DEADLINE) == 0
        assert following.stderr.read() == ""


def test_a_daemon_that_goes_ends_what_follows_it(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api:
        following = process("events", "--url", api.url)
        running = following.__enter__()
        wait_listened(api)
    try:
        out, err = running.communicate(timeout=DEADLINE)
        assert running.returncode in (0, 1) and out == "" and err.count("\n") <= 1
        assert running.returncode == 1 or err == ""
    finally:
        following.__exit__(None, None, None)


def test_the_status_is_drawn_again_and_again_on_a_terminal(api: Controlled) -> None:
    with on_a_terminal("status", "--url", api.url, "--interval", "0.05") as (running, user):
        first = read_until(user, r"100:dummy")
        assert "\x1b[" in first and "listening" in first
        client_of(api).set_behavior("5:delay")
        assert re.search(r" \d+\.\d .* 5:delay", read_until(user, r"5:delay"))  # so many calls a second
        running.send_signal(signal.SIGINT)
        assert end_of(running, user) == 0
        assert running.stderr is not None and running.stderr.read() == b""


def test_a_narrow_terminal_is_spared_what_it_has_no_room_for(api: Controlled) -> None:
    with on_a_terminal("status", "--once", "--url", api.url, columns=70) as (running, user):
        seen = read_until(user, "100:dummy")
        assert running.wait(DEADLINE) == 0
    title, row = (re.sub(r"\x1b\[\d*m", "", line).split() for line in seen.splitlines()[:2])
    assert title == ["proxy", "sessions", "calls", "calls/s", "errors", "reverts_in", "behavior"]
    assert row == ["default", "0", "0", "-", "0", "-", "100:dummy"]


def test_a_daemon_that_goes_ends_the_status(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api:
        table = on_a_terminal("status", "--url", api.url, "--interval", "0.05")
        running, user = table.__enter__()
        read_until(user, "100:dummy")
    try:
        assert end_of(running, user) == 1
        assert running.stderr is not None
        assert re.fullmatch(rb"vaurienctl: http://[\d.:]+: [^\n]+\n", running.stderr.read())
    finally:
        table.__exit__(None, None, None)


def test_a_table_on_a_terminal_is_drawn_once_where_once_is_asked_for(api: Controlled) -> None:
    with on_a_terminal("proxies", "--url", api.url) as (running, user):
        assert "\x1b[1m" in read_until(user, "100:dummy")
        assert running.wait(DEADLINE) == 0


def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "api"))
        listener.listen()
        listener.settimeout(DEADLINE)
        with process("proxies", "--url", f"unix:{tmp_path}/api") as waiting:
            with listener.accept()[0] as asked:
                assert asked.recv(65536).startswith(b"GET /v1/proxies ")
                waiting.send_signal(signal.SIGINT)
                assert waiting.communicate(timeout=DEADLINE) == ("", "")
            assert waiting.returncode == 130


def test_names_that_the_output_cannot_show_are_escaped(api: Controlled) -> None:
    client_of(api).create_proxy("wüb", local="127.0.0.1:0", distant="127.0.0.1:1")
    done = run("proxies", "--url", api.url, PYTHONIOENCODING="ascii")
    assert done.code == 0 and "w\\xfcb " in done.out


def test_neither_gevent_nor_rich_is_loaded_for_a_plain_answer(api: Controlled) -> None:
    code = (
        "import sys; from vaurien.ctl import main; main(['proxies', '--url', sys.argv[1]]);"
        " print({'gevent', 'falcon', 'rich'} & {*sys.modules})"
    )
    variables = {name: value for name, value in environment().items() if not name.startswith("COV")}  # it loads gevent
    done = subprocess.run(
        [sys.executable, "-c", code, api.url], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.stdout.endswith("\nset()\n"), done


COMPLETE = """\
source "$CODE"
words=($LINE)
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_TYPE=9
[[ $LINE == *" " ]] && { COMP_WORDS+=(""); COMP_CWORD=$((COMP_CWORD + 1)); }
_python_argcomplete vaurienctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completions(folder: Path, line: str, **variables: str) -> set[str]:
    """What bash offers after this line, when it has read what the program said the first time that it was asked."""
    folder = folder / "bin"
    if not folder.exists():
        folder.mkdir()
        (folder / "vaurienctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vaurien.ctl "$@"\n')
        (folder / "vaurienctl").chmod(0o755)
        (folder / "code").write_text(run("completion", "bash").out)
    ours = {"PATH": f"{folder}:{os.environ['PATH']}", "CODE": str(folder / "code"), "LINE": line}
    done = subprocess.run(
        ["bash", "-c", COMPLETE], env=environment(ours | variables), capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.returncode == 0, done.stderr
    return {word.strip() for word in done.stdout.splitlines()}


def test_bash_completes_words(api: Controlled, tmp_path: Path) -> None:
    assert completions(tmp_path, "vaurienctl sta") == {"status"}
    assert {"create", "change", "delete"} <= completions(tmp_path, "vaurienctl proxies ")
    assert "--interval" in completions(tmp_path, "vaurienctl status --in")
    known = {"VAURIEN_URL": api.url}
    assert completions(tmp_path, "vaurienctl set-handler h", **known) == {"half_close", "hang"}
    assert {word.rpartition(":")[2] for word in completions(tmp_path, "vaurienctl behavior 20:del", **known)} == {
        "delay", "delay,",
    }  # fmt: skip
    assert completions(tmp_path, "vaurienctl behavior --proxy d", **known) == {"default"}
    assert completions(tmp_path, f"vaurienctl --url {api.url} proxies delete d") == {"default"}
    assert completions(tmp_path, "vaurienctl events --type proxy_d") == {"proxy_deleted"}


def test_bash_completes_options_hooks_and_holds(api: Controlled, tmp_path: Path) -> None:
    known = {"VAURIEN_URL": api.url}
    ends = {
        "set-handler delay --set delay.s": "sleep=",
        "behavior 20:corrupt --set ": "rate=",
        "behavior 20:delay --set delay.before=t": "true",
        "proxies change default --set delay.distribution=norm": "normal",
        "proxies create web --hooks viewer,l": "limit",
        "proxies change default --set-hook limit.b": "burst=",
        "hooks v": "viewer",
    }
    for line, end in ends.items():
        found = completions(tmp_path, f"vaurienctl {line}", **known)
        assert any(word.endswith(end) for word in found), (line, found)
    delay = completions(tmp_path, "vaurienctl behavior 20:delay --set ", **known)
    assert {word.partition(".")[0] for word in delay} == {"delay"}
    with client_of(api).behavior("100:hang") as held:
        assert completions(tmp_path, "vaurienctl release ", **known) >= {str(held.hold)}


def test_bash_completes_nothing_where_no_daemon_is(tmp_path: Path) -> None:
    assert completions(tmp_path, "vaurienctl set-handler h", VAURIEN_URL=f"unix:{tmp_path}/none") == {""}
    assert completions(tmp_path, "vaurienctl set-handler h", VAURIEN_URL="nonsense") == {""}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_what_it_understands(shell: str, tmp_path: Path) -> None:
    code = run("completion", shell).out
    assert "vaurienctl" in code
    if shutil.which(shell):  # the program itself says whether it can read it
        (tmp_path / "code").write_text(code)
        done = subprocess.run([shell, "-n", tmp_path / "code"], capture_output=True, text=True, timeout=DEADLINE)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_table_of_a_pipe_can_be_read_by_awk(api: Controlled) -> None:
    client_of(api).create_proxy("my web", local="127.0.0.1:0", distant="127.0.0.1:1", enabled=False)
    out = run("proxies", "--url", api.url).out
    assert "\x1b" not in out and re.fullmatch(r"[ -~\n]+", out)
    done = subprocess.run(
        ["awk", "NR > 1 { print $1, $2, $10 }"], input=out, capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.stdout.splitlines() == ["default yes 100:dummy", "my\\x20web no 100:dummy"]
    assert Ctl(api).rows("proxies")[1]["listening"] == "-"
