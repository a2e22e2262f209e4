"""PostgreSQL's own clients, directly and through Vaurien."""

import csv
import hashlib
import io
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.program import Program
from tests.real.through import SHORT_SLEEP, SLEEP, through_delay, through_dummy
from tests.servers.command import clean_environment, find_program, run, run_bytes
from tests.servers.postgresql import PostgreSQL

STATEMENTS = (Path(__file__).parent / "workloads" / "postgresql.sql").read_bytes()


@pytest.fixture(scope="module")
def dummy(postgresql_server: PostgreSQL) -> Iterator[Program]:
    with through_dummy(postgresql_server) as vaurien:
        yield vaurien


@pytest.fixture(scope="module")
def delay(postgresql_server: PostgreSQL) -> Iterator[Program]:
    with through_delay(postgresql_server) as vaurien:
        yield vaurien


@pytest.fixture
def database(postgresql_server: PostgreSQL, request: pytest.FixtureRequest) -> str:
    """The name of a new, empty database."""
    name = re.sub(r"\W", "_", request.node.name)[:60].lower()
    run(psql(postgresql_server.port, "postgres", "-c", f"CREATE DATABASE {name}"))
    return name


def client(program: str, port: int, *arguments: str | Path) -> list[str | Path]:
    login = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
    return [find_program(program, "postgresql-client"), *login, *arguments]


def psql(port: int, database: str, *arguments: str | Path) -> list[str | Path]:
    """psql without the user's settings, which stops at the first fault unless told otherwise."""
    return client("psql", port, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments)


def workload(port: int, database: str) -> bytes:
    """All that psql prints, faults and notices too, in order, about the statements of the workload."""
    command = psql(port, database, "-v", "ON_ERROR_STOP=0", "-a", "-f", "-")
    done = subprocess.run(
        command, input=STATEMENTS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=40, env=clean_environment()
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def rows(count: int) -> bytes:
    """CSV that needs quoting, the same in every run."""
    chance = random.Random(6)
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    for number in range(count):
        words, code = 'a "quoted, text\nwith é' * chance.randrange(5), chance.randbytes(20).hex()
        write.writerow([number, chance.random(), words, code])
    return text.getvalue().encode()


def test_statements_of_every_kind_answer_as_directly(
    postgresql_server: PostgreSQL, dummy: Program, database: str
) -> None:
    direct = workload(postgresql_server.port, database)
    assert workload(dummy.port, database) == direct
    assert direct.count(b"ERROR:  ") == 9
    assert direct.count(b"NOTICE:  00000: grumble") == 100
    assert len(direct) > 6_000_000


def test_copy_in_both_directions(postgresql_server: PostgreSQL, dummy: Program, database: str, tmp_path: Path) -> None:
    table = "CREATE TABLE data (n int PRIMARY KEY, x float8, words text, code text)"
    run(psql(postgresql_server.port, database, "-c", table))
    source = tmp_path / "source.csv"
    source.write_bytes(rows(60_000))
    assert source.stat().st_size > 5_000_000
    run(psql(dummy.port, database, "-c", rf"\copy data FROM '{source}' CSV"))
    for name, port in (("direct.csv", postgresql_server.port), ("proxied.csv", dummy.port)):
        run(psql(port, database, "-c", rf"\copy (SELECT * FROM data ORDER BY n) TO '{tmp_path / name}' CSV"))
        assert sha256((tmp_path / name).read_bytes()) == sha256(source.read_bytes())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_copy_with_a_fault_in_its_middle_leaves_a_usable_connection(dummy: Program, database: str) -> None:
    lines = b"".join(b"%d\n" % n for n in range(50_000)) + b"not a number\n" + b"1\n" * 50_000 + b"\\.\n"
    script = b"CREATE TABLE data (n int);\n\\copy data FROM STDIN\n" + lines + b"SELECT 'count', count(*) FROM data;\n"
    said = run(psql(dummy.port, database, "-v", "ON_ERROR_STOP=0", "-At", "-f", "-"), input=script)
    assert said == "count|0\n"


def test_large_objects_in_both_directions(dummy: Program, database: str, tmp_path: Path) -> None:
    content = random.Random(7).randbytes(4_000_000)
    (tmp_path / "in").write_bytes(content)
    script = rf"\lo_import '{tmp_path / 'in'}'" + "\n" + rf"\lo_export :LASTOID '{tmp_path / 'out'}'" + "\n"
    run(psql(dummy.port, database, "-f", "-"), input=script.encode())
    assert sha256((tmp_path / "out").read_bytes()) == sha256(content)


def test_a_dump_equals_the_direct_one_and_restores(
    postgresql_server: PostgreSQL, dummy: Program, database: str
) -> None:
    workload(postgresql_server.port, database)
    direct = dump(postgresql_server.port, database)
    assert dump(dummy.port, database) == direct
    run(psql(dummy.port, "postgres", "-c", "CREATE DATABASE restored"))
    run(psql(dummy.port, "restored", "-f", "-"), input=direct)
    assert dump(postgresql_server.port, "restored") == direct


def dump(port: int, database: str) -> bytes:
    """What pg_dump says, without the random word that newer versions put at its begin and end."""
    return re.sub(rb"(?m)^\\(un)?restrict .*\n", b"", run_bytes(client("pg_dump", port, database)))


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_pgbench_has_no_failed_transaction(
    postgresql_server: PostgreSQL, dummy: Program, database: str, mode: str
) -> None:
    run(client("pgbench", dummy.port, "-i", "-q", database))
    said = run(client("pgbench", dummy.port, "-c", "4", "-j", "2", "-t", "100", "-M", mode, database))
    assert "number of transactions actually processed: 400/400" in said
    assert "number of failed transactions: 0 " in said
    # Each transaction moves one amount in three tables and writes one line of history.
    changed = {"accounts": "abalance", "tellers": "tbalance", "branches": "bbalance", "history": "delta"}
    sums = " UNION ALL ".join(f"SELECT sum({column}) FROM pgbench_{table}" for table, column in changed.items())
    found = run(psql(postgresql_server.port, database, "-At", "-c", sums)).split()
    assert len(found) == 4 and len(set(found)) == 1
    assert run(psql(postgresql_server.port, database, "-At", "-c", "SELECT count(*) FROM pgbench_history")) == "400\n"


def test_clients_at_the_same_time(dummy: Program, database: str) -> None:
    def count(number: int) -> str:
        query = f"SELECT {number}, sum(n), md5(string_agg(n::text, ',')) FROM generate_series(1, 20000) AS n"
        return run(psql(dummy.port, database, "-At", "-c", query))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(count, range(16)))
    assert [answer.split("|")[0] for answer in answers] == [str(n) for n in range(16)]
    assert len({answer.split("|", 1)[1] for answer in answers}) == 1
    assert answers[0].startswith("0|200010000|")


