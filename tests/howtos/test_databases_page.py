"""What howto/databases.rst says comes true, before a real PostgreSQL and a real MariaDB."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from tests.howtos.following import code, following, steps, until_raised
from tests.reader import Reader
from tests.real.protocols.test_psycopg import connect
from tests.real.protocols.test_pymysql import ask
from tests.real.protocols.test_pymysql import connect as connect_mariadb
from tests.servers.mariadb import MariaDB
from tests.servers.postgresql import PostgreSQL

PAGE = "howto/databases"


def postgresql(reader: Reader) -> "psycopg.Connection[tuple[Any, ...]]":
    return connect(reader.ports["5433"])


def inserted(reader: Reader) -> tuple[int, BaseException]:
    """The first number of which the client does not hear that it was inserted, and what it hears."""
    number = 0

    def insert() -> None:
        nonlocal number
        number += 1
        with postgresql(reader) as connection:
            connection.execute("INSERT INTO kept VALUES (%s)", (number,))

    exc = until_raised(psycopg.Error, insert)
    return number, exc


def selects(reader: Reader) -> None:
    (command,) = steps(PAGE)[0].then
    assert "(1 row)" in reader.run(command.line)
    reader.vaurien.wait_for_log("default #1 ended")


def shops(reader: Reader) -> None:
    (command,) = steps(PAGE)[1].then
    said = reader.run(command.line.replace(" -p ", " --password=tea "))  # there is no terminal to ask at
    assert said.split() == ["1", "1"]
    reader.vaurien.wait_for_log("default #1 ended")


def carried_out(reader: Reader) -> None:
    done = 0

    def commit() -> None:
        nonlocal done
        with psycopg.connect(postgresql_address(reader)) as connection:
            connection.execute("INSERT INTO kept VALUES (1)")
            connection.commit()
            done += 1

    for lost in (1, 2, 3):
        until_raised(psycopg.OperationalError, commit)
        assert rows(reader) == done + lost


def broken(reader: Reader) -> None:
    with postgresql(reader) as connection:
        until_raised(psycopg.OperationalError, lambda: connection.execute("SELECT 1"))


def full(reader: Reader) -> None:
    connections = [postgresql(reader) for _ in range(5)]
    try:
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            connect(reader.ports["5433"], connect_timeout=2)
        reader.vaurien.wait_for_log(r"max_sessions reached \(5\)")
    finally:
        for connection in connections:
            connection.close()


def tried_again(reader: Reader) -> None:
    text = code(PAGE, "python").replace("5433", str(reader.ports["5433"]))
    for _ in range(20):
        exec(text, {"psycopg": psycopg})
    with connect(reader.ports["5432"]) as connection:
        assert connection.execute("SELECT balance FROM accounts WHERE id = 7").fetchone() == (-20,)
    with postgresql(reader) as connection:
        raised = set()
        for _ in range(100):
            try:
                connection.execute("SELECT 1")
            except psycopg.Error as exc:
                raised.add(type(exc))
    assert raised == {psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected}


def deadlocks(reader: Reader) -> None:
    raised = set()
    with closing(connect_mariadb(reader.ports["3307"])) as connection:
        for _ in range(100):
            try:
                ask(connection, "SELECT 1")
            except pymysql.OperationalError as exc:
                raised.add(exc.args[0])
    assert raised == {1213, 1205}


def inserted_and_not_known(reader: Reader) -> None:
    number, exc = inserted(reader)
    assert isinstance(exc, psycopg.errors.SerializationFailure)
    with connect(reader.ports["5432"]) as direct:
        assert direct.execute("SELECT a FROM kept WHERE a = %s", (number,)).fetchall() == [(number,)]


def postgresql_address(reader: Reader) -> str:
    return f"host=127.0.0.1 port={reader.ports['5433']} user=postgres sslmode=disable gssencmode=disable"


def rows(reader: Reader) -> int:
    with connect(reader.ports["5432"]) as direct:
        (found,) = direct.execute("SELECT count(*) FROM kept").fetchall()
    return int(found[0])


MET = [selects, shops, carried_out, broken, full, tried_again, deadlocks, inserted_and_not_known]
OF_MARIADB = [shops, deadlocks]


@pytest.fixture
def ports(postgresql_server: PostgreSQL, mariadb_server: MariaDB) -> dict[str, int]:
    """Both servers, with the tables and the account that the page has."""
    with connect(postgresql_server.port) as connection:
        connection.execute("DROP TABLE IF EXISTS kept, accounts")
        connection.execute("CREATE TABLE kept (a INT)")
        connection.execute("CREATE TABLE accounts (id INT, balance INT)")
        connection.execute("INSERT INTO accounts VALUES (7, 0)")
    with closing(connect_mariadb(mariadb_server.port)) as connection:
        ask(connection, "CREATE USER IF NOT EXISTS shop@'%' IDENTIFIED BY 'tea'")
    return {"5432": postgresql_server.port, "3306": mariadb_server.port}


def test_each_vaurien_of_the_page_is_tried() -> None:
    lines = [step.line for step in steps(PAGE)]
    assert [3307 if met in OF_MARIADB else 5433 for met in MET] == [3307 if "3307" in line else 5433 for line in lines]


@pytest.mark.parametrize("number", range(len(MET)), ids=lambda number: MET[number].__name__)
def test_it_does_what_the_page_says(number: int, ports: dict[str, int], tmp_path: Path) -> None:
    fresh = "3307" if MET[number] in OF_MARIADB else "5433"
    with following(PAGE, number, tmp_path, ports, fresh) as reader:
        MET[number](reader)
