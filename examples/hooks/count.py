"""Counts: after each session, what has passed since the start.

In one terminal, something to talk to:

    python -m http.server 8001 --bind 127.0.0.1

In a second one, in this folder, since the class is found where the program is started:

    vaurien --local 127.0.0.1:8000 --distant 127.0.0.1:8001 --behavior 20:delay,10:abort --hook count.Count

In a third one, in this folder too:

    python ../first_proxy/client.py

The second terminal then says how many of the calls each handler has had. This hook is told of sessions only, and not of
calls, so it costs next to nothing.
"""

from collections import Counter

from vaurien.hooks import Hook
from vaurien.options import Option


class Count(Hook):
    """Prints after each session, or each so many, what has passed since the start."""

    name = "count"
    options = {"every": Option("A line after so many sessions", int, 1, minimum=1)}

    def __init__(self, settings, proxy):
        super().__init__(settings, proxy)
        self.sessions = 0
        self.bytes = Counter()
        self.calls = Counter()

    def session_ended(self, session):
        self.sessions += 1
        relayed = -sum(session.counts.values())
        for to_backend in (True, False):
            self.bytes[to_backend] += session.bytes(to_backend)
            relayed += session.calls(to_backend)
        self.calls.update(session.counts)  # those that a handler got, by its name
        self.calls["dummy"] += relayed  # those that went through by themselves
        if self.sessions % self.option("every") == 0:
            calls = " ".join(f"{name}={count}" for name, count in sorted(self.calls.items()))
            print(
                f"{self.proxy.name}: {self.sessions} sessions, "
                f"{self.bytes[True]} bytes to the backend, {self.bytes[False]} to clients, calls: {calls}",
                flush=True,
            )
