"""Sessions of MySQL, and what they are to be cut into."""

from __future__ import annotations

import struct

from tests.protocols.cutting import Step, client, server
from vaurien.protocols.mysql.login import DEPRECATE_EOF, PROTOCOL_41
from vaurien.protocols.mysql.packets import packet

BASE = PROTOCOL_41 | 1


def greeting(capabilities: int = 0xFFFFFFFF & ~(1 << 25)) -> Step:
    low, high = capabilities & 0xFFFF, capabilities >> 16
    body = b"\x0a8.0\0" + b"1234" + b"salted!!" + b"\0" + struct.pack("<HBHHB", low, 8, 2, high, 21) + b"\0" * 10
    return server(packet(0, body + b"moresalted!!\0mysql_native_password\0"))


def login(capabilities: int = BASE, sequence: int = 1) -> Step:
    return client(packet(sequence, struct.pack("<IIB", capabilities, 1 << 24, 8) + b"\0" * 23 + b"bob\0\0shop\0"))


def command(code: int, body: bytes = b"") -> Step:
    return client(packet(0, bytes((code,)) + body))


def ok(sequence: int = 1, status: int = 2) -> bytes:
    return packet(sequence, b"\0\0\0" + struct.pack("<HH", status, 0))


def eof(sequence: int, status: int = 2) -> bytes:
    return packet(sequence, b"\xfe\0\0" + struct.pack("<H", status))


def err(sequence: int, code: int = 1064, state: str = "42000") -> bytes:
    return packet(sequence, b"\xff" + struct.pack("<H", code) + f"#{state}text".encode())


COLUMN = b"\x03def" + b"x" * 40
OPENED: list[Step] = [greeting(), login(), server(ok(2))]
NEWER: list[Step] = [greeting(), login(BASE | DEPRECATE_EOF), server(ok(2))]
LOGGED = ["= greeting", "> login bob", "< login bob"]
ROW = b"\x03abc"


def result(status: int = 2, sequence: int = 1) -> bytes:
    body = [b"\1", COLUMN, b"\xfe\0\0\2\0", ROW, ROW, b"\xfe\0\0" + struct.pack("<H", status)]
    return b"".join(packet(sequence + place, part) for place, part in enumerate(body))


def newer(status: int = 2) -> bytes:
    """A result without an EOF behind the columns, and an OK behind the rows."""
    body = [b"\1", COLUMN, ROW, ROW, b"\xfe\0\0" + struct.pack("<HH", status, 0)]
    return b"".join(packet(1 + place, part) for place, part in enumerate(body))


def prepared(number: int, columns: int, parameters: int, eofs: bool) -> bytes:
    body = [b"\0" + struct.pack("<IHHBH", number, columns, parameters, 0, 0)]
    for count in (parameters, columns):
        body += [COLUMN] * count + [b"\xfe\0\0\2\0"] * (eofs and count > 0)
    return b"".join(packet(1 + place, part) for place, part in enumerate(body))


def both(text: str) -> list[str]:
    return [f"> {text}", f"< {text}"]


