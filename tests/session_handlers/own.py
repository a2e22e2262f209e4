"""Session handlers as users write them, for the tests of what they are told and of what goes wrong."""

from __future__ import annotations

from typing import Any

from vaurien.hooks import Hook
from vaurien.session_handlers import SessionHandler


class Greet:
    """Says a word to the client, and lets the session go on. Derives from nothing."""

    name = "greet"
    options = {"word": ("What it says", str, "hello ")}

    def __init__(self, settings: Any, proxy: Any) -> None:
        self.settings = settings
        self.proxy = proxy

    def __call__(self, session: Any) -> None:
        session.client_sock.sendall(self.settings["word"].encode())


def plain(session: Any) -> bool:
    """Ends every other session."""
    return bool(session.ordinal % 2)


class Unmade(SessionHandler):
    name = "unmade"

    def __init__(self, settings: Any, proxy: Any) -> None:
        raise RuntimeError("not today")


class Picky(SessionHandler):
    """Cannot be made with a word that it does not like."""

    name = "picky"
    options = {"word": ("What it likes", str, "good")}

    def __init__(self, settings: Any, proxy: Any) -> None:
        super().__init__(settings, proxy)
        if self.option("word") == "bad":
            raise ValueError("not that one")

    def __call__(self, session: Any) -> None:
        pass


class Uncalled:
    name = "uncalled"


number = 3


class Closing(Hook):
    """Counts how often one of its kind was closed."""

    name = "closing"
    closed = 0

    def after(self, call: Any) -> None:
        pass

    def close(self) -> None:
        Closing.closed += 1
