"""Perform: one call with the hooks round it.

::

    on_route ▸ a handler is chosen ▸ before ▸ incoming ▸ handler ▸ after
                                     └────────── raises ▸ on_error ─┘
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent import GreenletExit

from vaurien.call import Call
from vaurien.hooks.chain import Chain
from vaurien.hooks.message import Reply

PATIENCE = 5.0
"""How long the hooks of a call that was killed may take over ``after``, in seconds."""


def perform(call: Call, chain: Chain, choose: Callable[[], Any]) -> Any:
    """The handler's verdict on `call`, or True where a hook has dealt with it. Raises what the call raised, unless a
    hook has answered that.

    `chain` has the hooks of the proxy; the handler that is chosen has its own. `choose` names a handler that no
    hook has named.
    """
    session: Any = call.session
    patience: float | None = None
    try:
        if call.handler is None:
            chain.on_route(call)
            if call.handler is None:
                call.handler = choose()
        session.count(call.handler)
        chain = call.handler.chain
        if chain.listens("incoming") or chain.listens("outgoing"):
            call.filters = chain
        answer = chain.before(call)
        if answer is None and chain.listens("incoming"):
            answer = session.take_in(call)
        if answer is None:
            return call.handler(session.client_sock, session.backend_sock, call.to_backend)
        if isinstance(answer, Reply):
            session.discard(call)
            session.say(call.to_backend, answer.data)
        return True
    except (GreenletExit, KeyboardInterrupt) as exc:
        call.error = exc
        patience = PATIENCE
        raise
    except BaseException as exc:
        call.error = exc
        call.filters = None
        answer = chain.on_error(call, exc)
        if answer is None:
            raise
        if isinstance(answer, Reply):
            session.discard(call)
            session.say(True, answer.data)
        return True
    finally:
        call.filters = None
        with gevent.Timeout(patience, False):  # type: ignore[arg-type]
            chain.after(call)
