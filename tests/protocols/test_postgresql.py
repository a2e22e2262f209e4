"""PostgreSQL: what its sessions are cut into, however the bytes come, and what its errors are to a client."""

from __future__ import annotations

import random
import subprocess
import sys

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.cutting import Step, bytewise, client, in_pieces, server, survives, talked
from tests.protocols.postgresql_sessions import (
    EXECUTE,
    FLUSH,
    IN_BLOCK,
    LOGIN,
    READY,
    RESULT,
    SASL,
    SESSIONS,
    STARTUP,
    SYNC,
    bind,
    error,
    message,
    parse,
    query,
    untyped,
)
from tests.protocols.relay import plain, relay
from tests.servers.command import clean_environment, find_program
from tests.servers.postgresql import PostgreSQL as Server
from vaurien.protocols.base import Message
from vaurien.protocols.postgresql import PostgreSQL
from vaurien.protocols.postgresql.conversation import PostgreSQLConversation
from vaurien.protocols.postgresql.errors import FAILURES

BOUND = 10_000 + 8192


def shown(steps: list[Step]) -> list[str]:
    signs = {True: ">", False: "<"}
    cuts = talked(PostgreSQL().conversation(), steps)
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


def logged_in() -> PostgreSQLConversation:
    conversation = PostgreSQL().conversation()
    assert isinstance(conversation, PostgreSQLConversation)
    for to_backend, data in LOGIN:
        for part in conversation.requests(data) if to_backend else conversation.replies(data):
            if not to_backend and part.last and part.message and part.message.request:
                conversation.delivered(part.message.request)
    return conversation


def test_what_messages_say() -> None:
    conversation = PostgreSQL().conversation()
    [(_, login, _, _)] = conversation.requests(STARTUP)
    assert login is not None
    assert dict(login.fields) == {"user": "bob", "database": "shop", "command": "STARTUP"}
    conversation = logged_in()
    [(_, request, _, _)] = conversation.requests(query("/* x */ select 1 -- y")[1])
    assert request is not None and request.command == "SELECT" and request.answerable
    assert request.fields == {"query": "/* x */ select 1 -- y", "command": "SELECT"}
    [(_, reply, _, _)] = conversation.replies(error("42601") + READY)
    assert reply is not None and reply.request is request and reply.fields["sqlstate"] == "42601"


def test_a_statement_that_is_only_prepared_is_no_query() -> None:
    [(_, request, _, _)] = logged_in().requests(parse("insert into t values ($1)", "s") + SYNC)
    assert request is not None and request.name == "Parse insert into t values ($1)"
    assert request.fields == {"command": "PARSE"}


def test_a_long_query_is_shortened() -> None:
    columns = ", ".join(f"column{number}" for number in range(30))
    conversation = logged_in()
    [part] = conversation.requests(query(f"SELECT {columns} FROM orders WHERE x = 1")[1])
    assert part.message is not None and part.message.name == "SELECT … FROM orders"
    [part] = conversation.requests(query(f"INSERT INTO orders ({columns})")[1])
    assert part.message is not None and len(part.message.name) == 80 and part.message.name.endswith(" …")


def test_who_waits_for_the_other_is_said() -> None:
    """What a handler gathers must end where the other side's turn has come."""
    conversation = PostgreSQL().conversation()
    conversation.requests(STARTUP)
    assert [(part.last, part.now) for part in conversation.replies(SASL)] == [(False, True)]
    conversation = logged_in()
    conversation.requests(query("COPY t FROM STDIN")[1])
    assert [(part.last, part.now) for part in conversation.replies(message("G", b"\0\0\0"))] == [(False, True)]
    conversation = logged_in()
    flushed = conversation.requests(parse("SELECT 1") + bind() + EXECUTE + FLUSH)
    assert [(part.last, part.now) for part in flushed] == [(False, True)]
    assert [(part.last, part.now) for part in conversation.replies(message("1"))] == [(False, True)]