SESSIONS: dict[str, tuple[list[Step], list[str]]] = {
    "login with questions": (
        [
            greeting(),
            login(),
            server(packet(2, b"\xfecaching_sha2_password\0salt\0")),
            client(packet(3, b"x" * 32)),
            server(packet(4, b"\x01\x04")),
            client(packet(5, b"\x02")),
            server(packet(6, b"\x01-----BEGIN PUBLIC KEY")),
            client(packet(7, b"y" * 256)),
            server(packet(8, b"\x01\x03") + ok(9)),
            command(0x0E),
            server(ok()),
            command(1),
        ],
        [*LOGGED, "> ", *both("PING"), "> QUIT"],
    ),
    "refused login": ([greeting(), login(), server(err(2, 1045, "28000"))], [*LOGGED[:2], "< login bob 1045"]),
    "too many": ([server(err(0, 1040, "08004"))], ["= error"]),
    "queries": (
        [
            *OPENED,
            command(3, b"select *\n from t"),
            server(result()),
            command(3, b"INSERT INTO t VALUES (1)"),
            server(ok()),
            command(3, b"x"),
            server(err(1)),
            command(3, b"CALL p()"),
            server(result(status=10) + result(status=10, sequence=7) + ok(13)),
            command(2, b"shop"),
            server(ok()),
        ],
        [
            *LOGGED,
            *both("select * from t"),
            *both("INSERT INTO t VALUES (1)"),
            "> x",
            "< x 1064",
            *both("CALL p()"),
            *both("INIT_DB shop"),
        ],
    ),
    "queries without EOF": (
        [
            *NEWER,
            command(3, b"SELECT 1"),
            server(newer()),
            command(3, b"CALL p()"),
            server(newer(status=10) + ok(13)),
            command(3, b"SELECT f()"),
            server(packet(1, b"\1") + packet(2, COLUMN) + err(3, 1317, "70100")),
        ],
        [*LOGGED, *both("SELECT 1"), *both("CALL p()"), *both("SELECT f()")],
    ),
    "prepared": (
        [
            *OPENED,
            command(0x16, b"SELECT a FROM t WHERE b = ?"),
            server(prepared(7, 2, 1, True)),
            command(0x18, struct.pack("<IH", 7, 0) + b"long"),
            command(0x17, struct.pack("<IBI", 7, 0, 1)),
            server(result()),
            command(0x17, struct.pack("<IBI", 7, 1, 1)),
            server(packet(1, b"\1") + packet(2, COLUMN) + eof(3, 0x42)),
            command(0x1C, struct.pack("<II", 7, 10)),
            server(packet(1, ROW) + eof(2, 0x80)),
            command(0x1A, struct.pack("<I", 7)),
            server(ok()),
            command(0x19, struct.pack("<I", 7)),
            command(0x16, b"DO 1"),
            server(prepared(8, 0, 0, True)),
        ],
        [
            *LOGGED,
            *both("STMT_PREPARE SELECT a FROM t WHERE b = ?"),
            "> STMT_SEND_LONG_DATA SELECT a FROM t WHERE b = ?",
            *both("SELECT a FROM t WHERE b = ?"),
            *both("SELECT a FROM t WHERE b = ?"),
            *both("STMT_FETCH SELECT a FROM t WHERE b = ?"),
            *both("STMT_RESET SELECT a FROM t WHERE b = ?"),
            "> STMT_CLOSE SELECT a FROM t WHERE b = ?",
            *both("STMT_PREPARE DO 1"),
        ],
    ),
    "prepared without EOF": (
        [*NEWER, command(0x16, b"SELECT 1"), server(prepared(7, 2, 1, False)), command(0x0E), server(ok())],
        [*LOGGED, *both("STMT_PREPARE SELECT 1"), *both("PING")],
    ),
    "a file": (
        [
            *OPENED,
            command(3, b"LOAD DATA LOCAL INFILE 'x' INTO TABLE t"),
            server(packet(1, b"\xfbx")),
            client(packet(2, b"1\n" * 500) + packet(3, b"2\n")),
            client(packet(4, b"")),
            server(ok(5)),
            command(9),
            server(packet(1, b"Uptime: 5")),
        ],
        [*LOGGED, *both("LOAD DATA LOCAL INFILE 'x' INTO TABLE t")[:2], "> ", *both("STATISTICS")],
    ),
    "others": (
        [
            *OPENED,
            command(0x11, b"bob\0"),
            server(packet(1, b"\xfeplugin\0")),
            client(packet(2, b"secret")),
            server(ok(3)),
            command(4, b"t\0"),
            server(packet(1, COLUMN) + eof(2)),
            command(0x1B, b"\0\0"),
            server(eof(1)),
            command(0x1F),
            server(ok()),
        ],
        [*LOGGED, *both("CHANGE_USER"), "> ", *both("FIELD_LIST"), *both("SET_OPTION"), *both("RESET_CONNECTION")],
    ),
}
