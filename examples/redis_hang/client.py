"""A Redis client that has a timeout, and counts what it meets. How to run it stands in vaurien.ini beside this file.

It reads one key again and again. Where no answer comes in time it gives the connection up and opens another.

    python client.py [--address HOST:PORT] [--requests N] [--timeout SECONDS]
"""

import argparse
import socket

COMMAND = b"*2\r\n$3\r\nGET\r\n$7\r\nvaurien\r\n"  # GET vaurien, in the protocol that Redis speaks


def main() -> None:
    parser = argparse.ArgumentParser(description="Counts the answers of a Redis that is in trouble.")
    parser.add_argument("--address", default="127.0.0.1:6380", metavar="HOST:PORT")
    parser.add_argument("--requests", type=int, default=100, metavar="N")
    parser.add_argument("--timeout", type=float, default=0.2, metavar="SECONDS")
    given = parser.parse_args()
    host, _, port = given.address.rpartition(":")

    counts = {"answered": 0, "timed out": 0, "failed": 0}
    sock = None
    for _ in range(given.requests):
        try:
            if sock is None:
                sock = socket.create_connection((host, int(port)), given.timeout)
            get(sock)
            counts["answered"] += 1
            continue
        except TimeoutError:
            counts["timed out"] += 1
        except OSError:
            counts["failed"] += 1
        if sock is not None:
            sock.close()  # an answer that still comes belongs to nobody now
            sock = None
    if sock is not None:
        sock.close()
    print(f"{given.requests} requests: " + ", ".join(f"{count} {what}" for what, count in counts.items()))


def get(sock: socket.socket) -> bytes:
    """What Redis answers. Raises `TimeoutError` if it says nothing in time, `ConnectionError` if it leaves."""
    sock.sendall(COMMAND)
    answer = b""
    while not complete(answer):
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionError("the connection was closed in place of an answer")
        answer += piece
    return answer


def complete(answer: bytes) -> bool:
    """Whether all of an answer to GET is there: ``$3``, line break, three bytes, line break; ``$-1`` for no value."""
    head, line_break, rest = answer.partition(b"\r\n")
    if not line_break:
        return False
    size = int(head[1:]) if head.startswith(b"$") else -1
    return size < 0 or len(rest) >= size + 2


if __name__ == "__main__":
    main()