def test_a_cancel_request_reaches_the_server(postgresql_server: PostgreSQL, dummy: Program, database: str) -> None:
    """psql sends it on a connection of its own, which closes without an answer."""
    command = psql(dummy.port, database, "-c", "SELECT pg_sleep(600)")
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=clean_environment()) as sleeper:
        try:
            wait_until_asleep(postgresql_server.port, database)
            sleeper.send_signal(signal.SIGINT)
            _, stderr = sleeper.communicate(timeout=20)
        finally:
            sleeper.kill()
    assert b"canceling statement due to user request" in stderr


def wait_until_asleep(port: int, database: str) -> None:
    asked = f"SELECT wait_event FROM pg_stat_activity WHERE datname = '{database}' AND wait_event = 'PgSleep'"
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if run(psql(port, "postgres", "-At", "-c", asked)) == "PgSleep\n":
            return
    raise AssertionError("pg_sleep does not run")


def test_every_statement_is_delayed(delay: Program, database: str) -> None:
    script = b"\\timing on\n" + b"".join(b"SELECT %d;\n" % n for n in range(10))
    said = run(psql(delay.port, database, "-At", "-f", "-"), input=script)
    times = [float(ms) for ms in re.findall(r"^Time: ([0-9.]+) ms", said, re.MULTILINE)]
    assert len(times) == 10
    assert all(SLEEP * 1000 <= ms < 5000 for ms in times)
    assert re.findall(r"^(\d)$", said, re.MULTILINE) == [str(n) for n in range(10)]


def test_statements_through_delay_answer_as_directly(postgresql_server: PostgreSQL, database: str) -> None:
    direct = workload(postgresql_server.port, database)
    with through_delay(postgresql_server, SHORT_SLEEP) as vaurien:
        began = time.monotonic()
        proxied = workload(vaurien.port, database)
        spent = time.monotonic() - began
    assert proxied == direct
    statements = len(re.findall(rb";[ \t]*$", STATEMENTS, re.MULTILINE)) - 3  # those inside of the function
    assert statements * SHORT_SLEEP <= spent < statements * SHORT_SLEEP + 20


def test_pgbench_sees_the_delay_of_each_statement(delay: Program, postgresql_server: PostgreSQL, database: str) -> None:
    run(client("pgbench", postgresql_server.port, "-i", "-q", database))
    said = run(client("pgbench", delay.port, "-c", "4", "-j", "2", "-t", "2", "-n", "-M", "prepared", database))
    assert "number of failed transactions: 0 " in said
    latency = re.search(r"^latency average = ([0-9.]+) ms", said, re.MULTILINE)
    assert latency is not None
    assert 7 * SLEEP * 1000 <= float(latency[1]) < 10_000  # seven statements a transaction
