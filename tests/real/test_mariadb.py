"""MariaDB's own clients, directly and through Vaurien."""

import hashlib
import random
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.program import Program
from tests.real.through import SHORT_SLEEP, SLEEP, through_delay, through_dummy
from tests.servers.command import clean_environment, find_program, run, run_bytes
from tests.servers.mariadb import MariaDB

STATEMENTS = (Path(__file__).parent / "workloads" / "mariadb.sql").read_bytes()


@pytest.fixture(scope="module")
def dummy(mariadb_server: MariaDB) -> Iterator[Program]:
    with through_dummy(mariadb_server) as vaurien:
        yield vaurien


@pytest.fixture(scope="module")
def delay(mariadb_server: MariaDB) -> Iterator[Program]:
    with through_delay(mariadb_server) as vaurien:
        yield vaurien


@pytest.fixture
def database(mariadb_server: MariaDB, request: pytest.FixtureRequest) -> str:
    """The name of a new, empty database."""
    name = re.sub(r"\W", "_", request.node.name)[:60].lower()
    run(mariadb(mariadb_server.port, "test", "-e", f"CREATE DATABASE {name}"))
    return name


def client(program: str, port: int, *arguments: str | Path) -> list[str | Path]:
    login = ["--host=127.0.0.1", f"--port={port}", f"--user={MariaDB.user}", f"--password={MariaDB.password}"]
    return [find_program(program, "mariadb-client"), "--no-defaults", *login, *arguments]


def mariadb(port: int, database: str, *arguments: str | Path) -> list[str | Path]:
    """The command line client, without the user's settings, that prints tabulated rows only."""
    quiet = ["--batch", "--skip-column-names", "--max-allowed-packet=64M", "--default-character-set=utf8mb4"]
    return client("mariadb", port, *quiet, f"--database={database}", *arguments)


