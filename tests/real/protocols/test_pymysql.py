"""PyMySQL, through the protocol, before MariaDB."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymysql
import pytest
from pymysql.constants import CLIENT

from tests.real.protocols.through import CALLS, ERRORS, WAYS, before, share
from tests.servers.mariadb import MariaDB


def connect(port: int, **more: Any) -> "pymysql.Connection[Any]":
    login = {"host": "127.0.0.1", "port": port, "user": MariaDB.user, "password": MariaDB.password}
    several = {"local_infile": True, "client_flag": CLIENT.MULTI_STATEMENTS, "read_timeout": 20, "autocommit": True}
    return pymysql.connect(**login, **several, database="test", **more)


def ask(connection: "pymysql.Connection[Any]", statement: str, *values: Any) -> Any:
    """All results of a statement, or of several."""
    with connection.cursor() as cursor:
        count = cursor.execute(statement, values or None)
        results = [(count, cursor.fetchall(), cursor.lastrowid)]
        while cursor.nextset():
            results.append((cursor.rowcount, cursor.fetchall(), cursor.lastrowid))
    return results


def work(port: int, file: Path) -> list[Any]:
    """What the server has said to statements of many kinds."""
    said: list[Any] = []
    with connect(port) as connection:
        ask(connection, "CREATE OR REPLACE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT, b LONGTEXT)")
        for number in range(CALLS // 2):
            said += ask(connection, "INSERT INTO t (b) VALUES (%s)", "é" * number)
            said += ask(connection, "SELECT a, b, NULL, a / 3 FROM t WHERE a = %s", number)
        said += ask(connection, "SELECT 1; SELECT 2 UNION SELECT 3; DO 1; UPDATE t SET b = 'x' WHERE a < 5; SELECT 4")
        said += ask(connection, f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE t (b)")
        said += ask(connection, "SELECT * FROM t")
        said += ask(connection, "SELECT REPEAT('x', 3000000), 1 UNION ALL SELECT REPEAT('y', 100), 2")
        said += ask(connection, "SELECT REPEAT('z', 17000000)")  # more than a packet has room for
        said += ask(connection, "SELECT LENGTH(%s)", "w" * 17_000_000)
        for wrong in ("SELEC", "INSERT INTO t VALUES (1, '')", "SELECT * FROM missing"):
            with pytest.raises(pymysql.MySQLError) as raised:
                ask(connection, wrong)
            said.append(raised.value.args)
        connection.ping(reconnect=False)
        connection.select_db("test")
        said += [procedure(connection), streamed(connection), rolled_back(connection)]
    return said


def procedure(connection: "pymysql.Connection[Any]") -> Any:
    ask(connection, "CREATE OR REPLACE PROCEDURE several(n INT) BEGIN SELECT n; SELECT n + 1, 'x' FROM t LIMIT 3; END")
    return ask(connection, "CALL several(7)")


def streamed(connection: "pymysql.Connection[Any]") -> Any:
    """Rows that the client reads one by one."""
    with connection.cursor(pymysql.cursors.SSCursor) as cursor:
        cursor.execute("SELECT a, LENGTH(b) FROM t ORDER BY a")
        return list(cursor)


def rolled_back(connection: "pymysql.Connection[Any]") -> Any:
    connection.begin()
    said = ask(connection, "DELETE FROM t")
    connection.rollback()
    return said, ask(connection, "SELECT COUNT(*), SUM(a) FROM t")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lines for LOAD DATA: more than one packet of the driver."""
    path = tmp_path_factory.mktemp("pymysql") / "lines"
    path.write_text("".join(f"line {number} {'x' * (number % 90)}\n" for number in range(20_000)))
    return path


@pytest.mark.parametrize("way", WAYS)
def test_statements_answer_as_directly(
    mariadb_server: MariaDB, directly: Callable[..., Any], way: str, file: Path
) -> None:
    direct = directly(work, mariadb_server.port, file)
    with before(mariadb_server.distant, "mysql", *WAYS[way]) as vaurien:
        assert work(vaurien.port, file) == direct


RAISED = {
    "1213": pymysql.err.OperationalError,
    "1205": pymysql.err.OperationalError,
    "1290": pymysql.err.OperationalError,
    "1317": pymysql.err.OperationalError,
    "1021": pymysql.err.OperationalError,
    "1836": pymysql.err.OperationalError,
}


def failing(server: MariaDB, errors: str) -> Any:
    """Vaurien, at which a fifth of the requests fail, but for the login and the first statements."""
    options = ["--handlers.error.errors", errors, "--handlers.error.warmup", "10"]
    return before(server.distant, "mysql", *ERRORS, *options)


@pytest.mark.parametrize("error", RAISED)
def test_errors_are_those_of_the_driver(mariadb_server: MariaDB, error: str) -> None:
    with connect(mariadb_server.port) as direct:
        ask(direct, "CREATE OR REPLACE TABLE kept (a INT)")
    failed, first = 0, 0
    with failing(mariadb_server, error) as vaurien, connect(vaurien.port) as connection:
        for _ in range(4):
            [(_, ((first,),), _)] = ask(connection, "SELECT CONNECTION_ID()")
        for number in range(CALLS):
            try:
                ask(connection, "INSERT INTO kept VALUES (%s)", number)
            except RAISED[error] as exc:
                assert exc.args[0] == int(error)
                failed += 1
        assert connection.thread_id() == first
    share(failed, CALLS)
    with connect(mariadb_server.port) as direct:
        assert ask(direct, "SELECT COUNT(*) FROM kept")[0][1] == ((CALLS - failed,),)


def test_a_deadlock_rolls_the_transaction_back(mariadb_server: MariaDB) -> None:
    with connect(mariadb_server.port) as direct:
        ask(direct, "CREATE OR REPLACE TABLE pairs (a INT)")
    done = []
    with failing(mariadb_server, "1213") as vaurien, connect(vaurien.port) as connection:
        for _ in range(4):
            connection.ping(reconnect=False)
        for number in range(CALLS // 2):
            try:
                connection.begin()
                ask(connection, "INSERT INTO pairs VALUES (%s)", number)
                ask(connection, "INSERT INTO pairs VALUES (%s)", number)
                connection.commit()
                done.append(number)
            except pymysql.err.OperationalError as exc:
                assert exc.args[0] == 1213
    assert 0 < len(done) < CALLS // 2
    with connect(mariadb_server.port) as direct:
        rows = ask(direct, "SELECT a FROM pairs ORDER BY a")[0][1]
    assert rows == tuple((number,) for number in done for _ in range(2))
