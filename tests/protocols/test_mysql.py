"""MySQL: what its sessions are cut into, however the bytes come, and what its errors are to a client."""

from __future__ import annotations

import random
import struct
import subprocess
from pathlib import Path

import pymysql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.cutting import Step, bytewise, client, in_pieces, survives, talked
from tests.protocols.mysql_sessions import BASE, COLUMN, LOGGED, OPENED, ROW, SESSIONS, command, greeting, login, ok
from tests.protocols.relay import plain, relay
from tests.servers.command import clean_environment, find_program
from tests.servers.mariadb import MariaDB
from vaurien.protocols.base import Message
from vaurien.protocols.mysql import MySQL
from vaurien.protocols.mysql.errors import FAILURES
from vaurien.protocols.mysql.packets import LARGEST, packet

BOUND = 4096 + 64


def shown(steps: list[Step]) -> list[str]:
    signs = {True: ">", False: "<"}
    cuts = talked(MySQL().conversation(), steps)
    assert all(cut.ended for cut in cuts)
    return [f"{'=' if not (cut.to_backend or cut.to) else signs[cut.to_backend]} {cut.name}" for cut in cuts]


@pytest.mark.parametrize("session", SESSIONS)
def test_a_session_is_cut_into_its_messages(session: str) -> None:
    steps, names = SESSIONS[session]
    assert shown(steps) == names
    assert shown(bytewise(steps)) == names


@given(st.sampled_from(sorted(SESSIONS)), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_it_does_not_matter_how_the_bytes_come(session: str, source: random.Random) -> None:
    steps, names = SESSIONS[session]
    assert shown(in_pieces(steps, lambda: source.choice((1, 2, 3, 7, 30, 5000)))) == names


def test_packets_that_are_continued_are_one_message() -> None:
    text = b"\x03INSERT INTO t VALUES ('" + b"x" * LARGEST + b"')"
    large = packet(0, text[:LARGEST]) + packet(1, text[LARGEST:])
    row = ROW * (LARGEST // 4 + 5)
    reply = packet(1, b"\1") + packet(2, COLUMN) + packet(3, b"\xfe\0\0\2\0")
    reply += packet(4, row[:LARGEST]) + packet(5, b"\xfe\0\0") + packet(6, b"\xfe\0\0\2\0")
    steps = [*OPENED, (True, large), (False, ok(2)), command(3, b"SELECT 1"), (False, reply)]
    source = random.Random(1)
    for cut_otherwise in (steps, in_pieces(steps, lambda: source.randint(100_000, 300_000))):
        names = shown(cut_otherwise)
        assert names[len(LOGGED) + 2 :] == ["> SELECT 1", "< SELECT 1"]
        assert names[len(LOGGED)].startswith("> INSERT INTO t VALUES ('xxx")


def test_what_messages_say() -> None:
    conversation = MySQL().conversation()
    conversation.replies(greeting()[1])
    [(_, request, _, _)] = conversation.requests(login()[1])
    assert request is not None and dict(request.fields) == {"user": "bob", "command": "LOGIN"}
    assert [part.now for part in conversation.replies(packet(2, b"\xfeplugin\0"))] == [True]
    conversation.replies(ok(4))
    [(_, request, _, _)] = conversation.requests(command(3, b"select 1 -- x")[1])
    assert request is not None and request.command == "SELECT" and request.answerable
    assert request.fields == {"query": "select 1 -- x", "command": "SELECT"}
    [(_, reply, _, _)] = conversation.replies(packet(1, b"\xff\xbd\x04#40001text"))
    assert reply is not None and reply.request is request
    assert (reply.fields["error"], reply.fields["sqlstate"]) == ("1213", "40001")
    [(_, request, _, _)] = conversation.requests(command(0x19, b"\7\0\0\0")[1])
    assert request is not None and not request.answerable


def test_only_what_runs_a_statement_has_it_for_its_query() -> None:
    steps, _ = SESSIONS["prepared"]
    conversation = MySQL().conversation()
    found = []
    for from_client, data in steps:
        parts = conversation.requests(data) if from_client else conversation.replies(data)
        found += [dict(part.message.fields) for part in parts if from_client and part.message is not None]
    select = {"query": "SELECT a FROM t WHERE b = ?", "command": "SELECT"}
    others = ["STMT_FETCH", "STMT_RESET", "STMT_CLOSE", "STMT_PREPARE"]
    expected = [{"command": name} for name in ("STMT_PREPARE", "STMT_SEND_LONG_DATA", "", "", *others)]
    expected[2:4] = [select, select]
    assert found[-8:] == expected


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([greeting(), client(packet(1, struct.pack("<II", BASE | 0x800, 1) + b"\0" * 24))], "TLS"),
        ([greeting(), login(BASE | 0x20)], "compression"),
        ([greeting(), login(BASE | 1 << 26)], "compression"),
        ([greeting(0xFFFFFFFF), login(BASE | 1 << 25)], "results without metadata"),
        ([greeting(), client(packet(1, b"\x05\0\0\0\0bob\0"))], "the protocol of MySQL 4.0"),
        ([(False, packet(0, b"SSH-2.0-x"))], "no MySQL"),
        ([(False, packet(0, b"\x0a" + b"8" * 500))], "no MySQL"),
        ([*OPENED, command(0x12, b"x")], "replication"),
        ([*OPENED, command(0xFE, b"x")], "an unknown command"),
        ([*OPENED, client(packet(5, b"\x03SELECT 1"))], "no MySQL"),
    ],
)
def test_what_is_not_understood_turns_it_plain(steps: list[Step], why: str) -> None:
    conversation = MySQL().conversation()
    talked(conversation, [*steps, client(b"more"), (False, b"less")])
    assert conversation.plain == why


