"""The ``limit`` hook: turns away who is in none of the networks, or comes too often."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.asking import asked
from tests.handlers.tools import CLOSED, ask, same, until_end, wait_no_session, witnesses
from tests.hooks.tools import Notes, add, hooked, noting
from tests.running import Running, running
from vaurien.hooks import Limit, Reply, limit
from vaurien.hooks.limit import networks

BOTH = ("127.0.0.0/8", "::1/128")


class Coming(NamedTuple):
    """As much of a session as the hook looks at."""

    client_address: Any


def verdict(settings: dict[str, Any], address: Any) -> Any:
    """What the hook says of a client with this address."""
    return Limit(settings).session_started(Coming(address))


# networks


def test_networks_are_read_from_text() -> None:
    assert networks("10.0.0.0/8, fd00::/8\n192.0.2.1") == (
        ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"), ipaddress.ip_network("192.0.2.1/32"),
    )  # fmt: skip
    assert networks("") == ()


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "localhost", "10.0.0", "1.2.3.4/x"])
def test_what_is_no_network_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no network such as 10\.0\.0\.0/8 or fd00::/8: ") as raised:
        networks(f"::1, {text}")
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize(
    ("allowed", "address", "in_it"),
    [
        ("", ("192.0.2.1", 5), True),
        ("127.0.0.0/8", ("127.9.9.9", 5), True),
        ("127.0.0.0/8", ("128.0.0.1", 5), False),
        ("10.0.0.0/8, 192.0.2.0/24", ("192.0.2.7", 5), True),
        ("::1", ("::1", 5, 0, 0), True),
        ("::1", ("::2", 5, 0, 0), False),
        ("127.0.0.0/8", ("::1", 5, 0, 0), False),
        ("0.0.0.0/0", ("::1", 5, 0, 0), False),
        ("::/0", ("127.0.0.1", 5), False),
        ("127.0.0.0/8", ("::ffff:127.0.0.1", 5, 0, 0), True),
        ("127.0.0.0/8", ("::ffff:128.0.0.1", 5, 0, 0), False),
        ("fe80::/10", ("fe80::1%lo", 5, 0, 1), True),
        ("10.0.0.0/8", "", True),
        ("10.0.0.0/8", "/path/of/the/client", True),
        ("10.0.0.0/8", b"\0abstract", True),
    ],
)
def test_who_may_come(allowed: str, address: Any, in_it: bool) -> None:
    """An IPv4 client that comes by an IPv6 socket is the same client; one on a Unix socket is in every network."""
    assert verdict({"networks": networks(allowed), "answer": "no"}, address) == (None if in_it else Reply(b"no"))


@pytest.mark.parametrize("answer", ["", "-ERR not you"])
def test_who_is_turned_away_gets_the_answer_and_the_end(answer: str) -> None:
    notes = Notes()
    turning = Limit({"networks": networks("10.0.0.0/8"), "answer": answer})
    with (
        witnesses(same) as server,
        hooked(server.address, turning, noting(notes, "x", ("session_started", "backend_connected"))) as daemon,
    ):
        for _ in range(3):
            with daemon.connect() as client:
                assert until_end(client) == (answer.encode(), CLOSED)
        wait_no_session(daemon)
        assert not server.sessions, "the backend is never contacted"
        assert not notes, "and no hook after it is asked"
        daemon.do(lambda: daemon.proxy.hooks.remove(turning))
        add(daemon, Limit({"networks": networks("127.0.0.0/8"), "answer": answer}))
        with daemon.connect() as client:
            assert ask(client, b"hello") == b"hello"


@pytest.mark.parametrize(
    ("local", "allowed", "in_it"),
    [
        ("[::1]:0", "::1", True),
        ("[::1]:0", "127.0.0.0/8", False),
        ("127.0.0.1:0", "::1", False),
        ("unix:{folder}/s", "::1", True),
    ],
)
def test_clients_of_each_family(local: str, allowed: str, in_it: bool, tmp_path: Path) -> None:
    turning = Limit({"networks": networks(allowed), "answer": "no"})
    with (
        witnesses(same) as server,
        hooked(server.address, turning, local=local.format(folder=tmp_path)) as daemon,
        daemon.connect() as client,
    ):
        if in_it:
            assert ask(client, b"hello") == b"hello"
        else:
            assert until_end(client)[0] == b"no"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("go away", b"go away"),
        (r"-ERR not you\r\n", b"-ERR not you\r\n"),
        (r"a\tb\\r\n", b"a\tb\\r\n"),
        (r"\x \' ä", r"\x \' ä".encode()),
    ],
)  # fmt: skip
def test_what_is_said_may_have_ends_of_lines(text: str, answer: bytes) -> None:
    settings = asked("--distant", "a:1", "--hook", "limit", f"--hooks.limit.answer={text}")
    given = settings.proxies["default"].hooks[0].given
    assert Limit({**given, "networks": networks("10.0.0.0/8")}).session_started(Coming(("::1", 5))) == Reply(answer)


# rate


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limit, "time", clock)
    return clock


def let_in(turning: Limit, count: int) -> int:
    """How many of so many clients, who come at once, are let in."""
    return sum(turning.session_started(Coming(("127.0.0.1", 5))) is None for _ in range(count))


def test_no_rate_is_no_limit(clock: Clock) -> None:
    assert let_in(Limit(), 1000) == 1000


def test_a_burst_comes_in_and_then_so_many_as_time_has_passed_for(clock: Clock) -> None:
    turning = Limit({"rate": 8.0, "burst": 5})
    assert let_in(turning, 100) == 5
    clock.now += 1 / 16
    assert let_in(turning, 100) == 0, "half a client is none"
    clock.now += 1 / 16
    assert let_in(turning, 100) == 1, "but the half is not forgotten"
    clock.now += 3 / 8
    assert let_in(turning, 100) == 3
    clock.now += 3600
    assert let_in(turning, 100) == 5, "never more than the burst"


def test_less_than_one_a_second(clock: Clock) -> None:
    turning = Limit({"rate": 0.5})
    found = []
    for _ in range(10):
        found.append(let_in(turning, 3))
        clock.now += 1
    assert found == [1, 0] * 5


def test_one_who_is_in_no_network_does_not_use_up_the_rate(clock: Clock) -> None:
    turning = Limit({"rate": 1.0, "networks": networks("127.0.0.0/8")})
    for _ in range(10):
        assert turning.session_started(Coming(("10.0.0.1", 5))) is not None
    assert let_in(turning, 3) == 1


def test_the_rate_holds_for_all_sessions_of_a_proxy() -> None:
    turning = Limit({"rate": 0.001, "burst": 3, "answer": "later"})
    with witnesses(same) as server, hooked(server.address, turning) as daemon:
        found = []
        for _ in range(5):
            with daemon.connect() as client:
                client.sendall(b"hello")
                found.append(client.recv(5))
        assert found == [b"hello"] * 3 + [b"later"] * 2
        assert len(server.sessions) == 3


# configured


@pytest.fixture
def configured() -> Iterator[Running]:
    with witnesses(same) as server, running(server.address, hooks="limit") as daemon:
        yield daemon


def test_without_options_everybody_may_come(configured: Running) -> None:
    for _ in range(10):
        with configured.connect() as client:
            assert ask(client, b"hello") == b"hello"
    (entry,) = configured.proxy.crew.chain.entries
    assert isinstance(entry.hook, Limit) and entry.hook.proxy is configured.proxy


def test_its_options_hold_at_once_when_they_change(configured: Running) -> None:
    (entry,) = configured.proxy.crew.chain.entries
    values = entry.hook.options
    configured.do(lambda: values.replace({"networks": networks("10.0.0.0/8"), "answer": "no"}))
    with configured.connect() as client:
        assert until_end(client)[0] == b"no"
    configured.do(lambda: values.replace({}))
    with configured.connect() as client:
        assert ask(client, b"hello") == b"hello"
