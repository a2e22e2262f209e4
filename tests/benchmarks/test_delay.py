"""The rows of delay: what is asked for is what Vaurien is told, and no request of a session meets another."""

import pytest

from benchmarks.delay import ASKED, DELAY, SESSIONS, interval


def test_there_is_a_row_for_every_delay_and_number_of_sessions() -> None:
    assert [(row.sessions, row.x) for row in DELAY.rows] == [(sessions, ms) for sessions in SESSIONS for ms in ASKED]


@pytest.mark.parametrize("sessions", SESSIONS)
@pytest.mark.parametrize("asked_ms", ASKED)
def test_the_answer_is_there_before_the_next_request(sessions: int, asked_ms: int) -> None:
    assert interval(sessions, asked_ms) - asked_ms / 1000 >= 0.009


def test_a_session_among_others_sends_one_request_a_second() -> None:
    assert [interval(2_000, asked_ms) for asked_ms in ASKED] == [1, 1, 1, 1, pytest.approx(1.1)]
