"""delay: late."""

import time

import pytest

from tests.handlers.tools import (
    CLOSED,
    RESET,
    SLACK,
    ask,
    handled,
    in_call,
    same,
    until_end,
    wait_handled,
    wait_no_session,
    witnesses,
)
from tests.peers import receive_exactly
from tests.running import running
from vaurien.closing import reset
from vaurien.errors import ConfigError
from vaurien.handlers.delay import Delay

SLEEP = 0.2


def test_the_request_waits_before_the_backend_is_called() -> None:
    moments = []
    with (
        witnesses(lambda question: moments.append(time.monotonic()) or question) as server,
        running(server.address, "100:delay", {"delay.sleep": SLEEP}) as daemon,
        daemon.connect() as client,
    ):
        start = time.monotonic()
        assert ask(client, b"hello") == b"hello"
        assert start + SLEEP <= moments[0] < start + SLEEP + SLACK
        assert handled(daemon, "delay") == [0, 1]  # so the reply did not wait


def test_without_before_the_reply_waits() -> None:
    moments = []
    options = {"delay.sleep": SLEEP, "delay.before": "no"}
    with (
        witnesses(lambda question: moments.append(time.monotonic()) or question) as server,
        running(server.address, "100:delay", options) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"hello") == b"hello"
        # the backend answers a moment after it has noted the time, so this is a little less than the wait seen by all
        assert moments[0] + SLEEP <= time.monotonic() < moments[0] + SLEEP + SLACK
        assert handled(daemon, "delay") == [1, 0]  # so the request did not


@pytest.mark.parametrize("before", ["yes", "no"])
@pytest.mark.parametrize(("direction", "calls"), [("to_backend", [0, 2]), ("to_client", [2, 0])])
def test_a_direction_decides_it_whatever_before_says(before: str, direction: str, calls: list[int]) -> None:
    options = {"delay.sleep": SLEEP, "delay.before": before, "delay.direction": direction}
    with (
        witnesses(same) as server,
        running(server.address, "100:delay", options) as daemon,
        daemon.connect() as client,
    ):
        start = time.monotonic()
        assert ask(client, b"one") == b"one"
        assert ask(client, b"two") == b"two"
        assert 2 * SLEEP <= time.monotonic() - start < 2 * SLEEP + SLACK
        assert handled(daemon, "delay") == calls


def test_the_other_direction_goes_on_meanwhile() -> None:
    with (
        witnesses() as server,
        running(server.address, "100:delay", {"delay.sleep": 1}) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"slow")
        wait_handled(daemon, "delay")
        witness = server.witness()
        witness.sock.sendall(b"quick")
        assert receive_exactly(client, 5) == b"quick"
        assert witness.data == b""
        assert witness.wait_data(4) == b"slow"


def test_what_comes_in_many_calls_stays_whole() -> None:
    data = bytes(range(256)) * 2000
    options = {"delay.sleep": 0.001, "delay.direction": "both"}
    with (
        witnesses() as server,
        running(server.address, "100:delay", options) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(data)
        assert server.witness().wait_data(len(data)) == data
        assert daemon.proxy.handlers["delay"].calls[True] > 1


def test_a_second_is_the_default_and_zero_is_no_wait() -> None:
    late = Delay()
    assert in_call(lambda: late.pause(late.call)) == 1.0
    with (
        witnesses(same) as server,
        running(server.address, "100:delay", {"delay.sleep": 0}) as daemon,
        daemon.connect() as client,
    ):
        for _ in range(20):
            assert ask(client, b"hello") == b"hello"
        assert handled(daemon, "delay") == [0, 20]


def test_a_client_that_has_said_its_last_word_is_still_heard() -> None:
    with witnesses() as server, running(server.address, "100:delay", {"delay.sleep": SLEEP}) as daemon:
        with daemon.connect() as client:
            client.sendall(b"last words")
        assert server.witness().wait_end() == (b"last words", CLOSED)
        wait_no_session(daemon)


def test_a_client_that_resets_meanwhile_is_no_error() -> None:
    with witnesses() as server, running(server.address, "100:delay", {"delay.sleep": SLEEP}) as daemon:
        client = daemon.connect()
        client.sendall(b"hello")
        wait_handled(daemon, "delay")
        reset(client)
        assert server.witness().wait_end()[1] == RESET  # some kernels still give out what came before it
        wait_no_session(daemon)


def test_a_change_of_the_option_holds_from_the_next_call_on() -> None:
    with (
        witnesses(same) as server,
        running(server.address, "100:delay", {"delay.sleep": 0}) as daemon,
        daemon.connect() as client,
    ):
        assert ask(client, b"one") == b"one"
        daemon.do(lambda: daemon.proxy.handlers["delay"].values.replace({"sleep": SLEEP}))
        start = time.monotonic()
        assert ask(client, b"two") == b"two"
        assert time.monotonic() - start >= SLEEP


def test_the_end_of_the_daemon_ends_the_wait() -> None:
    with witnesses() as server:
        with running(server.address, "100:delay", {"delay.sleep": 3600}) as daemon, daemon.connect() as client:
            client.sendall(b"hello")
            wait_handled(daemon, "delay")
            daemon.stop()
            assert until_end(client)[0] == b""
        assert server.witness().wait_end()[0] == b""


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("sleep", "-1", "a number of seconds, 0 or more"),
        ("sleep", "soon", "a number of seconds, 0 or more"),
        ("sleep", "nan", "a number of seconds, 0 or more"),
        ("sleep", "inf", "a number of seconds, 0 or more"),
        ("jitter", "-0.1", "a number of seconds, 0 or more"),
        ("before", "perhaps", "true or false"),
        ("distribution", "cauchy", "one of uniform, normal, lognormal, pareto, exponential"),
        ("direction", "up", "one of both, to_backend, to_client"),
    ],
)
def test_wrong_values_are_refused_with_what_is_allowed(option: str, value: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), "100:delay", {f"delay.{option}": value}):
        pass
    assert str(raised.value) == f"--handlers.delay.{option}: expected {allowed}, not {value!r}"
