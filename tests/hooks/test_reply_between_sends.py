"""A reply of a hook while the handler of the other flow waits in `send`, not `sendall`, to the same client."""

from tests.hooks.test_large_replies import LARGE, STREAM, mixed, pour, wait_stuck
from tests.hooks.tools import Notes, hook, hooked, to_backend
from tests.peers import backend
from vaurien.call import Call
from vaurien.hooks import Reply


def test_a_reply_while_a_handler_waits_in_send() -> None:
    asked = Notes()

    def answer(call: Call) -> Reply:
        asked.note("asked")
        return Reply(LARGE)

    with (
        backend(pour) as server,
        hooked(server.address, hook(before=to_backend(answer)), behavior="100:tests.hooks.own.Sending") as daemon,
        daemon.connect() as client,
    ):
        wait_stuck(daemon)
        client.sendall(b"hello")
        asked.wait(1)
        assert len(mixed(client)) == len(STREAM) + len(LARGE)
