"""Ten requests through Vaurien, one line for each: what came of it, and after how many seconds.

In one terminal, something to talk to, and in a second one Vaurien before it:

    python -m http.server 8001 --bind 127.0.0.1
    vaurien --local 127.0.0.1:8000 --distant 127.0.0.1:8001 --behavior 20:delay,10:abort --handlers.delay.sleep 0.8

In a third, in this folder:

    python client.py
"""

import sys
import time
from http.client import HTTPConnection, HTTPException

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000"


def ask() -> str:
    """One request on a connection of its own: the status of the answer, or the name of the error."""
    connection = HTTPConnection(address, timeout=10)
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
    outcome = ask()
    print(f"request {number}: {outcome} after {time.monotonic() - start:.1f} s")