def test_a_whole_query_and_its_result_pass_without_a_copy() -> None:
    conversation, asked = logged_in(), query("SELECT 1")[1]
    assert conversation.requests(asked)[0].data is asked
    assert conversation.replies(RESULT)[0].data is RESULT
    row = message("D", b"x" * 10_000_000)
    conversation.requests(asked)
    for place in range(0, len(row), 65536):
        conversation.replies(row[place : place + 65536])
        assert conversation.rest(False) == b""


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([client(b"\x16\x03\x01\x02\x00\x01")], "TLS"),
        ([client(untyped(80877103)), server(b"S")], "TLS"),
        ([client(untyped(80877104)), server(b"G")], "GSSAPI encryption"),
        ([client(untyped(80877103)), server(b"E")], "no PostgreSQL"),
        ([client(untyped(131072, b"x" * 288))], "no PostgreSQL"),
        ([client(b"GET / HTTP/1.1\r\n")], "no PostgreSQL"),
        ([*LOGIN, client(message("!"))], "no PostgreSQL"),
        ([*LOGIN, client(b"Q\0\0\0\x01")], "no PostgreSQL"),
    ],
)
def test_what_is_not_understood_turns_it_plain(steps: list[Step], why: str) -> None:
    conversation = PostgreSQL().conversation()
    after = talked(conversation, [*steps, client(b"\x17\x03more"), server(b"\x17\x03less")])
    assert conversation.plain == why
    assert [cut.data for cut in after[-2:]] == [b"\x17\x03more", b"\x17\x03less"] or why in ("TLS", "no PostgreSQL")


# errors


def test_each_error_is_one_that_can_be_chosen() -> None:
    protocol, conversation, source = PostgreSQL(), logged_in(), random.Random(1)
    [(_, request, _, _)] = conversation.requests(query("SELECT 1")[1])
    login = Message(True, "startup", "STARTUP", {"user": "bob", "database": "shop"})
    assert request is not None
    for choice, failure in FAILURES.items():
        protocol.check("sqlstates", choice)
        answer = protocol.error(request, choice, conversation, {}, source)
        assert f"\0C{choice}\0".encode() in answer.data and answer.closes is failure.fatal
        assert answer.data.endswith(READY) is not failure.fatal and "{" not in failure.text.format_map(
            request.fields | login.fields
        )
        greeting = protocol.error(login, choice, conversation, {}, source)
        assert greeting.closes and b"VFATAL" in greeting.data
    with pytest.raises(ValueError, match="expected one of 40001, 40P01"):
        protocol.check("sqlstates", "4000")
    assert all(choice in FAILURES for choice in protocol.sqlstates)


def test_in_a_transaction_an_error_is_a_failed_transaction() -> None:
    protocol, conversation, source = PostgreSQL(), logged_in(), random.Random(1)
    conversation.requests(query("BEGIN")[1])
    conversation.replies(message("C", b"BEGIN\0") + IN_BLOCK)
    for text, status, place in [("SELECT 1", b"E", b"refused"), ("COMMIT", b"I", b"ROLLBACK")]:
        [(_, request, _, _)] = conversation.requests(query(text)[1])
        assert request is not None
        answer = protocol.error(request, "40001", conversation, {}, source)
        assert answer.data[-1:] == status
        conversation.refuse(request, answer)
        assert place in conversation.in_place_of(request)
        assert conversation.replies(error("42601") + message("Z", status)) == []
    [(_, request, _, _)] = conversation.requests(query("ROLLBACK")[1])
    assert request is not None
    answer = protocol.error(request, "40001", conversation, {}, source)
    conversation.refuse(request, answer)
    assert conversation.in_place_of(request) == b""


def test_a_refused_request_is_answered_at_its_flush_and_ready_at_its_sync() -> None:
    protocol, conversation = PostgreSQL(), logged_in()
    [(_, request, last, _)] = conversation.requests(parse("SELECT 1") + bind() + EXECUTE)
    assert request is not None and not last
    answer = protocol.error(request, "40001", conversation, {}, random.Random(1))
    conversation.refuse(request, answer)
    assert conversation.due() is None
    conversation.requests(FLUSH)
    due = conversation.due()
    assert due is not None and due.answer == answer.data[:-6] and conversation.due() is None
    conversation.requests(SYNC)
    assert conversation.due() is request and request.answer == READY and conversation.due() is None


# real drivers and a real server


def address(port: int, **more: object) -> str:
    return psycopg.conninfo.make_conninfo(
        host="127.0.0.1", port=port, user="postgres", dbname="postgres", gssencmode="prefer", **more
    )


# In a process of its own: these calls of the driver hold the interpreter's lock while they wait.
COPY_BY_EXTENDED_QUERY = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("CREATE TEMP TABLE t (a int, b text)")
    wire = connection.pgconn
    for _ in range(2):
        assert wire.exec_params(b"COPY t FROM STDIN", []).status == psycopg.pq.ExecStatus.COPY_IN
        wire.put_copy_data(b"1\\tx\\n")
        wire.put_copy_end()
        while wire.get_result() is not None:
            pass
    print(connection.execute("SELECT count(*) FROM t").fetchone())
    connection.cancel()
