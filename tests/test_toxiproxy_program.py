"""``vaurien --toxiproxy`` as a process: in Toxiproxy's place, from its start to its end."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.peers import Backend, receive_exactly
from tests.program import Program, environment, program
from tests.running import DEADLINE

CONTROL_LINE = r"^control API http://(?P<address>\S+?)/$"
INI = """
[proxy:from_ini]
local = 127.0.0.1:0
distant = {0}
[toxic:slow]
type = latency
latency = 1
[proxy:from_ini:toxic:cut]
type = limit_data
bytes = {1}
"""


def address(vaurien: Program) -> str:
    return vaurien.wait_for_output(CONTROL_LINE)["address"]


def ask(vaurien: Program, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{address(vaurien)}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.read()


def listed(vaurien: Program) -> Any:
    return json.loads(ask(vaurien, "GET", "/proxies")[1])


def entry(name: str, backend: Backend, **more: Any) -> dict[str, Any]:
    return {"name": name, "listen": "127.0.0.1:0", "upstream": "{}:{}".format(*backend.address), **more}


def echoes(proxy: Any) -> bool:
    host, _, port = proxy["listen"].rpartition(":")
    with socket.create_connection((host, int(port)), DEADLINE) as client:
        client.sendall(b"hello")
        return receive_exactly(client, 5) == b"hello"


def test_its_proxies_are_announced_and_serve(echo_backend: Backend, tmp_path: Path) -> None:
    config = tmp_path / "toxiproxy.json"
    config.write_text(json.dumps([entry("a", echo_backend, toxics=[{"type": "noop"}]),
                                  entry("b", echo_backend, enabled=False)]))  # fmt: skip
    with program("--toxiproxy", "-port=0", "-config", config) as vaurien:
        found = listed(vaurien)
        assert vaurien.locals["a"] == found["a"]["listen"] and echoes(found["a"])
        assert [toxic["name"] for toxic in found["a"]["toxics"]] == ["noop_downstream"]
        assert (found["b"]["enabled"], found["b"]["listen"]) == (False, "127.0.0.1:0")


def test_they_survive_a_reload_and_the_inis_are_read_anew(echo_backend: Backend, tmp_path: Path) -> None:
    ini, config = tmp_path / "vaurien.ini", tmp_path / "toxiproxy.json"
    upstream = "{}:{}".format(*echo_backend.address)
    ini.write_text(INI.format(upstream, 1000))
    config.write_text(json.dumps([entry("from_json", echo_backend)]))
    with program("--toxiproxy", "-port", "0", "-config", ini, "-config", config) as vaurien:
        before = listed(vaurien)
        assert [toxic["name"] for toxic in before["from_ini"]["toxics"]] == ["slow", "cut"]
        assert ask(vaurien, "POST", "/proxies/from_json/toxics", {"type": "noop"})[0] == 200
        ini.write_text(INI.format(upstream, 2000))
        vaurien.process.send_signal(signal.SIGHUP)
        vaurien.wait_for_log("reloaded")
        after = listed(vaurien)
        assert after["from_ini"]["toxics"][1]["attributes"]["bytes"] == 2000
        assert [toxic["name"] for toxic in after["from_json"]["toxics"]] == ["slow", "noop_downstream"]
        assert after["from_json"]["listen"] == before["from_json"]["listen"] and echoes(after["from_json"])


def test_any_host_is_good_but_not_of_a_browser(echo_backend: Backend) -> None:
    with program("--toxiproxy", "-port", "0") as vaurien:
        for host in ("toxiproxy", "toxiproxy:8474", "a.b.example"):
            assert ask(vaurien, "GET", "/proxies", Host=host)[0] == 200
            assert ask(vaurien, "GET", "/v1/proxies", Host=host)[0] == 200
            assert ask(vaurien, "GET", "/v1/proxies", Host=host, **{"User-Agent": "Mozilla/5.0"})[0] == 403
        assert ask(vaurien, "GET", "/v1/proxies", **{"User-Agent": "Mozilla/5.0"})[0] == 200
        assert ask(vaurien, "GET", "/proxies", Origin="http://a.example")[0] == 403


def counted(vaurien: Program) -> dict[tuple[str, str], float]:
    """Toxiproxy's counters of the only proxy, by what is counted and direction."""
    said = ask(vaurien, "GET", "/metrics")[1].decode()
    ((_, proxy),) = listed(vaurien).items()
    found = {}
    for line in said.splitlines():
        name, _, rest = line.partition("{")
        if name.startswith("toxiproxy_proxy_"):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', rest))
            direction = labels.pop("direction")
            assert labels == {"proxy": proxy["name"], "listener": proxy["listen"], "upstream": proxy["upstream"]}
            found[name.removeprefix("toxiproxy_proxy_").removesuffix("_bytes_total"), direction] = float(
                rest.split()[-1]
            )
    return found


