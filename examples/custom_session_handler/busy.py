"""A session handler of your own: a server that is too busy for some of its clients, and says so before it hangs up.

vaurien.ini beside it puts it to work, and says how to try it. No backend hears of these sessions.
"""

from vaurien.session_handlers import SessionHandler


class Busy(SessionHandler):
    """Answers in the place of the backend, once the client has asked, and closes the connection."""

    name = "busy"
    options = {
        "seconds": ("When the client is to come again, in seconds", int, 30),
    }

    def __call__(self, session):
        if not session.client_sock.recv(65536):
            return False  # it has left
        answer = (
            f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {self.option('seconds')}\r\nContent-Length: 0\r\n\r\n"
        )
        session.client_sock.sendall(answer.encode())
        return False  # the session ends, in good order; None or True would let it go on
