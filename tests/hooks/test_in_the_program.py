"""Hooks in the program itself: named on its command line and in its file, shown by its help and its banner."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import said, write
from tests.handlers.tools import until_end
from tests.peers import Backend, receive_exactly
from tests.program import environment, program
from tests.running import DEADLINE, running
from vaurien.hooks import BUILT_IN, HOOKS

MODULE = '''
from vaurien.hooks import Hook, Reply

class Shout(Hook):
    """Says replies louder, 100 %."""
    name = "shout"
    options = {"end": ("What comes after, in % or not", str, "!")}

    def __init__(self, settings, proxy):
        super().__init__(settings, proxy)
        self.made_for = proxy.name

    def outgoing(self, message):
        end = b"" if message.to_backend else f"{self.option('end')}{self.made_for}".encode()
        return message.with_data(message.data + end)

class Pointless:
    name = "pointless"

class Unmade:
    def __init__(self, settings, proxy):
        raise RuntimeError("no licence")
    def before(self, call):
        pass
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which a user works, with hooks of their own."""
    write(tmp_path, {"mine_of_program.py": MODULE})
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("mine_of_program", None)


def ask(port: int, question: bytes, size: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
        client.settimeout(DEADLINE)
        client.sendall(question)
        return receive_exactly(client, size)


def ends(server: Backend) -> list[str]:
    return ["--local", "127.0.0.1:0", "--distant", "{}:{}".format(*server.address)]


def test_hooks_on_the_command_line(folder: Path, echo_backend: Backend) -> None:
    argv = [
        "--hook", "viewer", "--hooks.viewer.items", "handler,size",
        "--hook", "mine_of_program.Shout", "--hooks.mine_of_program.Shout.end=?",
    ]  # fmt: skip
    with program(*ends(echo_backend), *argv, cwd=folder) as running:
        assert ask(running.port, b"hello", 13) == b"hello?default"
        running.wait_for_output(r"^default #1 -> handler=dummy size=5$")
        running.wait_for_output(r"^default #1 <- handler=dummy size=5$")


def test_hooks_in_the_file(folder: Path, echo_backend: Backend) -> None:
    host, port = echo_backend.address
    section = f"local = 127.0.0.1:0\ndistant = {host}:{port}\n"
    text = (
        "[vaurien]\nhooks = audit\n[hook:audit]\ncallable = mine_of_program.Shout\nend = +\n"
        f"[proxy:one]\n{section}[proxy:two]\n{section}hooks = refuse\n"
        "[hook:refuse]\ncallable = vaurien.hooks.Limit\nnetworks = 10.0.0.0/8\nanswer = go away\n"
        f"[proxy:three]\n{section}[proxy:three:hook:audit]\nend = *\n"
    )
    with program("--config", write(folder, {"vaurien.ini": text}), cwd=folder) as running:
        assert ask(running.ports["one"], b"hello", 9) == b"hello+one"
        assert ask(running.ports["three"], b"hello", 11) == b"hello*three"
        with socket.create_connection(("127.0.0.1", running.ports["two"]), DEADLINE) as client:
            assert until_end(client)[0] == b"go away"


def test_one_instance_for_each_proxy_and_name(folder: Path) -> None:
    with running(("127.0.0.1", 1), "20:delay", hooks="mine_of_program.Shout") as daemon:
        (entry,) = daemon.proxy.crew.chain.entries
        assert entry.hook.proxy is daemon.proxy
        assert entry.name == "shout"
        assert daemon.proxy.handlers["delay"].chain.entries == (entry,)


def refused(*argv: str) -> str:
    """The one line with which the program refuses to start."""
    command = [sys.executable, "-m", "vaurien", "--local", "127.0.0.1:0", "--distant", "127.0.0.1:1", *argv]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=20)
    assert done.returncode == 2, done
    assert re.fullmatch(r"vaurien: [^\n]+\n", done.stderr), done.stderr
    return done.stderr.removeprefix("vaurien: ").strip()


def test_what_cannot_serve_is_refused_at_the_start(folder: Path) -> None:
    line = refused("--hook", "mine_of_program.Pointless")
    assert "hook pointless" in line and "has none of session_started, " in line
    assert refused("--hook", "mine_of_program.Unmade") == (
        "hook mine_of_program.Unmade: cannot be made: RuntimeError: no licence"
    )
    nowhere = str(folder / "nowhere" / "file")
    assert refused("--hook", "viewer", "--hooks.viewer.stream", nowhere) == (
        f"hook viewer: cannot write to {nowhere}: no such file or directory"
    )


# help


def groups(*argv: str) -> dict[str, str]:
    """The help text's groups by title, each with runs of spaces made one."""
    code, out, err = said(*argv, "--help")
    assert (code, err) == (0, "")
    parts = re.split(r"^(\S.*):\n", out, flags=re.MULTILINE)
    return {title: " ".join(body.split()) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize("hook", BUILT_IN, ids=[hook.name for hook in BUILT_IN])
def test_help_lists_the_options_of_each_hook(folder: Path, hook: type) -> None:
    group = groups()[f"hook {hook.name}"]
    options = HOOKS.options(hook, "")
    assert set(re.findall(r"--hooks\.\S+", group)) == {f"--hooks.{hook.name}.{name}" for name in options}
    assert " ".join(str(hook.__doc__).partition("\n")[0].split()) in group
    for name, option in options.items():
        assert f".{name} {option.type_name().upper()} {option.description} ({option.allowed()};" in group


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["--hook", "mine_of_program.Shout"], "shout"),
        (["--hooks=viewer,mine_of_program.Shout"], "shout"),
        (["--config", "vaurien.ini"], "audit"),
    ],
)
def test_help_has_the_hooks_of_the_users_own(folder: Path, argv: list[str], name: str) -> None:
    write(folder, {"vaurien.ini": "[hook:audit]\ncallable = mine_of_program.Shout\n"})
    group = groups(*argv)[f"hook {name}"]
    assert group.startswith("Says replies louder, 100 %.")
    assert f"--hooks.{name}.end STR What comes after, in % or not (a text; default !)" in group
    assert f"--hooks.{name}.priority" in group


def test_help_says_how_hooks_are_named(folder: Path) -> None:
    group = groups()["proxy"]
    assert "--hooks WORDS " in group
    assert "--hook NAME " in group


def test_those_built_in_are_in_order_documented_and_complete() -> None:
    names = [hook.name for hook in BUILT_IN]
    assert names == sorted(set(names)) and set(names) <= set(HOOKS.names())
    for hook in BUILT_IN:
        assert hook.__doc__ and hook.__module__ == f"vaurien.hooks.{hook.name}"
        for option in hook.options.values():
            assert option.description and option.convert(option.default) == option.default
