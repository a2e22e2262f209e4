"""Choice: how often each handler is chosen, by trying every ticket there is, and who is chosen at all."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.running import Running, running
from vaurien.chance import TICKETS

ALL = tuple(-(-(ticket << 64) // TICKETS) for ticket in range(TICKETS))
"""For each ticket the smallest draw that is it."""


def chosen(daemon: Running, to_backend: bool = True) -> Counter[str]:
    """How many of all tickets choose each handler; ``dummy`` where the engine relays."""
    choice = daemon.proxy.crew.choices[to_backend]
    if choice is None:
        return Counter(dummy=TICKETS)
    names = [handler.name if handler else "dummy" for handler in choice.handlers]
    places = {id(handler): name for handler, name in zip(choice.handlers, names, strict=True)}
    choose = choice.choose
    return Counter(places[id(choose(draw))] for draw in ALL)


def test_the_draws_are_one_for_each_ticket() -> None:
    """Both the smallest and the largest draw of a ticket are that ticket."""
    for ticket in (0, 1, 2, 199_999, 200_000, 500_000, TICKETS - 2, TICKETS - 1):
        assert ALL[ticket] * TICKETS >> 64 == ticket
        last = (ALL[ticket + 1] if ticket + 1 < TICKETS else 1 << 64) - 1
        assert last * TICKETS >> 64 == ticket
        assert last >= ALL[ticket]


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("20:delay", {"delay": 200_000, "dummy": 800_000}),
        ("0.1:delay", {"delay": 1_000, "dummy": 999_000}),
        ("0.0001:delay", {"delay": 1, "dummy": 999_999}),
        ("100:delay", {"delay": 1_000_000}),
        ("0:delay", {"dummy": 1_000_000}),
        ("20:delay,5:hang", {"delay": 200_000, "hang": 50_000, "dummy": 750_000}),
        ("0:hang,20:delay,0:abort", {"delay": 200_000, "dummy": 800_000}),
        ("33.3333:delay,33.3333:hang,33.3334:abort", {"delay": 333_333, "hang": 333_333, "abort": 333_334}),
        ("20:dummy,20:delay", {"delay": 200_000, "dummy": 800_000}),
        ("100:dummy", {"dummy": 1_000_000}),
        ("20:dummy", {"dummy": 1_000_000}),
    ],
)
def test_of_all_tickets_as_many_choose_a_handler_as_its_weight_says(behavior: str, expected: dict[str, int]) -> None:
    with running(("127.0.0.1", 1), behavior) as daemon:
        assert chosen(daemon) == expected


def test_shares_take_their_tickets_in_the_order_in_which_they_are_written() -> None:
    with running(("127.0.0.1", 1), "20:delay,5:hang") as daemon:
        choice = daemon.proxy.crew.choices[True]
        assert choice is not None
        names = [handler.name if handler else None for handler in map(choice.choose, ALL)]
        assert names == ["delay"] * 200_000 + ["hang"] * 50_000 + [None] * 750_000
    with running(("127.0.0.1", 1), "5:hang,20:delay") as daemon:
        choice = daemon.proxy.crew.choices[True]
        assert choice is not None
        bounds = [choice.choose(ALL[ticket]) for ticket in (0, 49_999, 50_000, 249_999, 250_000)]
        assert [handler and handler.name for handler in bounds] == ["hang", "hang", "delay", "delay", None]


def test_a_ticket_of_a_handler_that_does_not_act_on_a_direction_is_relayed() -> None:
    """error acts on replies alone: requests that draw it go through, and delay's share stays what it is."""
    with running(("127.0.0.1", 1), "20:error,10:delay") as daemon:
        assert chosen(daemon, to_backend=True) == {"delay": 100_000, "dummy": 900_000}
        assert chosen(daemon, to_backend=False) == {"error": 200_000, "dummy": 800_000}


@pytest.mark.parametrize(
    ("behavior", "to_client", "to_backend"),
    [("100:dummy", False, False), ("20:dummy", False, False), ("20:error", True, False), ("20:delay", False, True)],
)
def test_nothing_is_drawn_where_nothing_can_be_chosen(behavior: str, to_client: bool, to_backend: bool) -> None:
    with running(("127.0.0.1", 1), behavior) as daemon:
        assert [choice is not None for choice in daemon.proxy.crew.choices] == [to_client, to_backend]


def test_a_change_of_a_direction_holds_from_the_next_call_on() -> None:
    with running(("127.0.0.1", 1), "20:delay") as daemon:
        before = daemon.settings.proxies["default"]
        handler = replace(before.handlers["delay"], given={"direction": "to_client"})
        after = replace(before, handlers={"delay": handler})
        daemon.do(lambda: daemon.daemon.apply(replace(daemon.settings, proxies={"default": after})))
        assert daemon.proxy.crew.choices[True] is None
        assert chosen(daemon, to_backend=False) == {"delay": 200_000, "dummy": 800_000}
