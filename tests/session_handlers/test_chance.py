"""Which sessions a session handler gets: by its share, by seed, by what it is limited to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from tests.path.tools import fate_of_a_client
from tests.peers import Backend, receive_exactly
from tests.session_handlers.tools import beginning, counted
from vaurien import chance, config
from vaurien.active_session_handler import ActiveSessionHandler
from vaurien.ini import Given
from vaurien.session_choice import SessionChoice

CLIENT = ("127.0.0.1", 12345)


class Counting:
    """As much of a proxy as a choice needs."""

    name = "default"

    def __init__(self, seed: int) -> None:
        self.key = chance.key(seed, self.name)
        self.shared: Any = None


def choice(behavior: str, seed: int = 1, **sections: dict[str, str]) -> SessionChoice:
    """What chooses in a proxy with this session behavior; `sections` are of session handlers."""
    given = {"vaurien": {"distant": Given("localhost:9", "distant"), "session_behavior": Given(behavior, "behavior")}}
    for name, options in sections.items():
        given[f"session_handler:{name}"] = {option: Given(text, option) for option, text in options.items()}
    settings = config.build({}, given).proxies["default"]
    proxy = Counting(seed)
    handlers = {name: ActiveSessionHandler(each, proxy) for name, each in settings.session_handlers.items()}
    found = SessionChoice.of(settings.session_behavior, handlers, proxy)
    assert found is not None
    return found


def names(of: SessionChoice, count: int, client: Any = CLIENT) -> list[str]:
    """Who gets the first sessions; ``-`` for nobody."""
    found = [of.choose(ordinal, client) for ordinal in range(1, count + 1)]
    return [handler.name if handler is not None else "-" for handler in found]


def test_ten_thousand_sessions_come_to_their_shares() -> None:
    counts = Counter(names(choice("10:refuse,5:silent,0.5:slow_open"), 10_000))
    for name, share in {"refuse": 0.1, "silent": 0.05, "slow_open": 0.005, "-": 0.845}.items():
        deviation = (10_000 * share * (1 - share)) ** 0.5
        assert abs(counts[name] - 10_000 * share) < 4 * deviation, counts


@pytest.mark.parametrize("percent", ["0", "100"])
def test_none_and_all(percent: str) -> None:
    assert set(names(choice(f"{percent}:refuse"), 1000)) == {"refuse" if Decimal(percent) else "-"}


def test_a_seed_draws_the_same_again_and_another_does_not() -> None:
    assert names(choice("50:refuse", seed=3), 200) == names(choice("50:refuse", seed=3), 200)
    assert names(choice("50:refuse", seed=3), 200) != names(choice("50:refuse", seed=4), 200)


def test_the_draw_is_what_is_documented() -> None:
    key = chance.key(chance.key(1, "default"), "session")
    drawn = ["refuse" if chance.ticket(key, ordinal) < 300_000 else "-" for ordinal in range(1, 501)]
    assert names(choice("30:refuse"), 500) == drawn


@pytest.mark.parametrize(
    ("match", "ordinals"), [("session:3", [3]), ("session:3-5", [3, 4, 5]), ("session:8-", [8, 9, 10])]
)
def test_the_nth_session_only(match: str, ordinals: list[int]) -> None:
    third = choice("100:third", third={"callable": "refuse", "match": match})
    assert names(third, 10) == ["third" if ordinal in ordinals else "-" for ordinal in range(1, 11)]


def test_clients_of_a_network_only() -> None:
    of = choice("100:refuse", refuse={"match": "client:10.0.0.0/8,fd00::/8"})
    for host, refused in {"10.1.2.3": True, "::ffff:10.1.2.3": True, "fd00::1": True, "127.0.0.1": False}.items():
        assert names(of, 3, (host, 1)) == ["refuse" if refused else "-"] * 3
    assert names(of, 3, "") == ["-"] * 3  # a client on a Unix socket


def test_a_share_is_one_of_the_sessions_that_match() -> None:
    """Those that match stand beside each other: the share of one that does not match is not given away."""
    of = choice("100:first,30:silent", first={"callable": "refuse", "match": "session:1-100"})
    found = names(of, 10_100)
    assert set(found[:100]) == {"first"}
    assert abs(found[100:].count("silent") - 3000) < 4 * (10_000 * 0.3 * 0.7) ** 0.5
    assert "first" not in found[100:]


def test_real_sessions_are_those_that_were_drawn(echo_backend: Backend) -> None:
    drawn = names(choice("50:refuse", seed=11), 20)
    with beginning(echo_backend.address, "50:refuse", seed=11) as daemon:
        for expected in drawn:
            if expected == "refuse":
                assert fate_of_a_client(daemon) == "reset"
            else:
                with daemon.connect() as client:
                    client.sendall(b"q")
                    assert receive_exactly(client, 1) == b"q"
        assert counted(daemon) == {"refuse": drawn.count("refuse")}


def test_without_a_session_behavior_nothing_is_drawn_and_no_session_has_anything(echo_backend: Backend) -> None:
    with beginning(echo_backend.address, "") as daemon, daemon.connect() as client:
        client.sendall(b"q")
        assert receive_exactly(client, 1) == b"q"
        assert daemon.do(lambda: daemon.proxy.crew.session_choice) is None
        (session,) = daemon.do(lambda: list(daemon.proxy.sessions.values()))
        assert not hasattr(session, "taken_by") and not hasattr(session, "entered")
        assert session.session_handler is None and not session.entering
