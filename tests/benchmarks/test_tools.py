"""The load tools' output, as recorded from real runs, gives the figure or an error."""

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.tools import Work, parse_iperf3, parse_pgbench, parse_redis_benchmark, parse_wrk

WRK = """\
Running 1s test @ http://127.0.0.1:21080/
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   197.62us   78.15us   1.89ms   84.52%
    Req/Sec   142.02k     3.02k  144.80k    80.00%
  140880 requests in 1.00s, 20.56MB read
Requests/sec: 140653.13
Transfer/sec:     20.52MB
"""
# nginx was killed in the middle of the run; wrk ends with status 0 all the same.
WRK_BROKEN = WRK.replace("Requests/sec", "  Socket errors: connect 0, read 15, write 19466, timeout 0\nRequests/sec")
WRK_REFUSED = WRK.replace("Requests/sec", "  Non-2xx or 3xx responses: 7\nRequests/sec")

REDIS = """\
"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
"GET","87209.30","0.295","0.136","0.287","0.383","0.471","1.855"
"""
# What it prints when the server goes away, beside a line on stderr.
REDIS_CUT = REDIS.splitlines()[0] + "\n"

PGBENCH = """\
pgbench (15.18 (Debian 15.18-0+deb12u1))
transaction type: <builtin: select only>
scaling factor: 1
query mode: simple
number of clients: 50
number of threads: 1
maximum number of tries: 1
duration: 1 s
number of transactions actually processed: 6836
number of failed transactions: 0 (0.000%)
latency average = 4.466 ms
initial connection time = 447.750 ms
tps = 11195.087001 (without initial connection time)
"""

IPERF3 = """\
{
    "start": {"connected": [{"socket": 5}], "version": "iperf 3.12"},
    "intervals": [],
    "end": {
        "sum_sent": {"seconds": 1.000186, "bytes": 3188981760, "bits_per_second": 25507109757.585087},
        "sum_received": {"seconds": 1.000239, "bytes": 3188981760, "bits_per_second": 25505758203.789291}
    }
}
"""
# Status 0, as above.
IPERF3_REFUSED = """\
{
    "start": {"connected": [], "version": "iperf 3.12"},
    "intervals": [],
    "end": {},
    "error": "unable to connect to server: Connection refused"
}
"""


def test_wrk_gives_requests_per_second_and_in_all() -> None:
    assert parse_wrk(WRK) == Work(140653.13, 140880)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (WRK_BROKEN, "wrk: Socket errors: connect 0, read 15, write 19466, timeout 0"),
        (WRK_REFUSED, "wrk: Non-2xx or 3xx responses: 7"),
        (WRK.replace("140653.13", "0.00"), "wrk: not one request was answered"),
        (WRK.replace("140880 requests", "0 requests"), "wrk: not one request was answered"),
        (WRK.replace("requests in", "in"), "wrk: output not understood: Transfer/sec:     20.52MB"),
        ("unable to connect\n", "wrk: output not understood: unable to connect"),
        ("", "wrk: output not understood: no output"),
    ],
)
def test_any_error_of_wrk_fails(output: str, said: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        parse_wrk(output)
    assert str(caught.value) == said


def test_redis_benchmark_gives_requests_per_second() -> None:
    assert parse_redis_benchmark(REDIS) == 87209.30


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Error from server: LOADING\n" + REDIS, "redis-benchmark: Error from server: LOADING"),
        (REDIS_CUT, f"redis-benchmark: output not understood: {REDIS_CUT.strip()}"),
        (REDIS.replace("87209.30", "many"), 'redis-benchmark: output not understood: "GET","many"'),
        ("", "redis-benchmark: output not understood: no output"),
    ],
)
def test_any_error_of_redis_benchmark_fails(output: str, said: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        parse_redis_benchmark(output)
    assert str(caught.value).startswith(said)


def test_iperf3_gives_what_was_received() -> None:
    work = parse_iperf3(
        IPERF3.replace('"bytes": 3188981760, "bits_per_second": 255057', '"bytes": 3, "bits_per_second": 255057')
    )
    assert (work.rate, work.amount) == pytest.approx((25.505758203789291, 3e-6))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (IPERF3_REFUSED, "iperf3: unable to connect to server: Connection refused"),
        (IPERF3.replace("25505758203.789291", "0"), "iperf3: the server received nothing"),
        (IPERF3.replace("sum_received", "sum"), "iperf3: output not understood: }"),
        ("[]", "iperf3: output not understood: []"),
        ("iperf3: error - x", "iperf3: output not understood: iperf3: error - x"),
    ],
)
def test_any_error_of_iperf3_fails(output: str, said: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        parse_iperf3(output)
    assert str(caught.value) == said


def test_pgbench_gives_transactions_per_second_and_in_all() -> None:
    assert parse_pgbench(PGBENCH) == Work(11195.087001, 6836)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (PGBENCH.replace(": 0 (0.000%)", ": 3 (0.044%)"), "pgbench: number of failed transactions: 3 (0.044%)"),
        (PGBENCH.replace("processed: 6836", "processed: 0"), "pgbench: not one request was answered"),
        (PGBENCH.replace("tps = ", "tps: "), "pgbench: output not understood: tps: 11195.087001 (without initial"),
        ("", "pgbench: output not understood: no output"),
    ],
)
def test_any_error_of_pgbench_fails(output: str, said: str) -> None:
    with pytest.raises(BenchmarkError) as caught:
        parse_pgbench(output)
    assert str(caught.value).startswith(said)
