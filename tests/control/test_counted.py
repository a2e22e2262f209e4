"""What is counted, where hooks have their say: a call is of the handler that was chosen for it."""

from __future__ import annotations

from typing import Any

from tests import peers
from tests.control.controlled import controlled
from tests.peers import receive_exactly
from vaurien.call import Call
from vaurien.hooks import Hook, Reply

ONE = "/v1/proxies/default"


class Answering(Hook):
    """Answers in the backend's place."""

    name = "answering"

    def before(self, call: Call) -> Reply | None:
        return Reply(b"mine!") if call.to_backend else None


def test_a_call_that_a_hook_has_answered_is_its_handlers_and_nothing_is_counted_twice() -> None:
    with (
        peers.backend(peers.echo) as backend,
        controlled(
            backend.address, "100:delay", {"delay.sleep": 0}, hooks="tests.control.test_counted.Answering"
        ) as api,
        api.running.connect() as client,
    ):
        for _ in range(3):
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"mine!"
        api.running.wait_until(lambda: api.running.proxy.sessions[1].counts == {"delay": 3})
        calls: dict[str, Any] = api.call("GET", f"{ONE}/counters")[2]["calls"]
        assert calls["delay"] == {"to_backend": 3, "to_client": 0}
        assert calls["dummy"] == {"to_backend": 0, "to_client": 0}
        assert api.call("GET", f"{ONE}/sessions/1")[2]["calls"] == {"delay": 3, "dummy": 0}
        text = api.ask("GET", "/metrics").body.decode()
        assert 'vaurien_calls_total{direction="to_backend",handler="delay",proxy="default"} 3.0' in text
        assert 'vaurien_calls_total{direction="to_backend",handler="dummy",proxy="default"} 0.0' in text
