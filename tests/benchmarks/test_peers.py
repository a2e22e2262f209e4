"""How the proxies are started, and whether what they print reports an error."""

from pathlib import Path

import pytest

from benchmarks.peers import Place, find_complaint
from benchmarks.run_command import parse_peer
from benchmarks.run_haproxy import configuration

STARTED = """\
proxy default: 127.0.0.1:35389 -> 127.0.0.1:6379
      100 %  dummy
seed 1526275286
2026-11-21T04:08:12.203 WARNING default #1 -> backend 127.0.0.1:6379: connection refused
"""
FAILED = "2026-11-21T04:08:13.001 ERROR default #7 -> handler delay failed"
ALERT = "[ALERT]    (811) : Starting proxy benchmark: cannot bind socket (Address already in use) [127.0.0.1:20001]"
TOXIPROXY = '{"level":"warn","name":"benchmark","error":"broken pipe","message":"Source terminated"}'


def test_an_error_in_a_proxys_output_is_found() -> None:
    assert find_complaint(STARTED) is None
    assert find_complaint(f"{STARTED}{FAILED}\n") == FAILED
    assert find_complaint(f"{ALERT}\n") == ALERT
    assert find_complaint(f"{TOXIPROXY}\n") is None
    assert find_complaint(TOXIPROXY.replace("warn", "error")) == TOXIPROXY.replace("warn", "error")
    assert find_complaint("Traceback (most recent call last):\n") == "Traceback (most recent call last):"


def test_any_command_is_started_where_it_is_told(tmp_path: Path) -> None:
    other = parse_peer("other=sh -c 'echo {local} {distant}; exec sleep 60'")
    assert (other.name, other.title, other.is_proxy, other.missing) == ("other", "other", True, False)
    with other.start(Place(4711, tmp_path)) as endpoint:
        assert endpoint.process is not None
        process = endpoint.process
        process.wait_until(lambda: process.output() != "")
        assert process.output() == f"127.0.0.1:{endpoint.port} 127.0.0.1:4711\n"
    assert process.child.poll() is not None


@pytest.mark.parametrize("text", ["other", "=x {local} {distant}", "o.t=x {local} {distant}", "other=x {local}"])
def test_a_command_has_a_name_and_both_places(text: str) -> None:
    with pytest.raises(ValueError, match=r"NAME=COMMAND|has no \{distant\}"):
        parse_peer(text)


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
