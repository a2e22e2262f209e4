"""Sends a hundred lines at once, and counts what comes back. See vaurien.ini here."""

import argparse
import socket


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="127.0.0.1:8000")
    host, _, port = parser.parse_args().address.rpartition(":")
    with socket.create_connection((host, int(port)), 10) as sock, sock.makefile() as replies:
        sent = [f"line {number}" for number in range(100)]
        sock.sendall("".join(f"{line}\n" for line in sent).encode())
        got = [replies.readline().strip() for _ in sent]
    same = sum(one == other for one, other in zip(sent, got, strict=True))
    print(f"{same} said back in order, {got.count('error: busy')} errors")


if __name__ == "__main__":
    main()
