"""Toxiproxy as a peer, where its server is installed: one proxy without toxics."""

import contextlib
import http.client
import json
from collections.abc import Iterator

from benchmarks.errors import BenchmarkError
from benchmarks.executables import program
from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.ports import free_port
from benchmarks.processes import Process, running

SERVER = "toxiproxy-server"
DEADLINE = 10.0  # seconds for an answer of its API
CREATED = 201


@contextlib.contextmanager
def toxiproxy(place: Place) -> Iterator[Endpoint]:
    """Toxiproxy's server, which is told of one proxy over its HTTP API. It logs warnings and errors, as Vaurien does.

    Go gives it as many threads as there are cores; that is how its users run it.
    """
    api, local = free_port(), free_port()
    argv = [program(SERVER), "-host", "127.0.0.1", "-port", str(api)]
    with running("toxiproxy", argv, place.directory, environment={"LOG_LEVEL": "warn"}) as process:
        _create(process, api, local, place.distant)
        yield Endpoint(local, process)


def _create(process: Process, api: int, local: int, distant: int) -> None:
    """Asks for the proxy as soon as the API answers."""
    proxy = {
        "name": "benchmark",
        "listen": f"127.0.0.1:{local}",
        "upstream": f"127.0.0.1:{distant}",
        "enabled": True,
    }
    body = json.dumps(proxy)

    def asked() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", api, timeout=DEADLINE)
        try:
            connection.request("POST", "/proxies", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace").strip()
        except ConnectionRefusedError:
            return False  # it does not listen yet
        except (OSError, http.client.HTTPException) as exc:
            raise BenchmarkError(f"{SERVER}: POST /proxies failed: {exc}") from exc
        finally:
            connection.close()
        if answer.status != CREATED:
            raise BenchmarkError(f"{SERVER} answered POST /proxies with {answer.status}: {said}")
        return True

    process.wait_until(asked)


TOXIPROXY = Peer("toxiproxy", "Toxiproxy", toxiproxy, program=SERVER)
