"""What a live session sees of the trouble that another session of the same proxy is in: nothing."""

import pytest

from tests.handlers.tools import ask, handled, same, seed_for, wait_handled, witnesses
from tests.running import running
from vaurien.handlers import BUILT_IN

CALLS = 10
CALM = {(2, to_backend, call): False for to_backend in (True, False) for call in range(1, CALLS + 1)}
"""The second session is left alone."""

SLOW = {"delay": {"sleep": 3600}, "drip": {"interval": 3600}}
"""With these the first session is still in trouble when the second is done."""

TROUBLE = [handler.name for handler in BUILT_IN if handler.name not in ("dummy", "script") and not handler.protocols]


@pytest.mark.parametrize("direction", ["to_backend", "to_client"])
@pytest.mark.parametrize("name", TROUBLE)
def test_a_session_that_is_left_alone_notices_nothing(name: str, direction: str) -> None:
    hit = direction == "to_backend"
    options = {"direction": direction, **SLOW.get(name, {})}
    weight = 5  # of a hundred: a seed that leaves twenty calls alone is found at once
    seed = seed_for({(1, hit, 1): True, **CALM}, share=10_000 * weight)
    given = {f"{name}.{option}": value for option, value in options.items()}
    with (
        witnesses(same) as server,
        running(server.address, f"{weight}:{name}", given, seed=seed) as daemon,
        daemon.connect() as victim,
        daemon.connect() as bystander,
    ):
        for number in range(CALLS):
            if number == 3:
                victim.sendall(b"hello")
                wait_handled(daemon, name, hit)
            question = b"number %d" % number
            assert ask(bystander, question) == question
        assert handled(daemon, name)[hit] == 1
        assert server.witness(2).data == b"".join(b"number %d" % number for number in range(CALLS))
