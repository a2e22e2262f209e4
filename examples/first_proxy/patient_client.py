"""The client of client.py, taught to stand trouble: it waits no longer than 0.5 s for an answer, and tries three times.

Start the web server and Vaurien as client.py says, then, in this folder:

    python patient_client.py
"""

import sys
import time
from http.client import HTTPConnection, HTTPException

TIMEOUT = 0.5
ATTEMPTS = 3

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000"


def ask() -> str:
    """One request on a connection of its own: the status of the answer, or the name of the error."""
    connection = HTTPConnection(address, timeout=TIMEOUT)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        return str(answer.status)
    except (OSError, HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


for number in range(1, 11):
    start = time.monotonic()
    outcomes: list[str] = []
    while len(outcomes) < ATTEMPTS and "200" not in outcomes:
        outcomes.append(ask())
    print(f"request {number}: {', then '.join(outcomes)} after {time.monotonic() - start:.1f} s")
