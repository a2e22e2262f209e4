"""A handler of one's own: a web server that is overloaded. How to run it stands in vaurien.ini beside this file."""

from vaurien.handlers import BaseHandler

ANSWER = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Unavailable(BaseHandler):
    """Answers a request with 503 in place of the backend, which never hears of it."""

    name = "unavailable"
    options = {"retry_after": ("Seconds after which the client may come again", int, 1)}

    def __call__(self, client_sock, backend_sock, to_backend):
        data = self._get_data(client_sock, backend_sock, to_backend)
        if not to_backend:
            client_sock.sendall(data)  # part of an answer that is under way: passed on as it is
            return True
        client_sock.sendall(ANSWER.format(self.option("retry_after")).encode())
        return False  # the session ends: what is left of the request, if anything, goes nowhere
