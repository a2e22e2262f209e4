"""Sessions of PostgreSQL, and what they are to be cut into."""

from __future__ import annotations

import struct

from tests.protocols.cutting import Step, client, server


def message(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + struct.pack(">I", len(body) + 4) + body


def untyped(code: int, body: bytes = b"") -> bytes:
    return struct.pack(">II", len(body) + 8, code) + body


def query(text: str) -> Step:
    return client(message("Q", text.encode() + b"\0"))


def parse(text: str, name: str = "") -> bytes:
    return message("P", f"{name}\0{text}\0".encode() + b"\0\0")


def bind(name: str = "") -> bytes:
    return message("B", f"\0{name}\0".encode() + b"\0\0" * 3)


def error(code: str, severity: str = "ERROR") -> bytes:
    return message("E", f"S{severity}\0V{severity}\0C{code}\0Mtext\0\0".encode())


STARTUP = untyped(196608, b"user\0bob\0database\0shop\0\0")
WELCOME = message("R", b"\0\0\0\0") + message("S", b"a\0b\0") + message("K", b"12345678") + message("Z", b"I")
READY = message("Z", b"I")
IN_BLOCK = message("Z", b"T")
RESULT = message("T", b"\0\0") + message("D", b"x" * 300) + message("C", b"SELECT 1\0") + READY
EXECUTE = message("E", b"\0\0\0\0\0")
SYNC, FLUSH = message("S"), message("H")
DONE = message("1") + message("2") + message("n") + message("C", b"INSERT 0 1\0")
LOGIN: list[Step] = [client(STARTUP), server(WELCOME)]
LOGGED = ["> startup bob@shop", "< startup bob@shop"]
SASL = message("R", b"\0\0\0\x0aSCRAM\0\0")

SESSIONS: dict[str, tuple[list[Step], list[str]]] = {
    "login": (
        [
            client(untyped(80877104)),
            server(b"N"),
            client(untyped(80877103)),
            server(b"N"),
            client(untyped(196610, b"user\0bob\0\0")),
            server(message("v", b"\0" * 8) + SASL),
            client(message("p", b"secret")),
            server(message("R", b"\0\0\0\x0bxyz")),
            client(message("p", b"secret2")),
            server(message("R", b"\0\0\0\x0cxyz") + WELCOME),
            client(message("X")),
        ],
        [
            "> GSSENCRequest",
            "< GSSENCRequest",
            "> SSLRequest",
            "< SSLRequest",
            "> startup bob@bob",
            "< startup bob@bob",
            "> ",
            "> Terminate",
        ],
    ),
    "refused login": (
        [client(STARTUP), server(error("53300", "FATAL"))],
        ["> startup bob@shop", "< startup bob@shop 53300"],
    ),
    "cancel": ([client(untyped(80877102, b"12345678"))], ["> CancelRequest"]),
    "simple": (
        [*LOGIN, query("select  *\n from orders"), server(RESULT), query("x"), server(error("42601") + READY)],
        [*LOGGED, "> select * from orders", "< select * from orders", "> x", "< x 42601"],
    ),
    "extended": (
        [
            *LOGIN,
            client(parse("INSERT INTO t VALUES ($1)", "s1") + bind("s1") + message("D", b"P\0") + EXECUTE + SYNC),
            server(DONE + READY),
            client(bind("s1") + EXECUTE + SYNC),
            server(DONE + READY),
            client(message("C", b"Ss1\0") + SYNC + message("D", b"Ss1\0") + SYNC + bind("s2") + EXECUTE + SYNC),
            server(message("3") + READY + message("t", b"\0\0") + message("n") + READY + error("26000") + READY),
        ],
        [
            *LOGGED,
            "> INSERT INTO t VALUES ($1)",
            "< INSERT INTO t VALUES ($1)",
            "> INSERT INTO t VALUES ($1)",
            "< INSERT INTO t VALUES ($1)",
            "> Close INSERT INTO t VALUES ($1)",
            "> Describe INSERT INTO t VALUES ($1)",
            "> Bind s2",
            "< Close INSERT INTO t VALUES ($1)",
            "< Describe INSERT INTO t VALUES ($1)",
            "< Bind s2 26000",
        ],
    ),
    "flush": (
        [
            *LOGIN,
            client(parse("SELECT 1") + bind() + EXECUTE + FLUSH),
            server(DONE),
            client(SYNC),
            server(READY),
            client(FLUSH),
            client(parse("SELECT 2") + bind() + EXECUTE),
            query("SELECT 3"),
            server(DONE + RESULT),
        ],
        [*LOGGED, "> SELECT 1", "< SELECT 1", "> ", "> SELECT 2", "< SELECT 2"],
    ),
    "copy in": (
        [
            *LOGIN,
            query("COPY t FROM STDIN"),
            server(message("G", b"\0\0\0")),
            client(message("d", b"1\t2\n" * 100)),
            client(message("c")),
            server(message("C", b"COPY 1\0") + READY),
            client(parse("COPY t FROM STDIN") + bind() + EXECUTE + SYNC),
            server(message("1") + message("2") + message("G", b"\0\0\0")),
            client(message("d", b"1\t2\n")),
            client(message("f", b"no\0") + SYNC),
            server(error("57014") + READY),
            query("SELECT 1"),
            server(RESULT),
        ],
        [
            *LOGGED,
            "> COPY t FROM STDIN",
            "< COPY t FROM STDIN",
            "> ",
            "> COPY t FROM STDIN",
            "< COPY t FROM STDIN",
            "> ",
            "> SELECT 1",
            "< SELECT 1",
        ],
    ),
    "copy out": (
        [
            *LOGIN,
            query("COPY t TO STDOUT"),
            server(
                message("H", b"\0\0\0") + message("d", b"1\n") * 3 + message("c") + message("C", b"COPY 3\0") + READY
            ),
        ],
        [*LOGGED, "> COPY t TO STDOUT", "< COPY t TO STDOUT"],
    ),
    "pushed": (
        [
            *LOGIN,
            server(message("A", b"1234chan\0\0") + message("N", b"\0") + message("S", b"a\0b\0")),
            query("SELECT 1"),
            server(message("A", b"1234chan\0\0") + message("N", b"\0") + RESULT),
            server(error("57P01", "FATAL")),
        ],
        [
            *LOGGED,
            "= NotificationResponse",
            "= NoticeResponse",
            "= ParameterStatus",
            "> SELECT 1",
            "= NotificationResponse",
            "< SELECT 1",
            "= ErrorResponse",
        ],
    ),
    "function call": (
        [*LOGIN, client(message("F", b"\0\0\0\x07\0\0")), server(message("V", b"\xff\xff\xff\xff") + READY)],
        [*LOGGED, "> function call 7", "< function call 7"],
    ),
    "pipeline": (
        [
            *LOGIN,
            client((parse("BEGIN") + bind() + EXECUTE + SYNC) + (parse("SELECT 2") + bind() + EXECUTE + SYNC)),
            server(DONE + IN_BLOCK + DONE + IN_BLOCK),
            client(SYNC),
            server(IN_BLOCK),
        ],
        [*LOGGED, "> BEGIN", "> SELECT 2", "< BEGIN", "< SELECT 2", "> Sync", "< Sync"],
    ),
}
