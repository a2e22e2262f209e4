"""The proxies of Toxiproxy's dialect are those of the native API."""

from __future__ import annotations

from tests.control.controlled import controlled
from tests.control.toxiproxy.dialect import Dialect
from tests.peers import Backend, receive_exactly


def test_a_behavior_and_a_hook_on_a_proxy_that_a_client_of_toxiproxy_has_made(
    toxiproxy: Dialect, echo_backend: Backend
) -> None:
    made = toxiproxy.make(upstream=echo_backend.address)
    change = {"behavior": "100:blackout", "hooks": ["viewer"]}
    status, _, now = toxiproxy.api.call("PATCH", "/v1/proxies/one", change)
    assert (status, now["behavior"], now["hooks"]) == (200, "100:blackout", ["viewer"])
    with toxiproxy.connect(made) as client:
        client.sendall(b"x")
        assert client.recv(1) == b""
    toxiproxy.toxic("noop")
    assert toxiproxy.say("POST", "/reset").status == 204
    now = toxiproxy.api.call("GET", "/v1/proxies/one")[2]
    assert (now["behavior"], now["hooks"], now["toxics"]) == ("100:blackout", ["viewer"], [])


def test_each_sees_the_toxics_of_the_other(toxiproxy: Dialect) -> None:
    toxiproxy.make()
    ours = {"type": "latency", "stream": "upstream", "toxicity": 0.5, "attributes": {"latency": 9}}
    assert toxiproxy.api.call("PATCH", "/v1/proxies/one", {"toxics": {"slow": ours}})[0] == 200
    (theirs,) = toxiproxy.say("GET", "/proxies/one/toxics").json
    assert (theirs["name"], theirs["stream"], theirs["toxicity"]) == ("slow", "upstream", 0.5)
    toxiproxy.toxic("noop")
    assert [toxic["name"] for toxic in toxiproxy.api.call("GET", "/v1/proxies/one")[2]["toxics"]] == [
        "slow",
        "noop_downstream",
    ]
    assert toxiproxy.say("DELETE", "/proxies/one/toxics/slow").status == 204


def test_those_of_an_ini_file_are_seen(echo_backend: Backend) -> None:
    host, port = echo_backend.address
    ends = {"local": "127.0.0.1:0", "distant": f"{host}:{port}"}
    sections = {
        "proxy:a": ends,
        "proxy:b": ends,
        "toxic:slow": {"type": "latency", "latency": 1},
        "proxy:b:toxic:cut": {"type": "limit_data", "bytes": 3, "stream": "upstream", "toxicity": 0.5},
    }
    with controlled(sections=sections) as api:
        toxiproxy = Dialect(api)
        found = toxiproxy.say("GET", "/proxies").json
        assert [toxic["name"] for toxic in found["a"]["toxics"]] == ["slow"]
        assert [toxic["name"] for toxic in found["b"]["toxics"]] == ["cut", "slow"]
        cut = found["b"]["toxics"][0]
        assert (cut["type"], cut["toxicity"], cut["attributes"]["bytes"]) == ("limit_data", 0.5, 3)
        assert toxiproxy.say("DELETE", "/proxies/b/toxics/cut").status == 204
        with toxiproxy.connect(found["b"]) as client:
            client.sendall(b"hello")
            assert receive_exactly(client, 5) == b"hello"


def test_what_holds_for_a_while_in_the_native_api_goes_back(toxiproxy: Dialect) -> None:
    made = toxiproxy.make()
    change = {"toxics": {"slow": {"type": "latency"}}, "for": 0.05}
    assert toxiproxy.api.call("PATCH", "/v1/proxies/one", change)[0] == 200
    toxiproxy.api.running.wait_until(lambda: not toxiproxy.api.running.daemon.settings.proxies["one"].toxics)
    assert toxiproxy.say("GET", "/proxies/one").json == made
