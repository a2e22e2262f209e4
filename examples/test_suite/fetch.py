"""The code that is under test: a function that fetches a page and has to stand a bad network."""

from http.client import HTTPConnection, HTTPException


def fetch(address: str, timeout: float = 0.3, attempts: int = 2) -> bytes:
    """The page at ``/``. Raises `TimeoutError`, or what else the last attempt met."""
    while True:
        attempts -= 1
        connection = HTTPConnection(address, timeout=timeout)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read()
        except (OSError, HTTPException):
            if not attempts:
                raise
        finally:
            connection.close()
