"""Each of HARP's proxy events: a transaction is a session, its messages are calls, its events are points."""

from typing import Any

from tests.handlers.tools import ask, same, witnesses
from tests.hooks.speaking import http, site
from tests.hooks.tools import Notes, hooked
from tests.running import Running
from tests.servers.nginx import Nginx
from vaurien.call import Call, current
from vaurien.hooks import Message, Reply

# transaction events


def test_a_transaction_is_started_has_messages_and_ends() -> None:
    """The three listeners of the examples, added as there."""
    printed = Notes()

    def on_transaction_started(event: Any) -> None:
        printed.note(f"Transaction started: {event.ordinal}")

    def on_transaction_message(event: Call) -> None:
        what = "request" if event.to_backend else "response"
        printed.note(f"Transaction message: {what} of {event.session.ordinal}: {event.data.split(b' ')[1].decode()}")

    def on_transaction_ended(event: Any) -> None:
        printed.note(f"Transaction ended: {event.ordinal}")

    with witnesses(site) as server, hooked(server.address) as daemon:
        daemon.proxy.hooks.on("session_started", on_transaction_started)
        daemon.proxy.hooks.on("before", on_transaction_message)
        daemon.proxy.hooks.on("session_ended", on_transaction_ended)
        for ordinal, path in enumerate(("/sub", "/nothing"), 1):
            with daemon.connect() as client:
                http(client, path)
            printed.wait_for(f"Transaction ended: {ordinal}")
    assert list(printed) == [
        "Transaction started: 1",
        "Transaction message: request of 1: /sub",
        "Transaction message: response of 1: 200",
        "Transaction ended: 1",
        "Transaction started: 2",
        "Transaction message: request of 2: /nothing",
        "Transaction message: response of 2: 404",
        "Transaction ended: 2",
    ]


# filtering events


def on_filter_request(event: Message) -> Message | Reply:
    """Forges a response for one path; for another, it sends the request elsewhere."""
    if event.to_backend and event.data.startswith(b"GET /forged "):
        return Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
    return event.with_data(event.data.replace(b"GET /here ", b"GET /1kB.bin "))


def test_a_response_that_is_set_bypasses_the_proxying(nginx_server: Nginx) -> None:
    printed = Notes()
    with hooked(nginx_server.distant) as daemon, daemon.connect() as client:
        daemon.proxy.hooks.on("incoming", on_filter_request)
        daemon.proxy.hooks.on("outgoing", lambda event: printed.note(event.to_backend) or event)  # type: ignore[func-returns-value]
        assert http(client, "/forged")[2] == b"forged"
        assert not printed, "nothing went to the remote service, and nothing came from it"
        assert http(client, "/here")[2] == nginx_server.files["1kB.bin"]
        assert set(printed) == {False, True}


def test_a_response_may_be_changed_that_is_returned_to_the_caller() -> None:
    def on_filter_response(event: Message) -> Message:
        return event if event.to_backend else event.with_data(event.data.upper())

    with witnesses(same) as server, hooked(server.address) as daemon, daemon.connect() as client:
        daemon.proxy.hooks.on("outgoing", on_filter_response)
        assert ask(client, b"hello") == b"HELLO"
        assert server.witness().data == b"hello"


def test_what_is_kept_from_the_request_is_there_for_the_response() -> None:
    """HARP has one event for both; here, the session has a place for what belongs to both."""

    def on_request(event: Call) -> None:
        if event.to_backend:
            event.session.vars["asked"] = event.data

    def on_response(event: Message) -> Message:
        if event.to_backend:
            return event
        return event.with_data(event.data + b" to " + current.get().session.vars.pop("asked"))

    with witnesses(lambda data: b"answer") as server, hooked(server.address) as daemon, daemon.connect() as client:
        daemon.proxy.hooks.on("before", on_request)
        daemon.proxy.hooks.on("outgoing", on_response)
        assert ask(client, b"one", 13) == b"answer to one"
        assert ask(client, b"two", 13) == b"answer to two"


# listeners


def listen(daemon: Running, printed: Notes) -> None:
    """Three listeners, the second of which stops where the request says so."""

    @daemon.proxy.hooks.on("before", priority=30)
    def late(event: Call) -> None:
        printed.note("late")

    @daemon.proxy.hooks.on("before", priority=-10)
    def early(event: Call) -> None:
        printed.note("early")

    @daemon.proxy.hooks.on("before", priority=20)
    def stopping(event: Call) -> None:
        printed.note("stopping")
        if b"stop" in event.data:
            event.stop_propagation()


def test_listeners_have_priorities_and_stop_propagation() -> None:
    printed = Notes()
    with witnesses(lambda data: b"answer") as server, hooked(server.address) as daemon, daemon.connect() as client:
        listen(daemon, printed)
        assert ask(client, b"go on", 6) == b"answer"
        assert list(printed) == ["early", "stopping", "late"] * 2
        printed.clear()
        assert ask(client, b"stop", 6) == b"answer", "who stops the listeners does not stop the call"
        assert list(printed) == ["early", "stopping", "early", "stopping", "late"], "the response is another round"
