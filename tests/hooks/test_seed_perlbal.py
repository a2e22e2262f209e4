"""Each thing that Perlbal's hooks can do and that TCP knows: who takes over, who is only told, and when."""

import socket
from typing import Any

from tests.handlers.tools import CLOSED, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.speaking import came, http, redis
from tests.hooks.tools import Notes, add, hook, hooked, noting, to_backend
from tests.servers.nginx import Nginx
from tests.servers.redis import Redis
from vaurien.call import Call
from vaurien.hooks import TAKEN, Message, Reply, add_global

# the three types of hooks


def test_a_global_hook_is_one_of_every_service() -> None:
    """`register_global_hook('foo', sub { return 0; })`: it answers nothing, so that the others are asked too."""
    notes = Notes()
    add_global(hook("foo", before=to_backend(lambda call: notes.note(f"foo {call.session.proxy.settings.distant}"))))
    with (
        witnesses(same) as one,
        witnesses(same) as other,
        hooked(one.address) as first,
        hooked(other.address, noting(notes, "local", ("session_ended",))) as second,
    ):
        for daemon in (first, second):
            with daemon.connect() as client:
                assert ask(client, b"hello") == b"hello"
        wait_no_session(second)
        notes.wait_for("local.session_ended")
        assert list(notes) == [
            f"foo 127.0.0.1:{one.address[1]}", f"foo 127.0.0.1:{other.address[1]}", "local.session_ended"
        ]  # fmt: skip


def test_plugins_that_each_handle_their_own_kind_of_request() -> None:
    """Service handler hooks: one after the other, until one says that it has done what was to be done."""
    notes = Notes()

    def plugin(kind: bytes) -> Any:
        def handle(call: Call) -> Any:
            if not call.to_backend:
                return None
            notes.note(kind)
            if not call.data.startswith(kind):
                return None
            sock = call.session.client_sock  # type: ignore[attr-defined]
            sock.sendall(b"<" + sock.recv(65536) + b">")
            return TAKEN

        return hook(kind.decode(), before=handle)

    plugins = [plugin(kind) for kind in (b"image", b"video", b"text")]
    with witnesses(same) as server, hooked(server.address, *plugins) as daemon, daemon.connect() as client:
        assert ask(client, b"image 1", 9) == b"<image 1>"
        assert ask(client, b"video 2", 9) == b"<video 2>"
        assert ask(client, b"other 3") == b"other 3"
        assert server.witness().data == b"other 3"
        assert list(notes) == [b"image", b"image", b"video", b"image", b"video", b"text"]


def test_general_hooks_all_run_and_their_answers_are_ignored() -> None:
    """Statistics: each counts, whatever the one before has returned."""
    counts = {"one": 0, "two": 0, "three": 0}

    def counter(name: str) -> Any:
        def count(told: Any) -> int:
            counts[name] += 1
            return 1

        return hook(name, after=count, session_ended=count)

    with witnesses(same) as server, hooked(server.address, *map(counter, counts)) as daemon:
        with daemon.connect() as client:
            for _ in range(3):
                assert ask(client, b"hello") == b"hello"
        wait_no_session(daemon)
        daemon.wait_until(lambda: set(counts.values()) == {7}, "three requests, three replies, one end")


# the hooks by name


