"""An allow-list: only clients whose addresses stand in a file are let in. The file can change at any time.

In one terminal, something to talk to:

    python -m http.server 8001 --bind 127.0.0.1

In a second one, in this folder, since the class is found where the program is started:

    vaurien --local 127.0.0.1:8000 --distant 127.0.0.1:8001 --hook allow_list.AllowList

In a third one, in this folder too:

    echo 127.0.0.1 > allowed.txt
    python ../first_proxy/client.py
    echo 10.0.0.1 > allowed.txt
    python ../first_proxy/client.py

The first time the client is served, the second time it gets "403 Forbidden", of which the web server never hears.
"""

from pathlib import Path

from vaurien.hooks import Hook, Reply

FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 14\r\n\r\n403 Forbidden\n"


class AllowList(Hook):
    """Turns away clients whose addresses are not in a file, one a line. There is no file: nobody may come."""

    name = "allow_list"
    options = {"file": ("The file with the addresses", str, "allowed.txt")}

    def session_started(self, session):
        file = Path(self.option("file"))
        allowed = file.read_text().split() if file.exists() else []
        host, *_ = session.client_address  # (host, port), and two numbers more with IPv6
        if host in allowed:
            return None
        return Reply(FORBIDDEN)
