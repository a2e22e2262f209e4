"""Every built-in handler, on requests and on replies of a protocol."""

from __future__ import annotations

import time

import pytest

from tests.handlers.tools import CLOSED, RESET, handled, seed_for, until_end, wait_handled, wait_no_session
from tests.path.speaking import answered, asked, line, lines, speaking, told
from tests.peers import receive_exactly

SMALL = b"words of a request"
LONG = b"long " + bytes(range(11, 256)) * 1000
SIZES = [SMALL, LONG]
BOTH = ["to_backend", "to_client"]


@pytest.mark.parametrize("direction", BOTH)
def test_delay_pauses_for_each_message(direction: str) -> None:
    options = {"delay.sleep": 0.05, "delay.direction": direction}
    with speaking("100:delay", options) as (_, daemon, client):
        start = time.monotonic()
        assert asked(client, b"a", b"b", b"c", b"d") == [b"re a", b"re b", b"re c", b"re d"]
        assert time.monotonic() - start >= 0.2
        assert handled(daemon, "delay")[direction == "to_backend"] == 4


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize("rate", [0.01, 1])
def test_corrupt_changes_all_of_a_message(size: bytes, direction: str, rate: float) -> None:
    options = {"corrupt.rate": rate, "corrupt.direction": direction}
    with told("100:corrupt", options) as (backend, _, client):
        sender, seen = (client, backend.sock) if direction == "to_backend" else (backend.sock, client)
        sender.sendall(size + b"\n")
        came = backend.wait_data(len(size) + 1) if seen is backend.sock else receive_exactly(client, len(size) + 1)
        changed = [place for place, byte in enumerate(size + b"\n") if came[place] != byte]
        assert len(changed) >= len(size) * rate * 0.5
        assert not changed or rate == 1 or size is SMALL or changed[-1] > len(size) * 0.9


