"""psycopg and pgbench, through the protocol."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from tests.program import Program
from tests.real.protocols.through import CALLS, ERRORS, WAYS, before, share
from tests.servers.command import find_program, run
from tests.servers.postgresql import PostgreSQL


def connect(port: int, **more: Any) -> "psycopg.Connection[tuple[Any, ...]]":
    address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres sslmode=disable gssencmode=disable"
    return psycopg.connect(address, autocommit=True, **more)


@pytest.fixture
def kept(postgresql_server: PostgreSQL) -> PostgreSQL:
    """The server with an empty table `kept`."""
    with connect(postgresql_server.port) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("CREATE TABLE kept (a INT, b TEXT)")
    return postgresql_server


def rows(server: PostgreSQL) -> list[tuple[Any, ...]]:
    with connect(server.port) as connection:
        return connection.execute("SELECT a FROM kept ORDER BY a").fetchall()


def work(port: int) -> list[Any]:
    """What the server has said to statements of many kinds."""
    said: list[Any] = []
    with connect(port) as connection:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute("CREATE TABLE t (a INT PRIMARY KEY, b TEXT)")
        said += one_by_one(connection) + piped(connection) + copied(connection)
        for wrong in ("SELEC", "INSERT INTO t VALUES (0)", "SELECT 1/0"):
            with pytest.raises(psycopg.Error) as raised:
                connection.execute(wrong)  # type: ignore[call-overload]
            said.append(str(raised.value))
        with connection.transaction(force_rollback=True):
            said.append(connection.execute("DELETE FROM t").rowcount)
        with connection.transaction(), connection.cursor("named") as cursor:
            cursor.itersize = 100
            said += list(cursor.execute("SELECT * FROM t ORDER BY a"))
        said.append(connection.execute("SELECT repeat('x', 3000000)").fetchone())
        said.append(cancelled(connection))
        said.append(connection.execute("SELECT count(*), sum(a), sum(length(b)) FROM t").fetchall())
    return said


def one_by_one(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[Any]:
    """The simple protocol, the extended one, and prepared statements."""
    said: list[Any] = []
    simple = psycopg.ClientCursor(connection)
    for number in range(CALLS // 4):
        simple.execute("INSERT INTO t VALUES (%s, %s) RETURNING b", (number, "x" * number))
        said.append(simple.fetchall())
        for prepare in (False, True):
            said += connection.execute("SELECT %s::int + 1, %s", (number, "y"), prepare=prepare).fetchall()
    simple.execute("SELECT 1; SELECT 2 UNION SELECT 3 ORDER BY 1; DELETE FROM t WHERE a < 0")
    said.append(simple.fetchall())
    while simple.nextset():
        said.append(simple.fetchall() if simple.description else simple.rowcount)
    connection.cursor().executemany("UPDATE t SET b = %s WHERE a = %s", [("many", number) for number in range(50)])
    return said


def piped(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[Any]:
    """Pipeline mode, with a statement that fails in the midst of one."""
    said: list[Any] = []
    with connection.pipeline() as pipeline:
        cursors = [connection.execute("SELECT %s::int", (number,)) for number in range(CALLS // 2)]
        pipeline.sync()
        said += [cursor.fetchone() for cursor in cursors]
    with pytest.raises(psycopg.errors.DivisionByZero), connection.pipeline():
        connection.cursor().executemany("SELECT 1 / %s", [(1,), (0,), (2,)])
    return said


def copied(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[Any]:
    """COPY in both directions, and one that is given up."""
    cursor = connection.cursor()
    with cursor.copy("COPY t FROM STDIN") as copy:
        for number in range(10_000, 20_000):
            copy.write_row((number, "copied" * (number % 20)))
    with pytest.raises(psycopg.errors.BadCopyFileFormat), cursor.copy("COPY t FROM STDIN") as copy:
        copy.write("1\tb\tc\n")
    with suppress(ZeroDivisionError), cursor.copy("COPY t FROM STDIN") as copy:
        copy.write_row((1 / 0, ""))  # the driver says CopyFail
    with cursor.copy("COPY (SELECT * FROM t ORDER BY a) TO STDOUT (FORMAT binary)") as copy:
        return [b"".join(copy)]


def cancelled(connection: "psycopg.Connection[tuple[Any, ...]]") -> Any:
    """What a statement says that is cancelled while it runs."""
    cancel = threading.Timer(0.2, connection.cancel_safe)
    cancel.start()
    with pytest.raises(psycopg.errors.QueryCanceled) as raised:
        connection.execute("SELECT pg_sleep(20)")
    cancel.join()
    return str(raised.value)


def notified(port: int) -> list[str]:
    """What a client hears that others say."""
    with connect(port) as listener, connect(port) as speaker:
        listener.execute("LISTEN news")
        for number in range(CALLS // 10):
            speaker.execute("SELECT pg_notify('news', %s)", (str(number),))
        return [heard.payload for heard in listener.notifies(timeout=20, stop_after=CALLS // 10)]


@pytest.fixture(scope="module")
def vaurien(postgresql_server: PostgreSQL, way: str) -> Iterator[Program]:
    """Before the server, in one way after the other."""
    with before(postgresql_server.distant, "postgresql", *WAYS[way]) as running:
        yield running


def test_statements_answer_as_directly(
    postgresql_server: PostgreSQL, directly: Callable[..., Any], vaurien: Program
) -> None:
    direct = directly(work, postgresql_server.port), directly(notified, postgresql_server.port)
    assert (work(vaurien.port), notified(vaurien.port)) == direct


@pytest.fixture(scope="module")
def pgbench(postgresql_server: PostgreSQL) -> list[str]:
    """The program, whose tables are in the server."""
    program = [find_program("pgbench", "postgresql"), "-h", "127.0.0.1", "-U", "postgres"]
    run([*program, "-p", str(postgresql_server.port), "-i", "-q", "postgres"])
    return program


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_pgbench(pgbench: list[str], vaurien: Program, mode: str) -> None:
    transactions = max(1, CALLS // 7 // 4)  # seven statements each, four clients
    load = ["-c", "4", "-j", "2", "-t", str(transactions), "-n", "-M", mode, "postgres"]
    said = run([*pgbench, "-p", str(vaurien.port), *load], deadline=200)
    assert f"actually processed: {4 * transactions}/{4 * transactions}" in said
    assert "number of failed transactions: 0 " in said


RAISED = {
    "40001": psycopg.errors.SerializationFailure,
    "40P01": psycopg.errors.DeadlockDetected,
    "57014": psycopg.errors.QueryCanceled,
    "55P03": psycopg.errors.LockNotAvailable,
    "25006": psycopg.errors.ReadOnlySqlTransaction,
    "53100": psycopg.errors.DiskFull,
}


@pytest.fixture(scope="module", params=RAISED)
def state(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def refusing(postgresql_server: PostgreSQL, state: str) -> Iterator[Program]:
    """Vaurien, at which requests fail with one state after the other."""
    with failing(postgresql_server, state) as running:
        yield running


@pytest.mark.parametrize("prepare", [False, True], ids=["extended", "prepared"])
def test_errors_are_those_of_the_driver(kept: PostgreSQL, refusing: Program, state: str, prepare: bool) -> None:
    with connect(refusing.port) as connection:
        first, failed = connection.info.backend_pid, 0
        for _ in range(4):
            connection.execute("SELECT 1")
        for number in range(CALLS):
            try:
                connection.execute("INSERT INTO kept VALUES (%s)", (number,), prepare=prepare)
            except RAISED[state]:
                failed += 1
        assert connection.info.backend_pid == first
    share(failed, CALLS)
    assert len(rows(kept)) == CALLS - failed


def failing(server: PostgreSQL, states: str) -> Any:
    """Vaurien, at which a fifth of the requests fail, but for the login and the first four statements."""
    options = ["--handlers.error.sqlstates", states, "--handlers.error.warmup", "5"]
    return before(server.distant, "postgresql", *ERRORS, *options)


def test_transactions_are_kept_whole_or_not_at_all(kept: PostgreSQL) -> None:
    done = []
    with failing(kept, "40001") as vaurien, connect(vaurien.port) as connection:
        for _ in range(4):
            connection.execute("SELECT 1")
        for number in range(CALLS // 2):
            try:
                with connection.transaction():
                    connection.execute("INSERT INTO kept VALUES (%s)", (number,))
                    connection.execute("INSERT INTO kept VALUES (%s)", (number,))
                done.append(number)
            except psycopg.errors.SerializationFailure:
                while connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    rolled_back(connection)
    assert 0 < len(done) < CALLS // 2
    assert rows(kept) == [(number,) for number in done for _ in range(2)]


def rolled_back(connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """Tries to roll back: that can be refused, too."""
    try:
        connection.rollback()
    except psycopg.errors.SerializationFailure:
        pass


def test_a_fatal_error_ends_the_connection(kept: PostgreSQL) -> None:
    worked = 0
    with failing(kept, "57P01") as vaurien:
        for _ in range(CALLS // 20):
            with connect(vaurien.port) as connection:
                while not connection.closed:
                    with suppress(psycopg.errors.AdminShutdown):
                        connection.execute("SELECT 1")
                        worked += 1
    assert worked >= 4 * (CALLS // 20)