def test_it_cannot_be_followed_from_its_middle() -> None:
    assert not MySQL.joins and MySQL().conversation(joined=True).plain


# errors


def test_each_error_is_one_that_can_be_chosen() -> None:
    protocol, source = MySQL(), random.Random(1)
    request = Message(True, "SELECT 1", "SELECT", {})
    entering = Message(True, "login bob", "LOGIN", {"user": "bob"})
    for choice, failure in FAILURES.items():
        protocol.check("errors", choice)
        answer = protocol.error(request, choice, protocol.conversation(), {}, source)
        assert answer.closes is failure.fatal
        if answer.data:
            with pytest.raises(pymysql.MySQLError) as raised:
                pymysql.err.raise_mysql_exception(answer.data[4:])
            assert raised.value.args[0] == int(choice) and answer.data[3] == 1
        assert protocol.error(entering, choice, protocol.conversation(), {}, source).closes
    with pytest.raises(ValueError, match="expected one of 1213, 1205"):
        protocol.check("errors", "1")
    assert all(choice in FAILURES for choice in protocol.errors)


def test_an_error_comes_behind_the_last_packet_and_is_numbered_so() -> None:
    protocol, conversation = MySQL(), MySQL().conversation()
    for to_backend, data in OPENED:
        parts = conversation.requests(data) if to_backend else conversation.replies(data)
    assert parts[0].message is not None and parts[0].message.request is not None
    conversation.delivered(parts[0].message.request)
    [part] = conversation.requests(packet(0, b"\x03" + b"x" * (LARGEST - 1)))
    assert part.message is not None and not part.last
    conversation.refuse(part.message, protocol.error(part.message, "1205", conversation, {}, random.Random(1)))
    assert conversation.due() is None
    conversation.requests(packet(1, b"x"))
    due = conversation.due()
    assert due is not None and due.answer is not None and due.answer[3] == 2


# real drivers and a real server


def connected(server: MariaDB, port: int, **more: object) -> pymysql.Connection:
    login = {"user": server.user, "password": server.password, "database": "test"}
    return pymysql.connect(host="127.0.0.1", port=port, local_infile=True, read_timeout=10, **login, **more)


