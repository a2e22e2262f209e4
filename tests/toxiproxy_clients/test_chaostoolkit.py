"""``chaostoolkit-toxiproxy`` from PyPI: its actions and probes, run by the Chaos Toolkit as an experiment."""

from __future__ import annotations

import logging
import socket
from typing import Any

import pytest

from tests.peers import Backend, receive_exactly
from tests.running import DEADLINE

pytest.importorskip("chaostoxi")
from chaoslib.experiment import ensure_experiment_is_valid, run_experiment
from chaostoxi.proxy import actions

TOXICS = {
    "create_latency_toxic": {"latency": 1, "jitter": 0},
    "create_bandwith_degradation_toxic": {"rate": 1000},
    "create_slow_connection_close_toxic": {"delay": 1},
    "create_timeout_toxic": {"timeout": 1000},
    "create_slicer_toxic": {"average_size": 10, "size_variation": 5, "delay": 1},
    "create_limiter_toxic": {"bytes_limit": 10},
}
OTHERS = {
    "reset_peer": {"timeout": 1},
    "packet_loss": {"loss_rate": 0.5},
    "noop": {},
}


def action(module: str, function: str, kind: str = "action", **arguments: Any) -> dict[str, Any]:
    provider = {"type": "python", "module": f"chaostoxi.{module}", "func": function, "arguments": arguments}
    return {"type": kind, "name": f"{function} {arguments}", "provider": provider}


def probe(function: str, expected: Any, **arguments: Any) -> dict[str, Any]:
    return {**action("proxy.probes", function, "probe", **arguments), "tolerance": expected}


def run(server: str, *method: dict[str, Any], steady: tuple[dict[str, Any], ...] = ()) -> list[Any]:
    """What each step of an experiment has answered; all must succeed."""
    experiment = {
        "title": "A backend behind Vaurien",
        "description": "Every step goes well",
        "configuration": {"toxiproxy_url": f"http://{server}"},
        "steady-state-hypothesis": {"title": "as before", "probes": list(steady)},
        "method": list(method),
        "rollbacks": [action("proxy.actions", "reset")],
    }
    ensure_experiment_is_valid(experiment)
    journal = run_experiment(experiment)
    assert journal["status"] == "completed", journal
    assert [step["status"] for step in journal["run"]] == ["succeeded"] * len(method), journal
    assert journal["rollbacks"][0]["output"] is True
    return [step["output"] for step in journal["run"]]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """It logs a lot, and leaves the ports of its proxies in the environment."""
    caplog.set_level(logging.ERROR)
    monkeypatch.setenv("echo_PORT", "")


def create(backend: Backend, **more: Any) -> dict[str, Any]:
    host, port = backend.address
    ends = {"proxy_name": "echo", "upstream_host": host, "upstream_port": port, "listen_host": "127.0.0.1"}
    return action("proxy.actions", "create_proxy", **ends, **more)


def test_an_experiment_with_every_action(server: str, echo_backend: Backend) -> None:
    toxics = [
        action("toxic.actions", function, for_proxy="echo", toxic_name=function, **arguments)
        for function, arguments in TOXICS.items()
    ]
    others = [
        action("toxic.actions", "create_toxic", for_proxy="echo", toxic_name=kind, toxic_type=kind, stream="upstream",
               toxicity=0.5, attributes=attributes)
        for kind, attributes in OTHERS.items()
    ]  # fmt: skip
    gone = [action("toxic.actions", "delete_toxic", for_proxy="echo", toxic_name=name) for name in (*TOXICS, *OTHERS)]
    proxy = {"proxy_name": "echo"}
    said = run(
        server,
        create(echo_backend),
        *toxics, *others, *gone,
        action("proxy.actions", "disable_proxy", **proxy),
        probe("get_proxy_attribute", False, attribute="enabled", **proxy),
        action("proxy.actions", "enable_proxy", **proxy),
        action("proxy.actions", "modify_proxy", upstream_address="127.0.0.1:9", **proxy),
        probe("get_proxy_attribute", "127.0.0.1:9", attribute="upstream", **proxy),
        action("proxy.actions", "delete_proxy", **proxy),
        probe("proxy_exist", False, **proxy),
        steady=(probe("proxy_exist", False, **proxy),),
    )  # fmt: skip
    assert said == [True] * 19 + [True, False, True, True, "127.0.0.1:9", None, False]


def test_a_session_goes_through_a_proxy_of_its_own(
    server: str, echo_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration: dict[str, Any] = {"toxiproxy_url": f"http://{server}"}
    host, port = echo_backend.address
    assert actions.create_proxy("echo", host, port, "127.0.0.1", configuration=configuration)
    with socket.create_connection(("127.0.0.1", int(configuration["echo_PORT"])), DEADLINE) as client:
        client.sendall(b"hello")
        assert receive_exactly(client, 5) == b"hello"
    with pytest.raises(AssertionError):  # as the client says that it is there already
        actions.create_proxy("echo", host, port, configuration=configuration)
    with pytest.raises(AssertionError):
        actions.enable_proxy("nobody", configuration=configuration)
    actions.delete_proxy("echo", configuration=configuration)
