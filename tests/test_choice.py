"""Choice: how often each handler is chosen, by trying every ticket there is, and who is chosen at all."""

from collections import Counter
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest

from tests.running import Running, running
from vaurien.chance import TICKETS
from vaurien.choice import Choice


def first_draw(ticket: int) -> int:
    """The smallest draw that is this ticket; the largest is the one before the next ticket's."""
    return -(-(ticket << 64) // TICKETS)


def choice_of(daemon: Running, to_backend: bool = True) -> Choice:
    choice = daemon.proxy.crew.choices[to_backend]
    assert choice is not None
    return choice


def name_for(choice: Choice, draw: int) -> str:
    """Whom a draw chooses; ``dummy`` where the engine relays."""
    handler = choice.choose(draw)
    return handler.name if handler else "dummy"


def test_the_draws_of_a_ticket_are_those_from_its_first_to_the_next() -> None:
    for ticket in (0, 1, 2, 199_999, 200_000, 500_000, TICKETS - 2, TICKETS - 1):
        first, last = first_draw(ticket), first_draw(ticket + 1) - 1
        assert first <= last < 2**64
        assert first * TICKETS >> 64 == last * TICKETS >> 64 == ticket


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("20:delay", {"delay": 200_000, "dummy": 800_000}),
        ("0.1:delay", {"delay": 1_000, "dummy": 999_000}),
        ("5:hang,20:delay", {"delay": 200_000, "hang": 50_000, "dummy": 750_000}),
    ],
)
def test_of_all_tickets_as_many_choose_a_handler_as_its_weight_says(behavior: str, expected: dict[str, int]) -> None:
    with running(("127.0.0.1", 1), behavior) as daemon:
        choose = choice_of(daemon).choose
        counts = Counter(map(choose, map(first_draw, range(TICKETS))))
        assert {handler.name if handler else "dummy": count for handler, count in counts.items()} == expected


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("20:delay", [("delay", 200_000), ("dummy", 800_000)]),
        ("0.0001:delay", [("delay", 1), ("dummy", 999_999)]),
        ("99.9999:delay", [("delay", 999_999), ("dummy", 1)]),
        ("100:delay", [("delay", 1_000_000)]),
        ("0:delay", [("dummy", 1_000_000)]),
        ("20:delay,5:hang", [("delay", 200_000), ("hang", 50_000), ("dummy", 750_000)]),
        ("5:hang,20:delay", [("hang", 50_000), ("delay", 200_000), ("dummy", 750_000)]),
        ("0:hang,20:delay,0:abort", [("delay", 200_000), ("dummy", 800_000)]),
        ("33.3333:delay,33.3333:hang,33.3334:abort", [("delay", 333_333), ("hang", 333_333), ("abort", 333_334)]),
        ("20:dummy,20:delay", [("dummy", 200_000), ("delay", 200_000), ("dummy", 600_000)]),
    ],
)
def test_shares_take_their_tickets_in_the_order_in_which_they_are_written(
    behavior: str, expected: list[tuple[str, int]]
) -> None:
    """Who is chosen changes between two tickets alone: so the first and the last of a share tell of all."""
    with running(("127.0.0.1", 1), behavior) as daemon:
        choice = choice_of(daemon)
        bounds = [0, *accumulate(count for _, count in expected)]
        assert bounds[-1] == TICKETS
        for (first, after), (name, _) in zip(pairwise(bounds), expected, strict=True):
            assert name_for(choice, first_draw(first)) == name
            assert name_for(choice, first_draw(after) - 1) == name


def test_a_ticket_of_a_handler_that_does_not_act_on_a_direction_is_relayed() -> None:
    """error acts on replies alone: requests that draw it go through, and delay's share stays where it is."""
    with running(("127.0.0.1", 1), "20:error,10:delay") as daemon:
        for to_backend, names in ((True, ["dummy", "delay", "dummy"]), (False, ["error", "dummy", "dummy"])):
            choice = choice_of(daemon, to_backend)
            assert [name_for(choice, first_draw(ticket)) for ticket in (0, 200_000, 300_000)] == names
            assert [name_for(choice, first_draw(ticket) - 1) for ticket in (200_000, 300_000, TICKETS)] == names


@pytest.mark.parametrize(
    ("behavior", "to_client", "to_backend"),
    [
        ("100:dummy", False, False),
        ("20:dummy", False, False),
        ("20:error", True, False),
        ("20:delay", False, True),
        ("20:error,20:delay", True, True),
    ],
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
        choice = choice_of(daemon, to_backend=False)
        assert name_for(choice, first_draw(200_000) - 1) == "delay"
        assert name_for(choice, first_draw(200_000)) == "dummy"
