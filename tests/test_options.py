"""Options: what is converted to what, what is refused and how, and how a handler holds its values."""

import math
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vaurien.errors import ConfigError
from vaurien.options import DIRECTIONS, Option, OptionValues, declared, direction, shown, words

WHOLE, NUMBER, FLAG, TEXT = (Option("An option", type) for type in (int, float, bool, str))
LIST = Option("An option", words)


def even(text: str) -> int:
    """A type of its own, with an error of its own."""
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
            (TEXT, " text ", "text"),
            (Option("", str, "a", choices=("a", "b")), "b", "b"),
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
    @given(st.sampled_from([WHOLE, NUMBER, FLAG, TEXT, direction("both"), Option("", int, minimum=0)]), values)
    @example(WHOLE, "1" * 5000)
    @example(NUMBER, 10**400)
    @example(TEXT, "\ud800")
    def test_nothing_makes_it_raise_anything_but_value_error(self, option: Option, value: object) -> None:
        try:
            converted = option.convert(value)
        except ValueError as exc:
            assert str(exc)
        else:
            assert type(converted) is option.type
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


class TestDeclared:
    """`declared`."""

    def test_tuples_become_options(self) -> None:
        class Target:
            options = {"sleep": ("Delay in seconds", int, 1), "loud": Option("How loud", float, 0.5, minimum=0)}

        options = declared(Target, "handler target")
        assert options == {
            "sleep": Option("Delay in seconds", int, 1),
            "loud": Option("How loud", float, 0.5, minimum=0),
        }
        assert all(isinstance(option, Option) for option in options.values())

    def test_tuples_may_go_on_with_limits(self) -> None:
        class Target:
            options = {"sleep": ("Delay in seconds", int, 1, 0, 9)}

        with pytest.raises(ValueError, match="from 0 to 9, not '10'"):
            declared(Target, "")["sleep"].convert("10")

    @pytest.mark.parametrize(
        "target", [object, type("Empty", (), {"options": {}}), type("None", (), {"options": None})]
    )
    def test_nothing_declared_is_no_options(self, target: object) -> None:
        assert declared(target, "") == {}

    def test_common_options_are_there_unless_declared_anew(self) -> None:
        class Target:
            options = {"direction": direction("to_client"), "sleep": ("Delay in seconds", int, 1)}

        common = {"direction": direction("both"), "priority": Option("Place", float, 100.0)}
        options = declared(Target, "", common)
        assert options["direction"].default == "to_client"
        assert set(options) == {"direction", "priority", "sleep"}
        assert declared(object, "", common) == common

    def test_functions_declare_too(self) -> None:
        def target() -> None: ...

        target.options = {"sleep": ("Delay in seconds", int, 1)}  # type: ignore[attr-defined]
        assert list(declared(target, "")) == ["sleep"]

    @pytest.mark.parametrize("options", [["sleep"], "sleep", 5, {"sleep"}])
    def test_what_is_no_mapping_is_refused(self, options: object) -> None:
        with pytest.raises(ConfigError) as raised:
            declared(type("Target", (), {"options": options}), "handler target")
        assert str(raised.value) == (
            "handler target: its options must be a mapping of names to (description, type, default)"
        )

    @pytest.mark.parametrize(
        "fields",
        [
            5,
            None,
            "abc",
            (),
            ("Delay",),
            ("Delay", int),
            ("Delay", "int", 1),
            ("Delay", 1, int),
            ["Delay", int, 1],
            ("Delay", int, 1, 0, 9, (), "", "too many"),
        ],
    )
    def test_what_is_no_such_tuple_is_refused(self, fields: object) -> None:
        with pytest.raises(ConfigError) as raised:
            declared(type("Target", (), {"options": {"sleep": fields}}), "handler target")
        assert str(raised.value) == ("handler target: its option 'sleep' must be a tuple (description, type, default)")

    def test_the_direction_of_a_handler_is_one_of_three(self) -> None:
        assert direction("to_client").default == "to_client"
        assert direction("both").choices == DIRECTIONS == ("both", "to_backend", "to_client")


class TestOptionValues:
    """What a handler holds as its `options`."""

    declaration = {"sleep": Option("Delay", float, 1.0), "before": Option("When", bool, True)}

    def test_what_is_not_given_has_its_default(self) -> None:
        assert dict(OptionValues(self.declaration, {})) == {"sleep": 1.0, "before": True}
        assert dict(OptionValues(self.declaration, {"before": False})) == {"sleep": 1.0, "before": False}

    def test_it_is_a_mapping_that_can_be_called(self) -> None:
        values = OptionValues(self.declaration, {"sleep": 2.0})
        assert values("sleep") == values["sleep"] == values.get("sleep") == 2.0
        assert list(values) == ["sleep", "before"]
        assert len(values) == 2
        assert "sleep" in values
        assert values == {"sleep": 2.0, "before": True}
        assert values.get("colour", "red") == "red"
        assert {**values} == {"sleep": 2.0, "before": True}

    @pytest.mark.parametrize("read", [lambda values: values("colour"), lambda values: values["colour"]])
    def test_what_is_not_declared_is_a_key_error(self, read: Any) -> None:
        with pytest.raises(KeyError, match="colour"):
            read(OptionValues(self.declaration, {}))

    def test_what_is_given_and_not_declared_is_a_key_error_and_changes_nothing(self) -> None:
        with pytest.raises(KeyError, match="colour"):
            OptionValues(self.declaration, {"colour": "red"})
        values = OptionValues(self.declaration, {"sleep": 2.0})
        with pytest.raises(KeyError, match="colour"):
            values.replace({"sleep": 3.0, "colour": "red"})
        assert values("sleep") == 2.0

    def test_a_replacement_holds_at_once_and_sets_all_anew(self) -> None:
        values = OptionValues(self.declaration, {"sleep": 2.0})
        held = values  # by whoever was made with it
        values.replace({"before": False})
        assert dict(held) == {"sleep": 1.0, "before": False}

    def test_it_cannot_be_changed_like_a_dictionary(self) -> None:
        with pytest.raises(TypeError):
            OptionValues(self.declaration, {})["sleep"] = 5.0  # type: ignore[index]

    def test_it_shows_what_it_holds(self) -> None:
        values = OptionValues({**self.declaration, "only": Option("", words, ("a", "b"))}, {"sleep": 2.0})
        assert values.summary() == "sleep=2.0 before=True only=a,b"
        assert repr(values) == "OptionValues({'sleep': 2.0, 'before': True, 'only': ('a', 'b')})"
