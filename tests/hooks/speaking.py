"""Just enough of Redis' and HTTP's tongues for tests that send questions over a plain socket."""

import socket

from tests.peers import receive_exactly


def words(*parts: str) -> bytes:
    """A Redis command."""
    return f"*{len(parts)}\r\n".encode() + b"".join(b"$%d\r\n%s\r\n" % (len(part), part.encode()) for part in parts)


def redis(sock: socket.socket, *parts: str) -> bytes:
    """What a Redis command is answered: one line, or the text of a bulk reply, without the end of the line."""
    sock.sendall(words(*parts))
    return redis_reply(sock)


def redis_reply(sock: socket.socket) -> bytes:
    """The next reply."""
    line = read_line(sock)
    if not line.startswith(b"$") or line == b"$-1":
        return line
    return receive_exactly(sock, int(line[1:]) + 2)[:-2]


def http(sock: socket.socket, path: str, method: str = "GET", **headers: str) -> tuple[bytes, dict[str, str], bytes]:
    """Status line, header and body of the answer to a request over a connection that stays open."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "vaurien.test", **headers}.items())
    sock.sendall(f"{method} {path} HTTP/1.1\r\n{fields}\r\n".encode())
    status = read_line(sock)
    found = {}
    while line := read_line(sock):
        name, _, value = line.decode().partition(": ")
        found[name] = value
    return status, found, receive_exactly(sock, int(found.get("Content-Length", 0)))


def read_line(sock: socket.socket) -> bytes:
    """The next line, without its end."""
    line = bytearray()
    while not line.endswith(b"\r\n"):
        line += receive_exactly(sock, 1)
    return bytes(line[:-2])


def came(sock: socket.socket, statistic: str) -> int:
    """A number out of Redis' own statistics."""
    lines = redis(sock, "INFO", "stats").decode().splitlines()
    return int(next(line.partition(":")[2] for line in lines if line.startswith(f"{statistic}:")))


PAGES = {b"/": b"<p>root</p>", b"/sub": b"<p>sub</p>"}


def site(request: bytes) -> bytes:
    """The answer of a small web server, in one piece; nginx may send header and file in two, which are two calls."""
    body = PAGES.get(request.split(b" ")[1])
    status = b"404 Not Found" if body is None else b"200 OK"
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body or b""), body or b"")
