"""Toxiproxy as a peer, where its server is installed: one proxy, with or without toxics."""

import contextlib
import functools
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.executables import program
from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.ports import free_port
from benchmarks.processes import running

SERVER = "toxiproxy-server"
DEADLINE = 10.0  # seconds for an answer of its API
CREATED = (200, 201)  # what is said of a toxic, and of a proxy
NAME = "benchmark"


@contextlib.contextmanager
def toxiproxy(toxics: Sequence[Mapping[str, Any]], place: Place) -> Iterator[Endpoint]:
    """Toxiproxy's server, which is told of one proxy and its toxics over its HTTP API. It logs warnings and errors, as
    Vaurien does.

    Go gives it as many threads as there are cores; that is how its users run it.
    """
    api, local = free_port(), free_port()
    argv = [program(SERVER), "-host", "127.0.0.1", "-port", str(api)]
    with running("toxiproxy", argv, place.directory, environment={"LOG_LEVEL": "warn"}) as process:
        proxy = {
            "name": NAME,
            "listen": f"127.0.0.1:{local}",
            "upstream": f"127.0.0.1:{place.distant}",
            "enabled": True,
        }
        process.wait_until(lambda: _asked(api, "/proxies", proxy))
        for toxic in toxics:
            _asked(api, f"/proxies/{NAME}/toxics", toxic)
        yield Endpoint(local, process)


def _asked(api: int, path: str, body: Mapping[str, Any]) -> bool:
    """Asks for something; False if the API does not listen yet."""
    connection = http.client.HTTPConnection("127.0.0.1", api, timeout=DEADLINE)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace").strip()
    except ConnectionRefusedError:
        return False
    except (OSError, http.client.HTTPException) as exc:
        raise BenchmarkError(f"{SERVER}: POST {path} failed: {exc}") from exc
    finally:
        connection.close()
    if answer.status not in CREATED:
        raise BenchmarkError(f"{SERVER} answered POST {path} with {answer.status}: {said}")
    return True


def with_toxics(*toxics: Mapping[str, Any]) -> Peer:
    """Toxiproxy with these toxics, each as its API takes it."""
    return Peer("toxiproxy", "Toxiproxy", functools.partial(toxiproxy, toxics), program=SERVER)


TOXIPROXY = with_toxics()
