"""Behavior: what users write, and what of it is wrong."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.running import running
from vaurien.behavior import Behavior, Share
from vaurien.chance import TICKETS
from vaurien.errors import ConfigError


def shares(text: str) -> list[tuple[str, str]]:
    return [(str(share.weight), share.name) for share in Behavior.parse(text).shares]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20:delay", [("20", "delay")]),
        ("20:delay,5:error", [("20", "delay"), ("5", "error")]),
        ("5:error,20:delay", [("5", "error"), ("20", "delay")]),
        (" 20:delay , 5:error ", [("20", "delay"), ("5", "error")]),
        ("20:delay 5:error", [("20", "delay"), ("5", "error")]),
        ("20:delay\n5:error\n", [("20", "delay"), ("5", "error")]),
        ("20:delay,5:error,", [("20", "delay"), ("5", "error")]),
        ("0.1:error", [("0.1", "error")]),
        (".5:error", [("0.5", "error")]),
        ("0.0001:error", [("0.0001", "error")]),
        ("33.3333:error", [("33.3333", "error")]),
        ("0:error", [("0", "error")]),
        ("100:dummy", [("100", "dummy")]),
        ("20:dummy", [("20", "dummy")]),
        ("50:delay,50:error", [("50", "delay"), ("50", "error")]),
        ("99.9999:delay,0.0001:error", [("99.9999", "delay"), ("0.0001", "error")]),
        ("20:path.to.the.callable", [("20", "path.to.the.callable")]),
        ("007:bond", [("7", "bond")]),
        ("", []),
        (" , ", []),
    ],
)
def test_what_can_be_written(text: str, expected: list[tuple[str, str]]) -> None:
    assert shares(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-5:delay", "'-5' in '-5:delay' is no weight from 0 to 100 with four decimals at most"),
        ("+5:delay", "'+5' in '+5:delay' is no weight"),
        ("many:delay", "'many' in 'many:delay' is no weight"),
        ("1e1:delay", "'1e1' in '1e1:delay' is no weight"),
        ("nan:delay", "'nan' in 'nan:delay' is no weight"),
        ("inf:delay", "'inf' in 'inf:delay' is no weight"),
        ("20%:delay", "'20%' in '20%:delay' is no weight"),
        ("5.:delay", "'5.' in '5.:delay' is no weight"),
        ("1,5:delay", "'1' has no colon"),
        ("0.00001:delay", "'0.00001' in '0.00001:delay' is no weight"),
        ("٢٠:delay", "'٢٠' in '٢٠:delay' is no weight"),
        ("1_0:delay", "'1_0' in '1_0:delay' is no weight"),
        (":delay", "'' in ':delay' is no weight"),
        ("20", "'20' has no colon"),
        ("delay", "'delay' has no colon"),
        ("20:delay,error", "'error' has no colon"),
        ("20:", "'20:' has no handler"),
        ("20: delay", "'20:' has no handler"),
        ("10:delay,10:delay", "'delay' is there twice in '10:delay,10:delay'"),
        ("10:delay,5:error,0:delay", "'delay' is there twice in '10:delay,5:error,0:delay'"),
    ],
)
def test_what_is_wrong_is_quoted_with_the_form_and_what_is_known(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        Behavior.parse(text, ["delay", "error"])
    assert str(raised.value).startswith(said)
    assert str(raised.value).endswith("such as 20:delay,5:error; handlers: delay, error")
    assert "\n" not in str(raised.value)


def test_an_unknown_handler_is_found_where_names_are_looked_up() -> None:
    with pytest.raises(ConfigError) as raised, running(("127.0.0.1", 1), "20:dely"):
        pass
    assert str(raised.value).startswith("--behavior: unknown handler 'dely'; did you mean 'delay'? choose from abort, ")


@settings(deadline=None)
@given(st.text())
@example("20:delay,5:error")
@example("1" * 400 + ":a")
@example("9" * 1_000_001 + ":a")
@example(":::")
@example("20:a\0b")
def test_no_text_makes_it_raise_anything_but_value_error(text: str) -> None:
    try:
        behavior = Behavior.parse(text)
    except ValueError as exc:
        assert Behavior.form() in str(exc)
    else:
        assert sum(share.weight for share in behavior.shares) <= 100


weights = st.decimals(0, 100, places=4)
names = st.from_regex(r"[a-z_.]+", fullmatch=True)


@settings(deadline=None)
@given(st.dictionaries(names, weights, min_size=1, max_size=5))
def test_what_is_parsed_and_written_is_parsed_to_the_same(wanted: dict[str, Decimal]) -> None:
    text = ",".join(f"{weight / len(wanted):.4f}:{name}" for name, weight in wanted.items())
    try:
        behavior = Behavior.parse(text)
    except ValueError:
        assert sum(Decimal(f"{weight / len(wanted):.4f}") for weight in wanted.values()) > 100  # by rounding
        return
    assert Behavior.parse(str(behavior)) == behavior
    assert [share.name for share in behavior.shares] == list(wanted)


def test_nothing_is_written_as_what_it_means() -> None:
    assert str(Behavior.parse("")) == "100:dummy"
    assert str(Behavior.parse(" 20:delay  5:error,")) == "20:delay,5:error"


@pytest.mark.parametrize(
    ("text", "rest"), [("", "100"), ("20:delay", "80"), ("20:delay,5.5:error", "74.5"), ("100:dummy", "0")]
)
def test_the_rest_is_what_is_left_for_dummy(text: str, rest: str) -> None:
    assert Behavior.parse(text).rest() == Decimal(rest)


@pytest.mark.parametrize(
    ("weight", "tickets"),
    [("0", 0), ("0.0001", 1), ("0.1", 1000), ("20", 200_000), ("99.9999", 999_999), ("100", TICKETS)],
)
def test_a_weight_is_a_whole_number_of_tickets(weight: str, tickets: int) -> None:
    assert Share(Decimal(weight), "delay").tickets == tickets


@pytest.mark.parametrize(
    ("text", "limited", "total"),
    [
        ("120:delay", "", "120"),
        ("60:delay,50:error", "", "110"),
        ("100:delay,0.0001:error", "", "100.0001"),
        ("120:delay", "delay", "120"),
        ("60:delay,50:error,70:hang", "hang", "110"),
    ],
)
def test_no_more_than_there_is_can_be_shared_out(text: str, limited: str, total: str) -> None:
    said = f"the weights of '{text}' add up to {total}, over 100: write WEIGHT:HANDLER"
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        Behavior.parse(text).check_sum([limited], ["delay", "error"])
    assert str(raised.value).endswith("handlers: delay, error")


@pytest.mark.parametrize("text", ["100:delay", "60:delay,40:error", "100:delay,100:error,1:hang"])
def test_calls_that_match_are_shared_out_by_themselves(text: str) -> None:
    behavior = Behavior.parse(text)
    behavior.check_sum(["delay", "error"])
    assert behavior.rest() == max(0, 100 - sum(share.weight for share in behavior.shares))


@pytest.mark.parametrize(
    ("text", "scripts", "written"),
    [
        ("third", ("third",), "third"),
        ("20:delay, third", ("third",), "third,20:delay"),
        ("one two 5:error", ("one", "two"), "one,two,5:error"),
    ],
)
def test_a_script_has_no_weight(text: str, scripts: tuple[str, ...], written: str) -> None:
    behavior = Behavior.parse(text, scripts=scripts)
    assert behavior.scripts == scripts
    assert str(behavior) == written
    assert Behavior.parse(written, scripts=scripts) == behavior
    assert behavior.names == (*scripts, *(share.name for share in behavior.shares))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20:third", "'20:third': third acts by its script, and has no weight: write 'third'"),
        ("third,third", "'third' is there twice in 'third,third'"),
        ("x:third", "'x' in 'x:third' is no weight"),
        ("other", "'other' has no colon"),
    ],
)
def test_what_is_wrong_about_a_script(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Behavior.parse(text, scripts=["third"])
