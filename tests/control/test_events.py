"""Events, as they happen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any

from tests.control.controlled import Controlled, controlled
from tests.peers import Backend, receive_exactly
from vaurien.control.events_stream import STREAMS

ONE = "/v1/proxies/default"


def events(response: Any) -> Iterator[dict[str, Any]]:
    """What a stream tells, one after the other."""
    event: dict[str, str] = {}
    for line in iter(response.readline, b""):
        text = line.decode().rstrip("\n")
        if not text and event:
            told = json.loads(event["data"])
            assert told["type"] == event["event"] and int(event["id"]) > 0
            yield told
            event = {}
        elif text and not text.startswith(":"):
            name, _, value = text.partition(": ")
            event[name] = value


def wait_listened(api: Controlled, count: int = 1) -> None:
    api.running.wait_until(lambda: len(api.running.daemon.shared.events._listeners) == count, "the listeners")


def test_sessions_calls_and_changes_are_told(api: Controlled) -> None:
    with api.response("GET", "/v1/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        wait_listened(api)
        told = events(response)
        api.call("PUT", f"{ONE}/behavior", {"behavior": "100:delay", "handlers": {"delay": {"sleep": 0}}})
        with api.running.connect() as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"
            local = "{}:{}".format(*client.getsockname())
        change, started, call, ended = (next(told) for _ in range(4))
        assert (change["type"], change["proxy"]) == ("proxy_changed", "default")
        assert change["changed"] == ["behavior", "handlers"]
        assert (started["type"], started["session"], started["client"]) == ("session_started", 1, local)
        assert {key: call[key] for key in ("type", "session", "to_backend", "call", "handler")} == {
            "type": "call", "session": 1, "to_backend": True, "call": 1, "handler": "delay",
        }  # fmt: skip
        assert (ended["type"], ended["cause"]) == ("session_ended", "client closed")
        assert ended["calls"] == {"delay": 1, "dummy": 1}
        assert (ended["bytes_to_backend"], ended["bytes_to_client"]) == (5, 5)
    wait_listened(api, 0)


def test_only_what_was_asked_for(api: Controlled) -> None:
    with api.response("GET", "/v1/events?type=proxy_created,proxy_deleted&proxy=new") as response:
        wait_listened(api)
        told = events(response)
        for name in ("other", "new"):
            api.call("POST", "/v1/proxies", {"name": name, "distant": "127.0.0.1:1"})
            api.call("PATCH", f"/v1/proxies/{name}", {"timeout": 1})
            api.call("DELETE", f"/v1/proxies/{name}")
        assert [(event["type"], event["proxy"]) for event in (next(told), next(told))] == [
            ("proxy_created", "new"),
            ("proxy_deleted", "new"),
        ]


def test_what_goes_back_by_itself_is_told(api: Controlled) -> None:
    with api.response("GET", "/v1/events?type=proxy_reverted") as response:
        wait_listened(api)
        api.call("PATCH", ONE, {"timeout": 1, "for": 0.05})
        event = next(events(response))
        assert (event["proxy"], event["changed"]) == ("default", ["timeout"])


def test_so_many_may_listen_and_one_that_leaves_makes_room(api: Controlled) -> None:
    from contextlib import ExitStack

    with ExitStack() as stack:
        for _ in range(STREAMS - 1):
            stack.enter_context(api.response("GET", "/v1/events"))
        with api.response("GET", "/v1/events"):
            wait_listened(api, STREAMS)
            status, headers, answer = api.call("GET", "/v1/events")
            assert status == 503 and "retry-after" in headers and answer["error"]["message"]
        wait_listened(api, STREAMS - 1)
        with api.response("GET", "/v1/events") as response:
            assert response.status == 200


def test_the_end_of_the_daemon_ends_the_stream(echo_backend: Backend) -> None:
    with controlled(echo_backend.address) as api:
        connection = api.response("GET", "/v1/events")
        response = connection.__enter__()
        wait_listened(api)
    try:
        response.read()
    except (ConnectionError, HTTPException):  # not a TimeoutError: it has to end
        pass
    finally:
        connection.__exit__(None, None, None)
