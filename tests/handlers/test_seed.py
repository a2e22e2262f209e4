"""The two examples of "Writing Handlers", as printed there, from Python, from the command line and from an INI file."""

import inspect
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.handlers import printed
from tests.handlers.tools import SLACK, Witnesses, ask, handled, same, seed_for, witnesses
from tests.program import environment, program
from tests.running import DEADLINE, running

PRINTED = "tests.handlers.printed"

SUPER = """class MySuperHandler(BaseHandler): name = 'super' options = {} def __call__(self, client_sock,
backend_sock, to_backend): # do something here"""

DELAY = '''class Delay(BaseHandler): """Adds a delay before the backend is called. """ name = 'delay' options =
{'sleep': ("Delay in seconds", int, 1), 'before': ("If True adds before the backend is called. Otherwise" " after",
bool, True)} def __call__(self, client_sock, backend_sock, to_backend): before = to_backend and self.options('before')
after = not to_backend and not self.options('before') if before: gevent.sleep(self.options('sleep')) data =
self._get_data(client_sock, backend_sock, to_backend) if after: gevent.sleep(self.options('sleep')) if data: dest =
to_backend and backend_sock or client_sock dest.sendall(data)'''


def squeezed(text: str) -> str:
    """Without white space, which the print has lost."""
    return "".join(text.split())


def test_they_are_what_is_printed() -> None:
    assert squeezed(inspect.getsource(printed.Delay)) == squeezed(DELAY)
    assert squeezed(inspect.getsource(printed.MySuperHandler)) == squeezed(SUPER) + "..."


# in Python


def test_super_is_called_every_time_data_is_seen_on_one_hand_or_the_other() -> None:
    """It does nothing, so the data waits for a call that is somebody else's: all of it arrives."""
    with (
        witnesses(same) as server,
        running(server.address, f"50:{PRINTED}.MySuperHandler", seed=1) as daemon,
        daemon.connect() as client,
    ):
        for number in range(20):
            question = b"number %d" % number
            assert ask(client, question) == question
        to_client, to_backend = handled(daemon, "super")
        assert to_client > 0
        assert to_backend > 0


@pytest.mark.parametrize(("before", "calls"), [("yes", True), ("no", False)])
def test_delay_waits_before_or_after(before: str, calls: bool) -> None:
    moments = []
    with (
        witnesses(lambda question: moments.append(time.monotonic()) or question) as server,
        running(server.address, f"100:{PRINTED}.Delay", {"delay.before": before}) as daemon,
        daemon.connect() as client,
    ):
        start = time.monotonic()
        assert ask(client, b"hello") == b"hello"
        end = time.monotonic()
        late = moments[0] - start if before == "yes" else end - moments[0]
        assert 0.99 <= late < 1 + SLACK  # its own sleep, which may be short by the event loop's clock
        assert handled(daemon, "delay") == [1, 1]


# as a user runs it


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder in which a user works, with the package ``path`` and in it the module ``path.to.the``."""
    package = tmp_path / "path" / "to"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    source = Path(printed.__file__).read_text()
    (package / "the.py").write_text(f"{source}\n\ncallable = Delay\n\n\n{FOO}")
    return tmp_path


FOO = '''class Foo(BaseHandler):
    """Says its foo in place of the answer."""
    name = 'foo'
    options = {'foo': ("What it says", str, 'nothing'), 'direction': ("", str, 'to_client')}

    def __call__(self, client_sock, backend_sock, to_backend):
        self._get_data(client_sock, backend_sock, to_backend)
        self._send_data(client_sock, backend_sock, to_backend, self.option('foo').encode())
'''

SEED = seed_for({(1, True, 1): True, (1, True, 2): False}, share=200_000)
"""With it, of the first two requests one is among the twenty percent and one is not."""


def waits(port: int, calls: int) -> list[float]:
    """How many seconds each call of a session took."""
    took = []
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
        for _ in range(calls):
            start = time.monotonic()
            assert ask(client, b"hello") == b"hello"
            took.append(time.monotonic() - start)
    return took


def local_and_distant(server: Witnesses) -> list[str]:
    host, port = server.address
    return ["--local", "localhost:0", "--distant", f"{host}:{port}"]


def test_the_command_that_is_printed(project: Path) -> None:
    with witnesses(same) as server:
        printed_command = ["--behavior", "20:path.to.the.callable", "--handlers.delay.sleep", "2"]
        arguments = [*local_and_distant(server), *printed_command, "--seed", str(SEED)]
        with program(*arguments, cwd=project) as vaurien:
            slow, quick = waits(vaurien.port, 2)
            assert 1.99 <= slow < 2 + SLACK
            assert quick < 1.9
            vaurien.stop(signal.SIGINT)


def test_the_ini_file_that_is_printed(project: Path) -> None:
    """With the class that has such an option."""
    with witnesses(same) as server:
        host, port = server.address
        (project / "config.ini").write_text(
            f"[vaurien]\nlocal = localhost:0\ndistant = {host}:{port}\nseed = {FOO_SEED}\n"
            "behavior = 20:foobar\n\n[handler:foobar]\ncallable = path.to.the.Foo\nfoo=bar\n"
        )
        with (
            program("--config", "config.ini", cwd=project) as vaurien,
            socket.create_connection(("127.0.0.1", vaurien.port), DEADLINE) as client,
        ):
            assert ask(client, b"hello", 3) == b"bar"
            assert ask(client, b"hello") == b"hello"


FOO_SEED = seed_for({(1, False, 1): True, (1, False, 2): False}, share=200_000)


@pytest.mark.parametrize("section", ["delay", "foobar"])
def test_the_printed_delay_in_an_ini_file(project: Path, section: str) -> None:
    """A section named like what is built in makes it the user's."""
    with witnesses(same) as server:
        host, port = server.address
        (project / "config.ini").write_text(
            f"[vaurien]\nlocal = localhost:0\ndistant = {host}:{port}\nbehavior = 100:{section}\n\n"
            f"[handler:{section}]\ncallable = path.to.the.callable\nsleep = 1\nbefore = off\n"
        )
        with program("--config", "config.ini", cwd=project) as vaurien:
            (slow,) = waits(vaurien.port, 1)
            assert 0.99 <= slow < 1 + SLACK


def test_an_option_that_the_class_has_not_is_refused(project: Path) -> None:
    (project / "config.ini").write_text(
        "[vaurien]\ndistant = localhost:80\nbehavior = 20:foobar\n"
        "[handler:foobar]\ncallable = path.to.the.callable\nfoo=bar\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "vaurien", "--config", "config.ini"],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "vaurien: config.ini [handler:foobar] foo: unknown option; choose from before, direction, hooks, match, sleep\n"
    )
