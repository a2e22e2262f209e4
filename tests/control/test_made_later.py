"""A proxy that is made while the daemon runs has what the operator has said for all proxies."""

from __future__ import annotations

from tests.control.controlled import controlled
from tests.peers import Backend


def test_what_is_said_for_all_proxies_holds_for_it(echo_backend: Backend) -> None:
    given = {"behavior": "20:delay", "options": {"delay.sleep": 2}, "timeout": 3, "max_sessions": 7, "hooks": "limit"}
    distant = "{}:{}".format(*echo_backend.address)
    with controlled(**given) as api:
        status, _, made = api.call("POST", "/v1/proxies", {"name": "a", "distant": distant})
        assert status == 201
        assert (made["behavior"], made["timeout"], made["max_sessions"], made["hooks"]) == ("20:delay", 3, 7, ["limit"])
        assert made["handlers"]["delay"]["sleep"] == 2
        other = {"name": "b", "distant": distant, "behavior": "100:dummy", "timeout": 4, "hooks": []}
        _, _, made = api.call("POST", "/v1/proxies", other)
        assert (made["behavior"], made["timeout"], made["max_sessions"], made["hooks"]) == ("100:dummy", 4, 7, [])


def test_where_nothing_is_said_it_has_the_defaults(echo_backend: Backend) -> None:
    with controlled() as api:
        made = {"name": "a", "distant": "{}:{}".format(*echo_backend.address)}
        status, _, found = api.call("POST", "/v1/proxies", made)
        assert (status, found["behavior"], found["timeout"], found["hooks"]) == (201, "100:dummy", 10, [])
        assert found["listening"].startswith("127.0.0.1:")