def test_start_proxy_request(nginx_server: Nginx) -> None:
    """Once something is read from the user, before a backend is requested: true means that none is."""
    notes = Notes()

    def start_proxy_request(session: Any) -> Any:
        head = session.client_sock.recv(65536, socket.MSG_PEEK)
        if not head.startswith(b"GET /maintenance"):
            return None
        session.client_sock.sendall(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")
        return TAKEN

    hooks = [hook(session_started=start_proxy_request), noting(notes, "x", ("backend_connected",))]
    with hooked(nginx_server.distant, *hooks) as daemon:
        with daemon.connect() as client:
            assert http(client, "/maintenance")[0] == b"HTTP/1.1 503 Later"
            assert until_end(client) == (b"", CLOSED)
        assert not notes
        with daemon.connect() as client:
            assert http(client, "/1kB.bin")[2] == nginx_server.files["1kB.bin"]
        assert notes.wait(1) == ["x.backend_connected"]


def test_backend_client_assigned(redis_server: Redis, redis_directly: socket.socket) -> None:
    """The backend has a client, and was told nothing yet: true, and one sends the client's request oneself."""

    def backend_client_assigned(session: Any) -> Any:
        request = session.client_sock.recv(65536)
        session.backend_sock.sendall(request.replace(b"secret", b"public"))
        session.client_sock.sendall(session.backend_sock.recv(65536))
        return TAKEN

    redis(redis_directly, "SET", "public", "shown")
    connections = came(redis_directly, "total_connections_received")
    with (
        hooked(redis_server.distant, hook(backend_connected=backend_client_assigned)) as daemon,
        daemon.connect() as client,
    ):
        assert redis(client, "GET", "secret") == b"shown"
        assert until_end(client) == (b"", CLOSED), "there is nobody to go on"
    assert came(redis_directly, "total_connections_received") == connections + 1


def test_end_proxy_request() -> None:
    """The client's connection is closed: what went through it is known."""
    notes = Notes()

    def end_proxy_request(session: Any) -> None:
        counts = [session.bytes(True), session.bytes(False), session.calls(True), session.calls(False)]
        notes.note((session.ordinal, *counts, session.cause))

    with witnesses(lambda data: data * 2) as server, hooked(server.address) as daemon:
        add(daemon, hook(session_ended=end_proxy_request))
        with daemon.connect() as client:
            assert ask(client, b"hello", 10) == b"hello" * 2
        assert notes.wait(1) == [(1, 5, 10, 1, 1, "client closed")]


def test_backend_response_received() -> None:
    """True stops all handling of the response: the hook has told the client what it likes."""

    def backend_response_received(call: Call) -> Any:
        if call.to_backend or not call.data.startswith(b"error"):
            return None
        session: Any = call.session
        session.client_sock.sendall(b"sorry" if session.backend_sock.recv(65536) else b"")
        return TAKEN

    with (
        witnesses(same) as server,
        hooked(server.address, hook(before=backend_response_received)) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"error") == b"sorry"
        assert ask(client, b"hello") == b"hello"


def test_handle_put(nginx_server: Nginx) -> None:
    """Called for data that is to be written: a hook can keep it from being saved, and answer."""

    def handle_put(message: Message) -> Any:
        if message.to_backend and message.data.startswith(b"PUT "):
            return Reply(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        return message

    with hooked(nginx_server.distant, hook(incoming=handle_put)) as daemon, daemon.connect() as client:
        assert http(client, "/upload/never", "PUT", **{"Content-Length": "0"})[0] == b"HTTP/1.1 201 Created"
        assert http(client, "/upload/never")[0] == b"HTTP/1.1 404 Not Found"


def test_another_file_in_place_of_the_one_that_was_asked_for(nginx_server: Nginx) -> None:
    """`start_serve_request` and `start_file_reproxy` may change the name that they are given."""

    def start_serve_request(message: Message) -> Message:
        return message.with_data(message.data.replace(b"GET /old.bin ", b"GET /1kB.bin "))

    with hooked(nginx_server.distant, hook(incoming=start_serve_request)) as daemon, daemon.connect() as client:
        assert http(client, "/old.bin")[2] == nginx_server.files["1kB.bin"]


def test_make_high_priority() -> None:
    """Asked of a request right before it is decided how it is treated: here, that it need not wait."""

    def make_high_priority(call: Call) -> None:
        if call.to_backend and call.data.startswith(b"urgent"):
            call.handler = "dummy"

    with (
        witnesses(same) as server,
        hooked(server.address, hook(on_route=make_high_priority), behavior="100:hang") as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"urgent 1") == b"urgent 1"
        assert ask(client, b"urgent 2") == b"urgent 2"
        client.sendall(b"not urgent")
        daemon.wait_until(lambda: daemon.proxy.handlers["hang"].calls[True] == 1)
