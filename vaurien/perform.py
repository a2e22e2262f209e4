"""Perform: one call with the hooks round it.

::

    on_route ▸ a handler is chosen ▸ before ▸ incoming ▸ handler ▸ after
                                     └────────── raises ▸ on_error ─┘
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gevent import GreenletExit

from vaurien.call import Call
from vaurien.hooks.chain import Chain
from vaurien.hooks.message import Reply
from vaurien.protocols.base import Answer

PATIENCE = 5.0
"""How long the hooks of a call that was killed may take over ``after``, in seconds."""


def perform(call: Call, chain: Chain, choose: Callable[[], Any]) -> Any:
    """The handler's verdict on `call`, or True where a hook has dealt with it. Raises what the call raised, unless a
    hook has answered that.

    `chain` has the hooks of the proxy; the handler that is chosen has its own. `choose` names a handler that no
    hook has named.
    """
    noted = [chain]
    patience: float | None = None
    try:
        return _guarded(call, noted, choose)
    except GreenletExit:
        patience = PATIENCE
        raise
    finally:
        call.filters = None
        noted[-1].after(call, patience)


def _guarded(call: Call, noted: list[Chain], choose: Callable[[], Any]) -> Any:
    """The call, and what the hooks make of its error; leaves the handler's chain in `noted`."""
    session: Any = call.session
    try:
        return _acted(call, noted, choose)
    except GreenletExit as exc:
        call.error = exc
        raise
    except BaseException as exc:
        call.error = exc
        call.filters = None
        answer = noted[-1].on_error(call, exc)
        if answer is None:
            raise
        session.discard(call)
        if isinstance(answer, Reply) and call.message is None:
            session.say(True, answer.data)
        elif isinstance(answer, Reply):
            session.answer(call, Answer(answer.data))
        return True


def _acted(call: Call, noted: list[Chain], choose: Callable[[], Any]) -> Any:
    session: Any = call.session
    if call.handler is None:
        noted[-1].on_route(call)
        if call.handler is None:
            call.handler = choose()
    session.count(call)
    chain: Chain = call.handler.chain
    noted.append(chain)
    if chain.filters:
        call.filters = chain
    if chain.asks_before:
        call.waiting = len(call.data)
    answer = chain.before(call)
    if answer is not None:
        call.culprit = "a hook"
    if answer is None and chain.filters and chain.listens("incoming"):
        answer = session.take_in(call)
    if answer is None:
        return call.handler(session.client_sock, session.backend_sock, call.to_backend)
    if isinstance(answer, Reply):
        session.discard(call)
        session.answer(call, Answer(answer.data))
    return True