def test_a_driver_notices_nothing(mariadb_server: MariaDB, tmp_path: Path) -> None:
    file = tmp_path / "rows"
    file.write_text("".join(f"{number}\tloaded\n" for number in range(20_000)))
    with relay(MySQL(), mariadb_server.port) as made:
        with connected(mariadb_server, made.port, client_flag=1 << 16) as connection:  # several statements
            cursor = connection.cursor()
            cursor.execute("CREATE OR REPLACE TABLE t (a INT, b TEXT)")
            for number in range(100):
                cursor.execute("INSERT INTO t VALUES (%s, %s)", (number, "x" * number))
            cursor.execute(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE t")
            assert cursor.execute("SELECT * FROM t") == 20_100
            cursor.execute("SELECT 1; SELECT 2 UNION SELECT 3; DO 1")
            results = [cursor.fetchall()]
            while cursor.nextset():
                results.append(cursor.fetchall())
            assert [list(rows) for rows in results] == [[(1,)], [(2,), (3,)], []]
            cursor.execute("SELECT REPEAT('x', 20000000)")
            assert len(cursor.fetchone()[0]) == 20_000_000
            with pytest.raises(pymysql.err.ProgrammingError):
                cursor.execute("SELEC")
            connection.ping()
            connection.select_db("test")
            assert prepared(connection) == 5  # how many columns, two columns, two rows
            connection.commit()
        assert plain(made) == []
        [session] = made.sessions
        requests = [cut for cut in session.cuts if cut.to_backend and cut.name not in ("", "QUIT")]
        answered = [cut for cut in session.cuts if cut.to and cut.final]
        silent = [cut for cut in requests if cut.name.startswith("STMT_CLOSE")]
        assert [cut.name for cut in requests if cut not in silent] == [cut.to for cut in answered]
        source = random.Random(1)
        again = talked(MySQL().conversation(), in_pieces(session.steps, lambda: source.choice((1, 5, 100, 90_000))))
        assert [cut for cut in again if cut.name] == [cut for cut in session.cuts if cut.name]


def prepared(connection: pymysql.Connection) -> int:
    """Prepares a statement and runs it, with what the driver has for sending commands; the packets of the reply."""
    connection._execute_command(0x16, b"SELECT a, b FROM t WHERE a = ?")
    number = connection._read_packet().get_all_data()[1:5]
    while not connection._read_packet().is_eof_packet():
        pass  # parameters
    while not connection._read_packet().is_eof_packet():
        pass  # columns
    connection._execute_command(0x17, number + b"\0\1\0\0\0" + b"\0\1\x03\0" + struct.pack("<i", 7))
    packets = 0
    for _ in range(2):
        while not connection._read_packet().is_eof_packet():
            packets += 1
    connection._execute_command(0x19, number)
    connection.next_result = None
    return packets


def test_the_own_client_notices_nothing(mariadb_server: MariaDB) -> None:
    mariadb = find_program("mariadb", "mariadb-client")
    statements = "CREATE OR REPLACE TABLE u (a INT); INSERT INTO u VALUES (1), (2); SELECT SUM(a) FROM u; SELEC;"
    with relay(MySQL(), mariadb_server.port) as made:
        who = [f"-u{mariadb_server.user}", f"-p{mariadb_server.password}", "-h127.0.0.1", f"-P{made.port}"]
        command = [str(mariadb), "--no-defaults", "--skip-ssl", *who, "test", "-f", "-N", "-e", statements]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=20)
        assert done.stdout == "3\n" and "ERROR 1064" in done.stderr
        assert plain(made) == []
        names = [cut.name for cut in made.sessions[0].cuts if cut.to]
        assert "SELECT SUM(a) FROM u" in names and "SELEC 1064" in names


def test_a_driver_raises_what_it_raises_for_the_real_thing(mariadb_server: MariaDB) -> None:
    def decided(request: Message) -> str | None:
        return request.name[8:12] if request.name.startswith("SELECT x") else None

    with relay(MySQL(), mariadb_server.port, decided) as made:
        with connected(mariadb_server, made.port) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE OR REPLACE TABLE kept (a INT) ENGINE=InnoDB")
            for choice, kept in (("1213", 0), ("1205", 1)):
                cursor.execute("INSERT INTO kept VALUES (1)")
                with pytest.raises(pymysql.OperationalError) as raised:
                    cursor.execute(f"SELECT x{choice}")
                assert raised.value.args[0] == int(choice)
                connection.commit()  # a deadlock has rolled all back, in the backend too
                cursor.execute("SELECT COUNT(*) FROM kept")
                assert cursor.fetchone() == (kept,)
            with pytest.raises(pymysql.OperationalError) as raised:
                cursor.execute("SELECT x2013")
            assert raised.value.args[0] == 2013
        assert plain(made) == []


def test_a_client_can_be_turned_away(mariadb_server: MariaDB) -> None:
    def decide(request: Message) -> str | None:
        return "1213" if request.command == "LOGIN" else None

    full = pytest.raises(pymysql.OperationalError, match="Too many connections")
    with relay(MySQL(), mariadb_server.port, decide) as made, full:
        connected(mariadb_server, made.port)


# whatever comes


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=12))
@settings(max_examples=400, deadline=None)
def test_no_bytes_make_it_raise(steps: list[Step]) -> None:
    survives(MySQL().conversation(), steps, BOUND)
    survives(MySQL().conversation(), [*OPENED, *steps], BOUND)


@given(st.sampled_from(sorted(SESSIONS)), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_spoilt_traffic_does_not_make_it_raise(session: str, source: random.Random) -> None:
    steps = [(side, bytearray(data)) for side, data in SESSIONS[session][0]]
    for _ in range(source.randint(1, 5)):
        _, data = source.choice(steps)
        if data:
            place = source.randrange(len(data))
            data[place : place + source.randint(0, 3)] = source.choice((b"", b"\0", b"\xff", b"\xfe", b"\x01", b"\xfb"))
    whole = [(side, bytes(data)) for side, data in steps]
    survives(MySQL().conversation(), whole, BOUND)
    survives(MySQL().conversation(), in_pieces(whole, lambda: source.choice((1, 3, 9, 4000))), BOUND)
