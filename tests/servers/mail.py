"""aiosmtpd, in a thread of the test's own process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


class Box:
    """Keeps the messages it gets."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.messages.append(envelope.original_content)  # type: ignore[attr-defined]
        return "250 OK"


@contextmanager
def mail_server(**more: Any) -> Iterator[tuple[int, Box]]:
    """aiosmtpd, which lets anybody in who has a password. It is told `more`: a ``tls_context``, for example."""
    box, loop = Box(), asyncio.new_event_loop()
    yes = lambda *args: AuthResult(success=True)  # noqa: E731
    make = lambda: SMTP(box, loop=loop, hostname="mx", authenticator=yes, auth_require_tls=False, **more)  # noqa: E731
    listening = loop.run_until_complete(loop.create_server(make, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listening.sockets[0].getsockname()[1], box
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
