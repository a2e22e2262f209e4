"""The handlers of "Writing Handlers", as printed there, with hooks round them."""

import socket
import time
from pathlib import Path

from tests.asking import write
from tests.handlers.tools import ask, same, witnesses
from tests.hooks.tools import Notes, hook, hooked, noting
from tests.peers import Backend, receive_exactly
from tests.program import program
from tests.running import DEADLINE
from vaurien.call import Call
from vaurien.hooks import Message

PRINTED = "tests.handlers.printed"


def test_a_handler_as_printed_is_what_hooks_see() -> None:
    """They are told of its name and its options, and wait with it."""
    notes = Notes()

    def after(call: Call) -> None:
        if call.to_backend:
            waited = time.monotonic() - call.started_at
            notes.note((call.handler.name, call.handler.act.options("sleep"), waited > 0.9))

    with (
        witnesses(same) as server,
        hooked(server.address, hook(after=after), behavior=f"100:{PRINTED}.Delay") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        assert notes.wait(1) == [("delay", 1, True)]


def test_its_reads_and_writes_go_through_filters() -> None:
    """`self._get_data` and `dest.sendall`: a handler that knows nothing of hooks."""
    messages: list[tuple[str, bytes, bool]] = []

    def noted(point: str, end: bytes) -> object:
        def note(message: Message) -> Message:
            messages.append((point, message.data, message.to_backend))
            return message.with_data(message.data + end)

        return note

    filters = hook(incoming=noted("incoming", b"i"), outgoing=noted("outgoing", b"o"))  # type: ignore[arg-type]
    options = {"delay.sleep": 0}
    with (
        witnesses(same) as server,
        hooked(server.address, filters, behavior=f"100:{PRINTED}.Delay", options=options) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello", 9) == b"helloioio"
    assert messages == [
        ("incoming", b"hello", True), ("outgoing", b"helloi", True),
        ("incoming", b"helloio", False), ("outgoing", b"helloioi", False),
    ]  # fmt: skip


def test_a_handler_that_does_nothing_is_called_and_told_of() -> None:
    """The first example: what it leaves unread is given to it again, so a hook takes it over in the end."""
    notes = Notes()

    def route(call: Call) -> None:
        if call.ordinal > 2:
            call.handler = "dummy"

    with (
        witnesses(same) as server,
        hooked(
            server.address, noting(notes, "x", ("before", "after")), hook(on_route=route),
            behavior=f"100:{PRINTED}.MySuperHandler",
        ) as daemon,
        daemon.connect() as client,
    ):  # fmt: skip
        assert ask(client, b"hello") == b"hello"
        assert daemon.proxy.handlers["super"].calls == [2, 2]
        daemon.wait_until(lambda: len(notes) == 12)


def test_the_printed_configuration_with_a_hook(tmp_path: Path, echo_backend: Backend) -> None:
    """`[handler:foobar] callable = path.to.the.callable`, and beside it a hook that is found in the same way."""
    host, port = echo_backend.address
    handler = (Path(__file__).parent.parent / "handlers" / "printed.py").read_text()
    text = (
        f"[vaurien]\nlocal = 127.0.0.1:0\ndistant = {host}:{port}\nbehavior = 100:foobar\n"
        "[handler:foobar]\ncallable = path.to.the.Delay\nsleep=0\nhooks = shout\n"
        "[hook:shout]\ncallable = path.to.hooks.Shout\nend=!\n"
    )
    hooks = (
        "from vaurien.hooks import Hook\n\n\nclass Shout(Hook):\n"
        "    options = {'end': ('What comes after a reply', str, '.')}\n\n"
        "    def outgoing(self, message):\n"
        "        end = b'' if message.to_backend else self.option('end').encode()\n"
        "        return message.with_data(message.data + end)\n"
    )
    ini = write(tmp_path, {"config.ini": text, "path/to/the.py": handler, "path/to/hooks.py": hooks})
    with (
        program("--config", ini, cwd=tmp_path) as running,
        socket.create_connection(("127.0.0.1", running.port), DEADLINE) as client,
    ):
        client.settimeout(DEADLINE)
        client.sendall(b"hello")
        assert receive_exactly(client, 6) == b"hello!"
