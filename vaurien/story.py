"""Story: what the log tells of a session and its calls."""

from __future__ import annotations

import logging
import time
from typing import Any

from vaurien.address import Address
from vaurien.call import Call
from vaurien.options import shown
from vaurien.protocols.base import Message

calls_log = logging.getLogger("vaurien.session")
log = logging.getLogger("vaurien.proxy")


def call_over(call: Call) -> None:
    """At log level debug: a call of a handler is over."""
    session: Any = call.session
    if session.proxy.crew.verbose:
        name = call.handler.name if call.handler else "none"
        seconds = time.monotonic() - call.started_at
        what = "" if call.message is None else f" {shown(call.message.name)}"
        calls_log.debug(
            "call %d%s: %s, %.3f s", call.ordinal, what, name, seconds, extra=session.context(call.to_backend)
        )


def call_relayed(flow: Any, message: Message | None = None) -> None:
    """At log level debug: a call that no handler got."""
    if not flow.stopped:
        what = "" if message is None else f" {shown(message.name)}"
        calls_log.debug("call %d%s: dummy", flow.calls, what, extra=flow.session.context(flow.to_backend))


def begun(session: Any) -> dict[str, Any]:
    """What an event tells of a session that has begun."""
    return {"session": session.ordinal, "client": str(Address.of(session.client_address)), **_handled_as_whole(session)}


def _handled_as_whole(session: Any) -> dict[str, Any]:
    """The session handler that has a session, or had it, where there is one."""
    name = session.session_handler
    return {} if name is None else {"session_handler": name}


def handled(call: Call) -> dict[str, Any]:
    """What an event tells of a call that a handler gets."""
    session: Any = call.session
    return {
        "session": session.ordinal,
        "to_backend": call.to_backend,
        "call": call.ordinal,
        "handler": call.handler.name,
        **({} if call.message is None else {"message": call.message.name}),
    }


def counts(session: Any) -> dict[str, int]:
    """The calls of a session until now, by handler; what the engine relayed is ``dummy``'s."""
    relayed = session.relayed(True) + session.relayed(False)
    return {**session.counts, "dummy": session.counts.get("dummy", 0) + relayed}


def over(session: Any) -> dict[str, Any]:
    """What an event and a line of JSON tell of a session that has ended."""
    return {
        "session": session.ordinal,
        "cause": session.cause,
        "bytes_to_backend": session.bytes(True),
        "bytes_to_client": session.bytes(False),
        "calls": counts(session),
        "seconds": round(time.monotonic() - session.started_at, 6),
        **_handled_as_whole(session),
    }


def ended(session: Any) -> None:
    """At log level info: how a session has ended, and what it was."""
    fields = over(session)
    del fields["session"]  # each line has it
    calls = " ".join(f"{name}={count}" for name, count in sorted(fields["calls"].items()))
    handler = f", session handler {fields['session_handler']}" if "session_handler" in fields else ""
    log.info(
        "ended: %s; -> %d bytes, <- %d bytes, calls: %s, %.3f s%s",
        session.cause, fields["bytes_to_backend"], fields["bytes_to_client"], calls,
        fields["seconds"], handler, extra={**session.context(), "fields": fields},
    )  # fmt: skip