def workload(port: int, database: str, *arguments: str) -> bytes:
    """All that the client prints, faults and warnings too, in order, about the statements of the workload."""
    said = ["--force", "--column-names", "--show-warnings", "--unbuffered", *arguments]
    done = subprocess.run(
        mariadb(port, database, *said),
        input=STATEMENTS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=40,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


def rows(count: int) -> bytes:
    """Lines for LOAD DATA, the same in every run."""
    chance = random.Random(8)
    lines = []
    for number in range(count):
        words, code = "é word " * chance.randrange(9), chance.randbytes(20).hex()
        lines.append(f"{number}\t{chance.randrange(10**15)}\t{words}\t{code}\n")
    return "".join(lines).encode()


def test_statements_of_every_kind_answer_as_directly(mariadb_server: MariaDB, dummy: Program, database: str) -> None:
    direct = workload(mariadb_server.port, database)
    assert workload(dummy.port, database) == direct
    assert direct.count(b"ERROR ") == 8
    assert direct.count(b"on purpose") == 2
    assert len(direct) > 25_000_000


def test_the_compressed_protocol_answers_as_directly(mariadb_server: MariaDB, dummy: Program, database: str) -> None:
    direct = workload(mariadb_server.port, database, "--compress")
    assert workload(dummy.port, database, "--compress") == direct
    in_use = "SHOW STATUS LIKE 'Compression'"
    assert run(mariadb(dummy.port, database, "--compress", "-e", in_use)) == "Compression\tON\n"


def test_a_file_is_loaded_and_comes_back(
    mariadb_server: MariaDB, dummy: Program, database: str, tmp_path: Path
) -> None:
    table = "CREATE TABLE data (n INT PRIMARY KEY, x BIGINT, words TEXT, code TEXT)"
    run(mariadb(mariadb_server.port, database, "-e", table))
    source = tmp_path / "source.txt"
    source.write_bytes(rows(60_000))
    assert source.stat().st_size > 5_000_000
    load = f"LOAD DATA LOCAL INFILE '{source}' INTO TABLE data CHARACTER SET utf8mb4"
    run(mariadb(dummy.port, database, "--local-infile=1", "-e", load))
    for port in (mariadb_server.port, dummy.port):
        back = run_bytes(mariadb(port, database, "--quick", "-e", "SELECT * FROM data ORDER BY n"))
        assert hashlib.sha256(back).hexdigest() == hashlib.sha256(source.read_bytes()).hexdigest()


def test_a_large_value_in_both_directions(dummy: Program, mariadb_server: MariaDB, database: str) -> None:
    """Larger than the 16 MB that fit into one packet of the protocol."""
    value = random.Random(9).randbytes(10_000_000).hex()
    script = f"CREATE TABLE data (content LONGTEXT);\nINSERT INTO data VALUES ('{value}');\nSELECT content FROM data;\n"
    assert run(mariadb(dummy.port, database), input=script.encode()) == value + "\n"
    checksum = run(mariadb(mariadb_server.port, database, "-e", "SELECT SHA1(content) FROM data"))
    assert checksum == hashlib.sha1(value.encode()).hexdigest() + "\n"


def test_a_dump_equals_the_direct_one_and_restores(mariadb_server: MariaDB, dummy: Program, database: str) -> None:
    workload(mariadb_server.port, database)
    direct = dump(mariadb_server.port, database)
    assert dump(dummy.port, database) == direct
    run(mariadb(dummy.port, "test", "-e", "CREATE DATABASE restored"))
    run(mariadb(dummy.port, "restored"), input=direct)
    assert dump(mariadb_server.port, "restored") == direct


def dump(port: int, database: str) -> bytes:
    """Tables, rows and routines, without the names and times that comments hold."""
    options = ["--skip-comments", "--routines", "--hex-blob", "--max-allowed-packet=64M"]
    return run_bytes(client("mariadb-dump", port, *options, database))


def test_slap_runs_without_a_fault(mariadb_server: MariaDB, dummy: Program) -> None:
    database = "slapped"
    load = ["--concurrency=8", "--number-of-queries=2000", "--auto-generate-sql", "--auto-generate-sql-load-type=mixed"]
    keep = ["--no-drop", f"--create-schema={database}", "--auto-generate-sql-write-number=100", "--csv"]
    said = run(client("mariadb-slap", dummy.port, *load, *keep))
    assert re.fullmatch(r",mixed,([0-9.]+,){3}8,250\n", said)
    assert run(mariadb(mariadb_server.port, database, "-e", "SELECT COUNT(*) > 100 FROM t1")) == "1\n"


def test_clients_at_the_same_time(dummy: Program, database: str) -> None:
    def count(number: int) -> str:
        query = f"SELECT {number}, SUM(seq), MD5(GROUP_CONCAT(seq)) FROM test.seq_1_to_20000"
        return run(mariadb(dummy.port, database, "-e", "SET group_concat_max_len = 1000000;" + query))

    with ThreadPoolExecutor(8) as pool:
        answers = [answer.split() for answer in pool.map(count, range(16))]
    assert [int(number) for number, _, _ in answers] == list(range(16))
    assert {total for _, total, _ in answers} == {"200010000"}
    expected = hashlib.md5(",".join(str(n) for n in range(1, 20_001)).encode()).hexdigest()
    assert {checksum for _, _, checksum in answers} == {expected}


def test_a_killed_query_leaves_a_usable_connection(mariadb_server: MariaDB, dummy: Program, database: str) -> None:
    script = b"SELECT SLEEP(600);\nSELECT 'still here';\n"
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run, mariadb(dummy.port, database, "--force"), input=script)
        run(mariadb(dummy.port, database, "-e", f"KILL QUERY {sleeping_connection(mariadb_server.port)}"))
        assert waiting.result(20) == "still here\n"


def sleeping_connection(port: int) -> str:
    """The server's number of the connection that runs SLEEP."""
    asked = "SELECT id FROM information_schema.processlist WHERE state = 'User sleep'"
    end = time.monotonic() + 20
    while time.monotonic() < end:
        number = run(mariadb(port, "test", "-e", asked)).strip()
        if number:
            return number
    raise AssertionError("nobody sleeps")


def test_every_statement_is_delayed(delay: Program, database: str) -> None:
    script = b"".join(b"SELECT %d;\n" % n for n in range(10))
    said = run(mariadb(delay.port, database, "-vvv"), input=script)
    times = [float(seconds) for seconds in re.findall(r"^1 row in set \(([0-9.]+) sec\)", said, re.MULTILINE)]
    assert len(times) == 10
    assert all(SLEEP <= seconds < 5 for seconds in times)
    assert re.findall(r"^\| (\d) \|$", said, re.MULTILINE) == [str(n) for n in range(10)]


def test_statements_through_delay_answer_as_directly(mariadb_server: MariaDB, database: str) -> None:
    direct = workload(mariadb_server.port, database)
    with through_delay(mariadb_server, SHORT_SLEEP) as vaurien:
        began = time.monotonic()
        proxied = workload(vaurien.port, database)
        spent = time.monotonic() - began
    assert proxied == direct
    # At least: a statement whose last line is indented is not counted, and nor is what stands inside the procedure.
    statements = len(re.findall(rb"^(?!DELIMITER|--| ).*(;|//)$", STATEMENTS, re.MULTILINE))
    assert statements * SHORT_SLEEP <= spent < statements * SHORT_SLEEP + 20
