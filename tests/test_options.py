"""Options: what is converted to what, what is refused and how, and how a handler holds its values."""

import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaurien.options import Option, direction, shown, words

WHOLE, NUMBER, FLAG, TEXT = (Option("An option", type) for type in (int, float, bool, str))
LIST = Option("An option", words)


def even(text: str) -> int:
    # a type of its own, with an error of its own, and with nothing that describes it
    if int(text) % 2:
        raise ValueError(f"{text} is odd")
    return int(text)


class TestConvert:
    """`Option.convert`."""

    @pytest.mark.parametrize(
        ("option", "value", "expected"),
        [
            (WHOLE, "5", 5),
            (WHOLE, " 5 ", 5),
            (WHOLE, "-5", -5),
            (WHOLE, 5, 5),
            (WHOLE, "0", 0),
            (NUMBER, "5", 5.0),
            (NUMBER, "5.5", 5.5),
            (NUMBER, ".5", 0.5),
            (NUMBER, "1e-3", 0.001),
            (NUMBER, "-0.5", -0.5),
            (NUMBER, 5, 5.0),
            (NUMBER, 5.5, 5.5),
            (FLAG, "true", True),
            (FLAG, "True", True),
            (FLAG, "yes", True),
            (FLAG, "ON", True),
            (FLAG, "1", True),
            (FLAG, " on ", True),
            (FLAG, True, True),
            (FLAG, 1, True),
            (FLAG, "false", False),
            (FLAG, "No", False),
            (FLAG, "off", False),
            (FLAG, "0", False),
            (FLAG, False, False),
            (FLAG, 0, False),
            (TEXT, "text", "text"),
            (TEXT, "", ""),
            (TEXT, " text ", " text "),
            (Option("", str, "a", choices=("a", "b")), "b", "b"),
            (Option("", str, "a", choices=("a", "b")), " b ", "b"),
            (Option("", int, minimum=1), "1", 1),
            (Option("", int, maximum=1), "1", 1),
            (Option("", float, minimum=0, maximum=1), "0", 0.0),
            (Option("", float, minimum=0, maximum=1), "1.0", 1.0),
            (Option("", even), "4", 4),
            (LIST, "a, b,,c\n d", ("a", "b", "c", "d")),
            (LIST, "", ()),
            (LIST, ["a", " b "], ("a", "b")),
        ],
    )
    def test_to_a_value_of_its_type(self, option: Option, value: object, expected: object) -> None:
        converted = option.convert(value)
        assert converted == expected
        assert type(converted) is type(expected)

    @pytest.mark.parametrize(
        ("option", "value", "said"),
        [
            (WHOLE, "1.5", "expected a whole number, not '1.5'"),
            (WHOLE, 1.5, "expected a whole number, not 1.5"),
            (WHOLE, 1.0, "expected a whole number, not 1.0"),
            (WHOLE, True, "expected a whole number, not True"),
            (WHOLE, "many", "expected a whole number, not 'many'"),
            (WHOLE, "", "expected a whole number, not ''"),
            (WHOLE, None, "expected a whole number, not None"),
            (WHOLE, "1e3", "expected a whole number, not '1e3'"),
            (WHOLE, "0x10", "expected a whole number, not '0x10'"),
            (WHOLE, [1], "expected a whole number, not [1]"),
            (NUMBER, "nan", "expected a number, not 'nan'"),
            (NUMBER, "inf", "expected a number, not 'inf'"),
            (NUMBER, "-Infinity", "expected a number, not '-Infinity'"),
            (NUMBER, math.nan, "expected a number, not nan"),
            (NUMBER, math.inf, "expected a number, not inf"),
            (NUMBER, "1e999", "expected a number, not '1e999'"),
            (NUMBER, False, "expected a number, not False"),
            (NUMBER, "1,5", "expected a number, not '1,5'"),
            (NUMBER, {}, "expected a number, not {}"),
            (FLAG, "perhaps", "expected true or false, not 'perhaps'"),
            (FLAG, "", "expected true or false, not ''"),
            (FLAG, "2", "expected true or false, not '2'"),
            (FLAG, 2, "expected true or false, not 2"),
            (FLAG, None, "expected true or false, not None"),
            (Option("", str, choices=("a", "b")), "c", "expected one of a, b, not 'c'"),
            (Option("", str, choices=("a", "b")), "A", "expected one of a, b, not 'A'"),
            (Option("", int, minimum=1), "0", "expected a whole number, 1 or more, not '0'"),
            (Option("", int, maximum=9), "10", "expected a whole number, 9 or less, not '10'"),
            (Option("", float, minimum=0, maximum=1), "1.1", "expected a number from 0 to 1, not '1.1'"),
            (
                Option("", float, minimum=0.5, unit="seconds"),
                "0.4",
                "expected a number of seconds, 0.5 or more, not '0.4'",
            ),
            (TEXT, None, "expected a text, not None"),
            (TEXT, 5, "expected a text, not 5"),
            (LIST, ["a", 5], "expected a list of texts"),
            (Option("", even), "3", "3 is odd"),
            (Option("", even), "x", "invalid literal for int() with base 10: 'x'"),
        ],
    )
    def test_or_says_what_is_allowed_and_what_was_given(self, option: Option, value: object, said: str) -> None:
        with pytest.raises(ValueError, match=re.escape(said)) as raised:
            option.convert(value)
        assert str(raised.value) == said

    values = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.binary(),
        st.lists(st.text()),
        st.dictionaries(st.text(), st.integers()),
    )

    @settings(deadline=None)
    @given(st.sampled_from([LIST, WHOLE, NUMBER, FLAG, TEXT, direction("both"), Option("", int, minimum=0)]), values)
    @example(WHOLE, "1" * 5000)
    @example(NUMBER, 10**400)
    @example(TEXT, "\ud800")
    def test_nothing_makes_it_raise_anything_but_value_error(self, option: Option, value: object) -> None:
        try:
            converted = option.convert(value)
        except ValueError as exc:
            assert str(exc)
        else:
            assert type(converted) is (tuple if option is LIST else option.type)
            assert converted == converted  # no nan

    @settings(deadline=None)
    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_a_number_that_was_shown_is_the_same_number(self, value: float) -> None:
        assert NUMBER.convert(shown(value)) == value

    @settings(deadline=None)
    @given(st.lists(st.from_regex(r"[a-z._]+", fullmatch=True)))
    def test_a_list_that_was_shown_is_the_same_list(self, value: list[str]) -> None:
        assert LIST.convert(shown(tuple(value))) == tuple(value)


class TestAllowed:
    """What an option says of itself."""

    @pytest.mark.parametrize(
        ("option", "allowed", "name"),
        [
            (WHOLE, "a whole number", "int"),
            (Option("", float, 1.0, minimum=0, unit="seconds"), "a number of seconds, 0 or more", "float"),
            (FLAG, "true or false", "bool"),
            (TEXT, "a text", "str"),
            (direction("both"), "one of both, to_backend, to_client", "str"),
            (Option("", even), "even", "even"),
        ],
    )
    def test_in_words(self, option: Option, allowed: str, name: str) -> None:
        assert option.allowed() == allowed
        assert option.type_name() == name

    def test_it_is_the_tuple_that_handlers_declare(self) -> None:
        assert Option("Delay in seconds", int, 1)[:3] == ("Delay in seconds", int, 1)
        assert Option(*("Delay in seconds", int, 1)).default == 1
