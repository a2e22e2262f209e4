"""The smallest backend: it greets each client with one byte, and then says back what it is told.

The greeting tells a client that its session reaches the backend, without a request on it.
"""

import gc
import select
import socket
import sys

GREETING = b"!"
LARGEST_READ = 65_536  # bytes
BACKLOG = 4_096


def serve(listener: socket.socket) -> None:
    """Serves all clients of `listener` in one thread, until the process is killed.

    RuntimeError when a client does not read its answers: it has to be small messages that pass here.
    """
    clients: dict[int, socket.socket] = {}
    poller = select.epoll()
    poller.register(listener, select.EPOLLIN)
    while True:
        for number, _ in poller.poll():
            if number == listener.fileno():
                client, _ = listener.accept()
                client.setblocking(False)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.send(GREETING)
                clients[client.fileno()] = client
                poller.register(client, select.EPOLLIN)
            elif not _answer(clients[number]):
                clients.pop(number).close()  # which takes it out of the poller, too


def _answer(client: socket.socket) -> bool:
    """False when the client has gone."""
    try:
        data = client.recv(LARGEST_READ)
        if data and client.send(data) < len(data):
            raise RuntimeError("a client does not read its answers")
    except (ConnectionError, TimeoutError):
        return False
    return bool(data)


def main() -> None:
    """Serves on the port of 127.0.0.1 that the command line names."""
    gc.disable()  # nothing here makes cycles, and a collection would be a pause in somebody's figures
    with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=BACKLOG) as listener:
        serve(listener)


if __name__ == "__main__":
    main()