"""


def wrong(cursor: psycopg.Cursor) -> None:
    with cursor.copy("COPY t FROM STDIN") as copy:
        copy.write(b"no\tcolumns\there\n")


def work(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TEMP TABLE t (a int, b text)")
    with connection.cursor() as cursor:
        for number in range(20):
            cursor.execute("INSERT INTO t VALUES (%s, %s)", (number, "x" * number), prepare=number > 3)
        cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(number, "many") for number in range(100)])
        with cursor.copy("COPY t FROM STDIN") as copy:
            for number in range(5000):
                copy.write_row((number, "copied" * 10))
        with cursor.copy("COPY t TO STDOUT") as copy:
            assert len(b"".join(copy).splitlines()) == 5120
        with pytest.raises(psycopg.errors.BadCopyFileFormat), connection.transaction():
            wrong(cursor)
    with connection.pipeline() as pipeline, connection.cursor() as cursor:
        for number in range(100):
            cursor.execute("INSERT INTO t VALUES (%s, 'piped')", (number,))
            if number % 10 == 0:
                pipeline.sync()
        assert cursor.execute("SELECT count(*) FROM t WHERE b = 'piped'").fetchone() == (100,)
    with pytest.raises(psycopg.errors.SyntaxError), connection.transaction():
        connection.execute("SELEC")
    assert connection.execute("SELECT repeat('x', 300000)").fetchone() == ("x" * 300_000,)
    connection.commit()


def test_a_driver_notices_nothing(postgresql_server: Server) -> None:
    with relay(PostgreSQL(), postgresql_server.port) as made:
        with psycopg.connect(address(made.port, sslmode="prefer"), prepare_threshold=2) as connection:
            work(connection)
            connection.autocommit = True
            connection.execute("LISTEN news")
            with psycopg.connect(address(made.port), autocommit=True) as other:
                other.execute("NOTIFY news, 'hello'")
            [note] = connection.notifies(timeout=5, stop_after=1)
            assert note.payload == "hello"
        script = [sys.executable, "-c", COPY_BY_EXTENDED_QUERY, address(made.port)]
        done = subprocess.run(script, capture_output=True, text=True, timeout=20)
        assert (done.stdout, done.stderr) == ("(2,)\n", "")
        assert plain(made) == []
        for session in made.sessions:
            requests = [cut for cut in session.cuts if cut.to_backend and cut.name not in ("", "Terminate")]
            finals = [cut for cut in session.cuts if cut.to and cut.final]
            assert [cut.name for cut in requests if cut.name != "CancelRequest"] == [cut.to for cut in finals]
            check_again(session.steps)
        [longest] = [session for session in made.sessions if any("piped" in cut.name for cut in session.cuts)]
        assert any(cut.name.startswith("COPY t FROM") for cut in longest.cuts)


def check_again(steps: list[Step]) -> None:
    """Real traffic, cut otherwise: the same messages."""
    source = random.Random(len(steps))
    expected = talked(PostgreSQL().conversation(), steps)
    again = talked(PostgreSQL().conversation(), in_pieces(steps, lambda: source.choice((1, 5, 100, 5000))))
    pairs = zip([cut for cut in again if cut.name], [cut for cut in expected if cut.name], strict=True)
    for cut, other in pairs:
        # what was prepared in the middle of a pipeline may be known by the name of its statement only
        if not any("Bind" in str(name) for name in (cut.name, cut.to, other.name, other.to)):
            assert cut == other
        assert (cut.data, cut.final, cut.ended) == (other.data, other.final, other.ended)


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_pgbench_notices_nothing(postgresql_server: Server, mode: str) -> None:
    pgbench = find_program("pgbench", "postgresql")
    user = ["-h", "127.0.0.1", "-U", "postgres"]
    with relay(PostgreSQL(), postgresql_server.port) as made:
        for arguments in (["-i", "-q"], ["-M", mode, "-t", "100", "-c", "2"]):
            command = [str(pgbench), *user, "-p", str(made.port), *arguments, "postgres"]
            done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=50)
            assert done.returncode == 0, done.stderr
        assert "number of failed transactions: 0" in done.stdout
        assert plain(made) == []


@pytest.fixture
def table(postgresql_server: Server) -> Server:
    with psycopg.connect(address(postgresql_server.port), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS kept; CREATE TABLE kept (a int)")
    return postgresql_server


def rows(table: Server) -> int:
    with psycopg.connect(address(table.port), autocommit=True) as connection:
        [count] = connection.execute("SELECT count(*) FROM kept").fetchone() or (0,)
        return count


def transfer(connection: psycopg.Connection, prepare: bool) -> None:
    with connection.transaction():
        connection.execute("INSERT INTO kept VALUES (%s)", (1,), prepare=prepare)
        connection.execute("SELECT 'refused', %s::int", (1,), prepare=prepare)


@pytest.mark.parametrize("prepare", [False, True])
def test_a_driver_raises_what_it_raises_for_the_real_thing(table: Server, prepare: bool) -> None:
    def decide(request: Message) -> str | None:
        return "40001" if "refused" in request.name else None

    with relay(PostgreSQL(), table.port, decide) as made:
        with psycopg.connect(address(made.port)) as connection:
            with pytest.raises(psycopg.errors.SerializationFailure):
                transfer(connection, prepare)
            # a COMMIT that follows keeps nothing of the transaction that has failed
            connection.execute("INSERT INTO kept VALUES (2)")
            with pytest.raises(psycopg.errors.SerializationFailure):
                connection.execute("SELECT 'refused'")
            assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
            with pytest.raises(psycopg.errors.InFailedSqlTransaction):
                connection.execute("SELECT 1")
            connection.commit()
            assert rows(table) == 0
            connection.execute("INSERT INTO kept VALUES (3)")
            connection.commit()
        assert rows(table) == 1 and plain(made) == []


def test_a_refused_commit_rolls_back(table: Server) -> None:
    left = ["40001"]

    def decide(request: Message) -> str | None:
        return left.pop() if request.command == "COMMIT" and left else None

    with relay(PostgreSQL(), table.port, decide) as made:
        with psycopg.connect(address(made.port)) as connection:
            connection.execute("INSERT INTO kept VALUES (1)")
            with pytest.raises(psycopg.errors.SerializationFailure):
                connection.commit()
            assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            connection.execute("INSERT INTO kept VALUES (2)")
            connection.commit()
        assert rows(table) == 1


def test_a_pipeline_fails_up_to_its_sync(table: Server) -> None:
    def decide(request: Message) -> str | None:
        return "40P01" if "kept" in request.name else None

    with relay(PostgreSQL(), table.port, decide) as made:
        with psycopg.connect(address(made.port), autocommit=True) as connection:
            with pytest.raises(psycopg.errors.DeadlockDetected), connection.pipeline():
                connection.execute("INSERT INTO kept VALUES (1) RETURNING a").fetchone()
            assert connection.execute("SELECT 5").fetchone() == (5,)
        assert rows(table) == 0 and plain(made) == []


@pytest.mark.parametrize(
    ("choice", "what"), [("57P01", psycopg.errors.AdminShutdown), ("53300", psycopg.errors.TooManyConnections)]
)
def test_some_errors_end_the_session(table: Server, choice: str, what: type[Exception]) -> None:
    def decide(request: Message) -> str | None:
        return choice if request.name == "SELECT 1" else None

    with relay(PostgreSQL(), table.port, decide) as made, psycopg.connect(address(made.port)) as connection:
        connection.autocommit = True
        with pytest.raises(what):
            connection.execute("SELECT 1")
        assert connection.closed


def test_a_client_can_be_turned_away(table: Server) -> None:
    def decide(request: Message) -> str | None:
        return "40001" if request.command == "STARTUP" else None

    full = pytest.raises(psycopg.OperationalError, match="sorry, too many clients already")
    with relay(PostgreSQL(), table.port, decide) as made, full:
        psycopg.connect(address(made.port))


# whatever comes


@given(st.booleans(), st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=12))
@settings(max_examples=400, deadline=None)
def test_no_bytes_make_it_raise(joined: bool, steps: list[Step]) -> None:
    survives(PostgreSQL().conversation(joined), steps, BOUND)


@given(st.sampled_from(sorted(SESSIONS)), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_spoilt_traffic_does_not_make_it_raise(session: str, source: random.Random) -> None:
    steps = [(side, bytearray(data)) for side, data in SESSIONS[session][0]]
    for _ in range(source.randint(1, 5)):
        _, data = source.choice(steps)
        if data:
            place = source.randrange(len(data))
            data[place : place + source.randint(0, 3)] = source.choice((b"", b"\0", b"\xff", b"Z", b"S", b"E", b"D"))
    whole = [(side, bytes(data)) for side, data in steps]
    survives(PostgreSQL().conversation(), whole, BOUND)
    survives(PostgreSQL().conversation(), in_pieces(whole, lambda: source.choice((1, 3, 9, 4000))), BOUND)
