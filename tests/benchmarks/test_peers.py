"""What the proxies print: where Vaurien listens, and whether a proxy reports an error."""

from benchmarks.peers import find_complaint, parse_port

STARTED = """\
proxy default: 127.0.0.1:35389 -> 127.0.0.1:6379
      100 %  dummy
seed 1526275286
2026-11-21T04:08:12.203 WARNING default #1 -> backend 127.0.0.1:6379: connection refused
"""
FAILED = "2026-11-21T04:08:13.001 ERROR default #7 -> handler delay failed"
ALERT = "[ALERT]    (811) : Starting proxy benchmark: cannot bind socket (Address already in use) [127.0.0.1:20001]"


def test_the_port_is_read_once_the_line_is_whole() -> None:
    assert parse_port(STARTED) == 35389
    assert parse_port("") is None
    assert parse_port(STARTED[:30]) is None


def test_an_error_in_a_proxys_output_is_found() -> None:
    assert find_complaint(STARTED) is None
    assert find_complaint(f"{STARTED}{FAILED}\n") == FAILED
    assert find_complaint(f"{ALERT}\n") == ALERT
    assert find_complaint("Traceback (most recent call last):\n") == "Traceback (most recent call last):"
