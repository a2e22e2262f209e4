"""The load tools: how each is called, and what its output says.

A parser takes the text of a finished run and returns the work that was done. It raises BenchmarkError when the text
reports any error, however small: a proxy that loses one connection of a million is not faster, it is wrong.
"""

import csv
import json
import re
import subprocess
from dataclasses import dataclass

from benchmarks.errors import BenchmarkError, last_line
from benchmarks.executables import program
from benchmarks.processes import die_with_parent

CONNECTIONS = 50
# How long a number of requests may take that was chosen to take one second or two.
SLOWEST = 5  # seconds


@dataclass(frozen=True)
class Work:
    """What a tool has to say: `rate` a second, and how much was done in all: requests, or MB (10**6 bytes)."""

    rate: float
    amount: float


def _run(argv: list[str], seconds: int) -> str:
    """The standard output of a tool that needs about `seconds`; BenchmarkError for status, stderr or deadline."""
    name = argv[0]
    path = program(name)
    deadline = 30 + 10 * seconds
    try:
        done = subprocess.run(
            [path, *argv[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=deadline,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"{name} had not finished after {deadline} seconds") from None
    if done.stderr.strip():
        raise BenchmarkError(f"{name}: {last_line(done.stderr)}")
    if done.returncode:
        raise BenchmarkError(f"{name} ended with status {done.returncode}: {last_line(done.stdout)}")
    return done.stdout


def bulk(port: int, seconds: int, streams: int = 1) -> Work:
    """Gbit/s and MB that iperf3's server received in all streams together."""
    argv = ["iperf3", "--client", "127.0.0.1", "--port", str(port), "--time", str(seconds), "--json"]
    return parse_iperf3(_run([*argv, "--parallel", str(streams)], seconds))


def keepalive(port: int, seconds: int, scheme: str = "http") -> Work:
    """HTTP requests over CONNECTIONS lasting connections."""
    return parse_wrk(_run(_wrk(scheme, port, seconds), seconds))


def connections(port: int, seconds: int, scheme: str = "http") -> Work:
    """HTTP requests, CONNECTIONS at a time, a new connection for each."""
    return parse_wrk(_run(_wrk(scheme, port, seconds, "--header", "Connection: close"), seconds))


def redis_get(port: int, requests: int, connections: int = CONNECTIONS, pipeline: int = 1) -> Work:
    """Redis GETs over lasting connections, on each of which `pipeline` requests are sent at once."""
    counts = ["-c", str(connections), "-P", str(pipeline), "-n", str(requests)]
    argv = ["redis-benchmark", "-h", "127.0.0.1", "-p", str(port), "-t", "get", *counts, "--csv"]
    return Work(parse_redis_benchmark(_run(argv, SLOWEST)), requests)


def pgbench(port: int, seconds: int) -> Work:
    """SELECTs of a row by its key over CONNECTIONS lasting connections to PostgreSQL."""
    counts = ["--client", str(CONNECTIONS), "--time", str(seconds), "--select-only", "--no-vacuum"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--username", "postgres", "postgres"]
    return parse_pgbench(_run(["pgbench", *counts, *where], seconds))


def _wrk(scheme: str, port: int, seconds: int, *more: str) -> list[str]:
    # One thread: on a small machine more would only take the proxy's core.
    return [
        "wrk",
        "--threads",
        "1",
        "--connections",
        str(CONNECTIONS),
        "--duration",
        f"{seconds}s",
        *more,
        f"{scheme}://127.0.0.1:{port}/",
    ]


def parse_iperf3(text: str) -> Work:
    """Gbit/s and MB from the output of `iperf3 --json`."""
    try:
        report = json.loads(text)
        # iperf3 3.12 ends with status 0 after an error when it prints JSON.
        if "error" in report:
            raise BenchmarkError(f"iperf3: {report['error']}")
        received = report["end"]["sum_received"]
        work = Work(float(received["bits_per_second"]) / 1e9, float(received["bytes"]) / 1e6)
    except (ValueError, KeyError, TypeError) as exc:
        raise BenchmarkError(f"iperf3: output not understood: {last_line(text)}") from exc
    if work.rate <= 0 or work.amount <= 0:
        raise BenchmarkError("iperf3: the server received nothing")
    return work


def parse_wrk(text: str) -> Work:
    """Requests per second and in all, from the output of wrk."""
    for pattern in (r"Socket errors:.*", r"Non-2xx or 3xx responses:.*"):
        found = re.search(pattern, text)
        if found:
            raise BenchmarkError(f"wrk: {found.group()}")
    rate = re.search(r"^Requests/sec:\s+([\d.]+)\s*$", text, re.MULTILINE)
    amount = re.search(r"^\s*(\d+) requests in ", text, re.MULTILINE)
    if rate is None or amount is None:
        raise BenchmarkError(f"wrk: output not understood: {last_line(text)}")
    if not float(rate.group(1)) or not int(amount.group(1)):
        raise BenchmarkError("wrk: not one request was answered")
    return Work(float(rate.group(1)), int(amount.group(1)))


def parse_redis_benchmark(text: str) -> float:
    """GETs per second from the output of `redis-benchmark --csv`."""
    for line in text.splitlines():
        if "error" in line.lower():
            raise BenchmarkError(f"redis-benchmark: {line.strip()}")
    rows = list(csv.DictReader(text.splitlines()))
    try:
        return next(float(row["rps"]) for row in rows if row["test"] == "GET")
    except (StopIteration, KeyError, ValueError) as exc:
        raise BenchmarkError(f"redis-benchmark: output not understood: {last_line(text)}") from exc


def parse_pgbench(text: str) -> Work:
    """Transactions per second, without the time to connect, and in all, from the output of pgbench."""
    failed = re.search(r"^number of failed transactions: (?!0 ).*", text, re.MULTILINE)
    if failed:
        raise BenchmarkError(f"pgbench: {failed.group()}")
    rate = re.search(r"^tps = ([\d.]+) \(without", text, re.MULTILINE)
    amount = re.search(r"^number of transactions actually processed: (\d+)", text, re.MULTILINE)
    if rate is None or amount is None:
        raise BenchmarkError(f"pgbench: output not understood: {last_line(text)}")
    if not int(amount.group(1)):
        raise BenchmarkError("pgbench: not one request was answered")
    return Work(float(rate.group(1)), int(amount.group(1)))
