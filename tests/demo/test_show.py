"""What users of ``vaurien --demo`` see, with and without a terminal."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.demo.shown import DEADLINE, ROOT, Shown, environment


@pytest.fixture(scope="module")
def piped() -> Iterator[Shown]:
    """A demo without a terminal, after its end. What forces colours must not bring control codes into a file."""
    with Shown(1.5, FORCE_COLOR="1") as shown:
        yield shown.wait()


def number(pattern: str, text: str) -> int:
    """The number that `pattern` has in its only group."""
    match = re.search(pattern, text)
    assert match, f"no {pattern!r} in:\n{text}"
    return int(match[1])


def test_without_a_terminal_there_are_lines_and_no_control_codes(piped: Shown) -> None:
    assert piped.code == 0, piped.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", piped.text)
    assert re.search(r"^ +1 s +\d+ +\d+ +\d+ +\d+ +\d+ +\d+$", piped.text, re.MULTILINE)
    assert max(len(line) for line in piped.text.splitlines() if " -m vaurien" not in line) <= 80


def test_each_handler_is_named_with_its_share(piped: Shown) -> None:
    for handler, asked, calls in (("delay", 20, "requests"), ("error", 5, "answers"), ("abort", 5, "requests")):
        line = rf"^  {handler} .* {asked} ±\d+\.\d % +\d+\.\d % +\d+ of \d+ {calls}\s*$"
        assert re.search(line, piped.text, re.MULTILINE), f"no share of {handler} in:\n{piped.text}"


def test_what_the_proxy_did_is_what_the_client_saw(piped: Shown) -> None:
    through = number(r"and (\d+) through Vaurien\.", piped.text)
    delayed = number(r"delay took (\d+) requests", piped.text)
    resets = number(r"abort took (\d+) requests", piped.text)
    wrong = number(r"error took (\d+) answers", piped.text)
    assert through > 50
    assert number(r"delay .* \d+ of (\d+) requests", piped.text) == through
    assert number(r"abort .* \d+ of (\d+) requests", piped.text) == through
    assert number(r"error .* \d+ of (\d+) answers", piped.text) == through - resets
    assert number(r"saw (\d+) resets", piped.text) == resets
    assert number(r"saw (\d+) answers of garbage", piped.text) == wrong
    assert number(r"saw (\d+) late answers", piped.text) >= delayed > 0
    assert not re.search(r"^  no answer", piped.text, re.MULTILINE)


def test_the_latencies_have_the_delay_in_them_and_only_through_the_proxy(piped: Shown) -> None:
    row = re.search(r"100 - 300 ms +(\d+\.\d) % +█* *(\d+\.\d) % +█", piped.text)
    assert row, piped.text
    assert float(row[2]) > float(row[1])


def test_the_commands_can_be_run_as_they_are_printed(piped: Shown) -> None:
    commands = re.findall(r"^    (.*--local (?:.*\\\n)?.*)$", piped.text, re.MULTILINE)
    assert len(commands) == 3
    script = "set -e\n" + "\n".join(f"{command} --check-config" for command in commands)
    done = subprocess.run(
        ["sh", "-c", script], env=environment(), cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE
    )
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    assert done.stdout.count("the configuration is good") == 3
    for handler, weight in (("hang", 10), ("delay", 50), ("abort", 2)):
        assert re.search(rf"{weight} %  {handler}", done.stdout)


def test_a_reader_that_has_seen_enough_ends_it_in_silence() -> None:
    command = f"{shlex.quote(sys.executable)} -c 'from vaurien import demo; demo.run({10 * DEADLINE})' | head -n 1"
    done = subprocess.run(["sh", "-c", command], env=environment(), capture_output=True, text=True, timeout=DEADLINE)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_terminal_is_drawn_in_place_with_colours() -> None:
    with Shown(1.0, (80, 24)) as shown:
        shown.wait()
    assert shown.code == 0, shown.text
    assert "\x1b[?25l" in shown.text and shown.text.rindex("\x1b[?25h") > shown.text.rindex("\x1b[?25l")
    assert shown.text.count("\x1b[1A") >= 22, "it was not drawn over the page before"
    assert "\x1b[31m  connection reset" in shown.text
    assert "client -> Vaurien -> backend" in shown.plain
    assert re.search(r"delay +holds a request 150 ms", shown.plain)
    assert "Traceback" not in shown.plain and "WARNING" not in shown.plain


def test_a_narrow_terminal_without_colours() -> None:
    with Shown(0.6, (60, 24), NO_COLOR="1") as shown:
        shown.wait()
    assert shown.code == 0, shown.text
    assert not re.search(r"\x1b\[(\d+;)*(3[0-7]|9[0-7]|38)[;m]", shown.text)
    for handler in ("delay", "error", "abort"):
        assert re.search(rf"^  {handler} .* of \d+ (requests|answers)", shown.plain, re.MULTILINE)


def test_a_dumb_terminal_gets_lines() -> None:
    with Shown(0.6, (80, 24), TERM="dumb") as shown:
        shown.wait()
    assert shown.code == 0, shown.text
    assert "\x1b" not in shown.text
    assert re.search(r"^ +\d s +\d+ +\d+ ", shown.plain, re.MULTILINE)
    assert "--help lists all handlers" in shown.plain


def test_ctrl_c_at_a_terminal_ends_it_with_what_it_came_to() -> None:
    with Shown(10 * DEADLINE, (80, 24)) as shown:
        shown.wait_for("Answers took")
        shown.type(b"\x03")
        shown.wait()
    assert shown.code == 0, shown.text
    assert "Traceback" not in shown.plain
    assert shown.plain.count("To try before servers of your own") == 1


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_terminal(signal_number: signal.Signals) -> None:
    with Shown(10 * DEADLINE) as shown:
        shown.wait_for("through Vaurien")
        shown.send(signal_number)
        shown.wait()
    assert shown.code == 0, shown.text
    assert "Traceback" not in shown.text
    assert "To try before servers of your own" in shown.text
