"""What the tests of Toxiproxy's faults share."""

from __future__ import annotations

import socket

from tests.peers import receive_exactly


def echoes(client: socket.socket, data: bytes = b"hello") -> bool:
    client.sendall(data)
    return receive_exactly(client, len(data)) == data
