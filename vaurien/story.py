"""Story: what the log tells of a session and its calls."""

from __future__ import annotations

import logging
import time
from typing import Any

from vaurien.call import Call

calls_log = logging.getLogger("vaurien.session")
log = logging.getLogger("vaurien.proxy")


def call_over(call: Call) -> None:
    """At log level debug: a call of a handler is over."""
    session: Any = call.session
    if session.proxy.crew.verbose:
        name = call.handler.name if call.handler else "none"
        seconds = time.monotonic() - call.started_at
        calls_log.debug("call %d: %s, %.3f s", call.ordinal, name, seconds, extra=session.context(call.to_backend))


def call_relayed(flow: Any) -> None:
    """At log level debug: a call that no handler got."""
    if not flow.stopped:
        calls_log.debug("call %d: dummy", flow.calls, extra=flow.session.context(flow.to_backend))


def ended(session: Any) -> None:
    """At log level info: how a session has ended, and what it was."""
    relayed = session.calls(True) + session.calls(False) - sum(session.counts.values())
    counts = {**session.counts, "dummy": session.counts.get("dummy", 0) + relayed}
    seconds = time.monotonic() - session.started_at
    fields = {
        "cause": session.cause,
        "bytes_to_backend": session.bytes(True),
        "bytes_to_client": session.bytes(False),
        "calls": counts,
        "seconds": round(seconds, 6),
    }
    calls = " ".join(f"{name}={count}" for name, count in sorted(counts.items()))
    log.info(
        "ended: %s; -> %d bytes, <- %d bytes, calls: %s, %.3f s",
        session.cause, session.bytes(True), session.bytes(False), calls,
        seconds, extra={**session.context(), "fields": fields},
    )  # fmt: skip
