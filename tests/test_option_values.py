"""Options at a handler: how it declares them, and how it holds their values."""

from typing import Any

import pytest

from vaurien.errors import ConfigError
from vaurien.options import DIRECTIONS, Option, OptionValues, declared, direction, words


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