def test_bytes_are_counted_as_they_move_by_toxiproxys_names(echo_backend: Backend) -> None:
    with program("--toxiproxy", "-port", "0", "-proxy-metrics") as vaurien:
        made = json.loads(ask(vaurien, "POST", "/proxies", entry("a", echo_backend))[1])
        host, _, port = made["listen"].rpartition(":")
        with socket.create_connection((host, int(port)), DEADLINE) as client:
            client.sendall(b"x" * 100)
            assert receive_exactly(client, 100) == b"x" * 100
            ways = [(what, stream) for what in ("received", "sent") for stream in ("upstream", "downstream")]
            assert counted(vaurien) == dict.fromkeys(ways, 100)


def test_what_a_toxic_holds_back_is_received_and_not_sent(echo_backend: Backend) -> None:
    with program("--toxiproxy", "-port", "0", "-proxy-metrics") as vaurien:
        made = json.loads(ask(vaurien, "POST", "/proxies", entry("a", echo_backend))[1])
        ask(vaurien, "POST", "/proxies/a/toxics", {"type": "bandwidth"})
        host, _, port = made["listen"].rpartition(":")
        with socket.create_connection((host, int(port)), DEADLINE) as client:
            client.sendall(b"x" * 100)
            end = time.monotonic() + DEADLINE
            while (found := counted(vaurien))["received", "downstream"] < 100:
                assert time.monotonic() < end, found
            assert found["sent", "downstream"] == 0
            ask(vaurien, "DELETE", "/proxies/a/toxics/bandwidth_downstream")
            assert receive_exactly(client, 100) == b"x" * 100
            assert counted(vaurien)["sent", "downstream"] == 100


def refused(*arguments: str | Path) -> str:
    """The one line of a program that does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "vaurien", "--toxiproxy", *arguments],
        env=environment(), capture_output=True, text=True, timeout=DEADLINE * 2, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("vaurien: ")]
    return line


def test_an_address_of_the_api_that_is_taken_ends_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused("-port", str(port))
    assert line.startswith(f"vaurien: -port: cannot listen on localhost:{port}: address already in use")


@pytest.mark.parametrize("second", [False, True])
def test_an_address_of_a_proxy_that_is_taken_ends_it(echo_backend: Backend, tmp_path: Path, second: bool) -> None:
    config = tmp_path / "toxiproxy.json"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = "{}:{}".format(*taken.getsockname())
        before = [entry("a", echo_backend)] if second else []
        config.write_text(json.dumps([*before, entry("b", echo_backend, listen=listen)]))
        line = refused("-port", "0", "-config", config)
    place = f"{config} proxy {len(before) + 1}"
    assert line == f"vaurien: {place}: listen tcp {listen}: bind: address already in use"


def test_a_broken_file_ends_it(tmp_path: Path) -> None:
    config = tmp_path / "toxiproxy.json"
    assert refused("-port", "0", "-config", config).startswith(f"vaurien: {config}: cannot be read: ")
    config.write_text("[{]")
    assert refused("-port", "0", "-config", config).startswith(f"vaurien: {config}: is no JSON: ")
    config.write_text('[{"name": "a"}]')
    assert refused("-port", "0", "-config", config) == f"vaurien: {config} proxy 1: missing required field: upstream"
