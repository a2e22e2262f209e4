"""How the proxies are started, and what they print: where Vaurien listens, whether a proxy reports an error."""

from benchmarks.peers import find_complaint
from benchmarks.run_haproxy import configuration
from benchmarks.run_vaurien import parse_port

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


def test_haproxy_splices_both_ways_and_through_large_pipes_in_bulk_alone() -> None:
    bulk, small = configuration(1, 2, bulk=True), configuration(1, 2, bulk=False)
    assert [line.strip() for line in bulk.splitlines() if "splice" in line or "pipesize" in line] == [
        "tune.pipesize 1048576",
        "option splice-request",
        "option splice-response",
    ]
    assert [line.strip() for line in small.splitlines() if "splice" in line or "pipesize" in line] == [
        "option splice-auto"
    ]
