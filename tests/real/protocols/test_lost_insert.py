"""lost_response on an INSERT: the row is there, and the client saw an error."""

from typing import Any

import psycopg
import pymysql
import pytest

from tests.real.protocols import test_psycopg, test_pymysql
from tests.real.protocols.through import before
from tests.servers.mariadb import MariaDB
from tests.servers.postgresql import PostgreSQL

HOOK = "tests.real.protocols.passing.Picking"
INSERTS = ["--hook", HOOK, "--hooks.picking.command", "INSERT", "--hooks.picking.handler", "lost_response"]
# How the client is treated, and what the driver then raises.
POSTGRESQL: dict[str, type[Exception]] = {
    "close": psycopg.OperationalError,
    "reset": psycopg.OperationalError,
    "error": psycopg.errors.SerializationFailure,
}
MYSQL = {"close": (2013,), "reset": (2013,), "error": (1213,)}


def losing(how: str) -> list[str]:
    return [*INSERTS, "--behavior", "100:dummy", "--handlers.lost_response.how", how]


@pytest.mark.parametrize("prepare", [False, True], ids=["extended", "prepared"])
@pytest.mark.parametrize("how", POSTGRESQL)
def test_postgresql(postgresql_server: PostgreSQL, how: str, prepare: bool) -> None:
    with test_psycopg.connect(postgresql_server.port) as direct:
        direct.execute("CREATE TABLE IF NOT EXISTS lost (a INT)")
        direct.execute("TRUNCATE lost")
        options = [*losing(how), "--handlers.lost_response.sqlstates", "40001"]
        with before(postgresql_server.distant, "postgresql", *options) as vaurien:
            connection = test_psycopg.connect(vaurien.port)
            with pytest.raises(POSTGRESQL[how]):
                connection.execute("INSERT INTO lost VALUES (%s)", (7,), prepare=prepare)
            assert direct.execute("SELECT a FROM lost").fetchall() == [(7,)]
            assert connection.broken == (how != "error")
            if not connection.broken:
                assert connection.execute("SELECT 5").fetchone() == (5,)
            connection.close()


@pytest.mark.parametrize("how", MYSQL)
def test_mariadb(mariadb_server: MariaDB, how: str) -> None:
    with test_pymysql.connect(mariadb_server.port) as direct:
        ask: Any = test_pymysql.ask
        ask(direct, "CREATE OR REPLACE TABLE lost (a INT)")
        with before(mariadb_server.distant, "mysql", *losing(how)) as vaurien:
            connection = test_pymysql.connect(vaurien.port)
            with pytest.raises(pymysql.err.OperationalError) as raised:
                ask(connection, "INSERT INTO lost VALUES (%s)", 7)
            assert raised.value.args[0] in MYSQL[how]
            assert ask(direct, "SELECT a FROM lost")[0][1] == ((7,),)
            assert connection.open == (how == "error")
            if connection.open:
                assert ask(connection, "SELECT 5")[0][1] == ((5,),)
                connection.close()