@pytest.mark.parametrize("direction", BOTH)
def test_drip_drips_all_of_a_message(direction: str) -> None:
    options = {"drip.bytes": 4096, "drip.interval": 0.001, "drip.direction": direction}
    with speaking("100:drip", options) as (_, daemon, client):
        start = time.monotonic()
        assert asked(client, LONG, SMALL) == [b"re " + LONG, b"re " + SMALL]
        assert time.monotonic() - start >= 0.001 * (len(LONG) // 4096 - 4)
        assert handled(daemon, "drip")[direction == "to_backend"] == 5


@pytest.mark.parametrize("size", SIZES)
def test_truncate_cuts_a_reply_short(size: bytes) -> None:
    with speaking("100:truncate", {"truncate.bytes": 5}) as (_, _, client):
        client.sendall(size + b"\nb\n")
        assert until_end(client)[0] == (b"re " + size)[:5]


def test_truncate_cuts_a_request_short() -> None:
    options = {"truncate.bytes": 5, "truncate.direction": "to_backend"}
    with told("100:truncate", options) as (backend, _, client):
        client.sendall(SMALL + b"\n")
        assert backend.wait_end()[0] == SMALL[:5]


@pytest.mark.parametrize("errors", ["BUSY", "BUSY,DOWN*3"])
def test_error_says_what_the_options_choose(errors: str) -> None:
    with speaking("100:error", {"error.errors": errors}) as (server, _, client):
        said = {answer.split()[1] for answer in asked(client, *[b"a"] * 40)}
        assert said == {choice.partition("*")[0].encode() for choice in errors.split(",")}
        client.shutdown(1)
        assert server.witness().wait_end()[0] == b""


@pytest.mark.parametrize("direction", ["both", *BOTH])
def test_for_error_direction_counts_in_plain_tcp_only(direction: str) -> None:
    with speaking("100:error", {"error.direction": direction}) as (_, _, client):
        assert asked(client, b"a") == [b"ERR BUSY a"]


def test_error_leaves_the_first_calls_alone() -> None:
    with speaking("100:error", {"error.warmup": 2}) as (_, _, client):
        assert asked(client, b"a", b"b", b"c") == [b"re a", b"re b", b"ERR BUSY c"]


def test_transient_fails_and_then_works() -> None:
    with speaking("100:transient", {"transient.agitate": 2}) as (_, _, client):
        assert asked(client, b"a", b"b", b"c", b"d") == [b"ERR BUSY a", b"ERR BUSY b", b"re c", b"re d"]


@pytest.mark.parametrize(("how", "end"), [("close", CLOSED), ("reset", RESET)])
@pytest.mark.parametrize("size", SIZES)
def test_lost_response_has_the_request_done(how: str, end: str, size: bytes) -> None:
    with speaking("100:lost_response", {"lost_response.how": how}) as (server, _, client):
        client.sendall(size + b"\n")
        assert until_end(client) == (b"", end)
        assert server.witness().wait_data(len(size) + 1)[: len(size) + 1] == size + b"\n"


@pytest.mark.parametrize("size", SIZES)
def test_lost_response_may_say_an_error(size: bytes) -> None:
    with speaking("100:lost_response", {"lost_response.how": "error"}) as (server, _, client):
        name = size[:8]
        assert asked(client, size, b"quiet", b"b", size) == [b"ERR BUSY " + n for n in (name, b"b", name)]
        assert server.witness().wait_data(2 * len(size) + 10) == size + b"\nquiet\nb\n" + size + b"\n"


def test_lost_response_loses_the_reply_to_its_own_request() -> None:
    """Whatever else is pushed, interim or asked for in the same pipeline."""
    seed = seed_for({(1, True, 1): False, (1, True, 2): True, (1, True, 3): False})
    options = {"lost_response.how": "error"}
    with told("50:lost_response", options, seed=seed) as (backend, _, client):
        client.sendall(b"a\nb\nc\n")
        assert backend.wait_data(6) == b"a\nb\nc\n"
        backend.sock.sendall(b"re a\npush\n~soon\nre b\nre c\n")
        assert lines(client, 5) == [b"re a", b"push", b"~soon", b"ERR BUSY b", b"re c"]


@pytest.mark.parametrize("size", SIZES)
def test_half_close_ends_one_direction_after_the_request(size: bytes) -> None:
    with told("100:half_close", stays=True) as (backend, _, client):
        client.sendall(size + b"\nmore\n")
        assert backend.wait_end()[0] == size + b"\n"
        backend.sock.sendall(b"re a\n")
        assert line(client) == b"re a"


@pytest.mark.parametrize("size", SIZES)
def test_half_close_ends_one_direction_after_the_reply(size: bytes) -> None:
    with told("100:half_close", {"half_close.direction": "to_client"}) as (backend, _, client):
        client.sendall(b"a\n")
        backend.wait_data(2)
        backend.sock.sendall(b"re " + size + b"\nre b\nre ")
        assert until_end(client) == (b"re " + size + b"\n", CLOSED)
        client.sendall(b"b\n")
        assert backend.wait_data(4) == b"a\nb\n"


def test_hang_takes_a_request_and_no_other() -> None:
    seed = seed_for({(1, True, 1): False, (1, True, 2): True})
    with told("50:hang", seed=seed) as (backend, daemon, client):
        client.sendall(b"a\nb\nc\n")
        wait_handled(daemon, "hang")
        assert backend.wait_data(2) == b"a\n"
        client.close()
        assert backend.wait_end()[0] == b"a\n"
        wait_no_session(daemon)


@pytest.mark.parametrize(("handler", "end"), [("abort", RESET), ("blackout", CLOSED)])
@pytest.mark.parametrize("direction", BOTH)
def test_the_client_goes_with_its_message(handler: str, end: str, direction: str) -> None:
    with speaking(f"100:{handler}", {f"{handler}.direction": direction}) as (server, daemon, client):
        client.sendall(b"a\n")
        assert until_end(client) == (b"", end)
        wait_no_session(daemon)
        assert server.witness().wait_end()[0] == (b"" if direction == "to_backend" else b"a\n")


@pytest.mark.parametrize("handler", ["abort", "blackout", "truncate", "lost_response"])
def test_what_was_answered_before_has_arrived(handler: str) -> None:
    seed = seed_for({(1, True, 1): False, (1, True, 2): True, (1, False, 1): False, (1, False, 2): True})
    with speaking(f"50:{handler}", {}, seed=seed) as (_, _, client):
        assert asked(client, b"a") == [b"re a"]
        client.sendall(b"b\n")
        assert until_end(client)[0] in (b"", answered(b"b"))
