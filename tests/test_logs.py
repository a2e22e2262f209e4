"""Logs: what a line looks like and where it goes."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaurien import logs

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"


def record(message: str, *args: object, level: int = logging.INFO, **fields: object) -> logging.LogRecord:
    """A record of the logger ``vaurien.session`` with `fields` as its extra."""
    made = logging.LogRecord("vaurien.session", level, __file__, 1, message, args, None)
    made.__dict__.update(fields)
    return made


def failure() -> logging.LogRecord:
    """A record with a traceback."""
    try:
        raise ZeroDivisionError("oh")
    except ZeroDivisionError:
        made = record("it failed", level=logging.ERROR)
        made.exc_info = sys.exc_info()
        return made


def text(made: logging.LogRecord) -> str:
    """The line without its time, which must be there."""
    stamp, _, line = logs.TextFormatter().format(made).partition(" ")
    assert re.fullmatch(STAMP, stamp)
    return line


def fields(made: logging.LogRecord) -> dict[str, object]:
    """The object without its time, which must be there; it takes one line."""
    line = logs.JsonFormatter().format(made)
    assert "\n" not in line
    found: dict[str, object] = json.loads(line)
    assert next(iter(found)) == "time"
    assert re.fullmatch(STAMP, str(found.pop("time")))
    return found


@pytest.mark.parametrize(
    ("extra", "line"),
    [
        ({}, "INFO 3 bytes"),
        ({"proxy": "redis"}, "INFO redis 3 bytes"),
        ({"proxy": "redis", "session": 12}, "INFO redis #12 3 bytes"),
        ({"proxy": "redis", "session": 12, "arrow": ""}, "INFO redis #12 3 bytes"),
        ({"proxy": "redis", "session": 12, "arrow": logs.arrow(True)}, "INFO redis #12 -> 3 bytes"),
        ({"proxy": "redis", "session": 12, "arrow": logs.arrow(False)}, "INFO redis #12 <- 3 bytes"),
    ],
)
def test_a_text_line_has_proxy_session_and_direction_where_there_are_any(extra: dict[str, object], line: str) -> None:
    assert text(record("%d bytes", 3, **extra)) == line


@pytest.mark.parametrize(
    ("extra", "found"),
    [
        ({}, {}),
        ({"proxy": "redis"}, {"proxy": "redis"}),
        ({"proxy": "redis", "session": 12, "arrow": ""}, {"proxy": "redis", "session": 12}),
        (
            {"proxy": "redis", "session": 12, "arrow": logs.arrow(True)},
            {"proxy": "redis", "session": 12, "direction": "to_backend"},
        ),
        (
            {"proxy": "redis", "session": 12, "arrow": logs.arrow(False)},
            {"proxy": "redis", "session": 12, "direction": "to_client"},
        ),
        ({"fields": {"bytes": 3, "path": Path("/a")}}, {"bytes": 3, "path": "/a"}),
    ],
)
def test_a_json_line_is_an_object_with_the_same(extra: dict[str, object], found: dict[str, object]) -> None:
    line = {"level": "info", "logger": "vaurien.session", "message": "3 bytes"}
    assert fields(record("%d bytes", 3, **extra)) == {**line, **found}


def test_levels_are_named() -> None:
    assert text(record("careful", level=logging.WARNING)) == "WARNING careful"
    assert fields(record("careful", level=logging.WARNING))["level"] == "warning"


def test_the_time_is_that_of_the_record() -> None:
    made = record("now")
    made.created, made.msecs = 86400.0 * 365, 7.0
    assert logs.TextFormatter().format(made).partition(" ")[0].endswith(".007")


def test_a_traceback_follows_the_text() -> None:
    lines = text(failure()).splitlines()
    assert lines[0] == "ERROR it failed"
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "ZeroDivisionError: oh"


def test_a_traceback_is_a_field_of_the_object() -> None:
    traceback = str(fields(failure())["traceback"])
    assert traceback.startswith("Traceback (most recent call last):\n")
    assert traceback.endswith("\nZeroDivisionError: oh")


@settings(deadline=None)
@given(st.text(), st.text())
def test_every_message_makes_one_json_line_that_says_it(message: str, proxy: str) -> None:
    found = fields(record("%s", message, proxy=proxy))
    assert (found["message"], found["proxy"]) == (message, proxy)


# where it goes


@pytest.fixture
def torn_down() -> Iterator[list[logging.Handler]]:
    """Tears down what is put into it."""
    made: list[logging.Handler] = []
    yield made
    for handler in made:
        logs.tear_down(handler)


def test_lines_are_appended_to_the_file(tmp_path: Path, torn_down: list[logging.Handler]) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    torn_down.append(logs.set_up("info", str(path), "json"))
    logging.getLogger("vaurien.proxy").info("naïve %s", "line", extra={"proxy": "redis"})
    logging.getLogger("vaurien.proxy").debug("too much")
    before, line = path.read_text(encoding="utf-8").splitlines()
    assert before == "before"
    assert json.loads(line)["message"] == "naïve line"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_a_level_lets_through_what_is_as_important(
    level: str, expected: list[str], capsys: pytest.CaptureFixture[str], torn_down: list[logging.Handler]
) -> None:
    torn_down.append(logs.set_up(level, "-", "text"))
    for name in logs.LEVELS:
        logging.getLogger("vaurien.session").log(logging.getLevelName(name.upper()), "%s", name)
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split()[-1] for line in err.splitlines()] == expected


def test_nobody_else_is_told_and_afterwards_all_is_as_before(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("vaurien")
    before = (logger.level, logger.propagate, list(logger.handlers))
    handler = logs.set_up("info", str(tmp_path / "log"), "text")
    logging.getLogger("vaurien.proxy").warning("during")
    logs.tear_down(handler)
    logging.getLogger("vaurien.proxy").warning("after")
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
    assert [made.getMessage() for made in caplog.records] == ["after"]
    assert "after" not in (tmp_path / "log").read_text()


def test_a_file_that_cannot_be_written_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    logger = logging.getLogger("vaurien")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with pytest.raises(OSError, match="No such file"):
        logs.set_up("info", str(tmp_path / "no" / "log"), "text")
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
