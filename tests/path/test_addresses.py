"""IPv4, IPv6, names and Unix sockets on either side, and what becomes of a Unix socket's file."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gevent.hub import Hub

from tests import peers
from tests.path.tools import fate_of_a_client, wait_no_sessions
from tests.peers import Backend, receive_exactly
from tests.running import running
from vaurien import listener
from vaurien.address import Address
from vaurien.errors import ConfigError

LOCALS = ["127.0.0.1:0", "[::1]:0", "localhost:0", "unix:{}/proxy", ":0"]
DISTANTS = ["127.0.0.1", "[::1]", "localhost", "unix"]


def backend_at(distant: str, folder: Path) -> tuple[socket.socket, str]:
    """A backend's listener, and what is given to the proxy as its `distant`."""
    if distant == "unix":
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{folder}/backend")
        server.listen()
        return server, f"unix:{folder}/backend"
    if distant == "[::1]":
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    else:
        server = socket.create_server(("127.0.0.1", 0))
    return server, f"{distant}:{server.getsockname()[1]}"


def listen(local: str) -> None:
    """Listens as a proxy would, for cases in which that cannot be."""
    listener.listen(Address.parse(local), "proxy x").close()


@pytest.mark.parametrize("distant", DISTANTS)
@pytest.mark.parametrize("local", LOCALS)
def test_every_combination(local: str, distant: str, tmp_path: Path) -> None:
    server, address = backend_at(distant, tmp_path)
    with (
        peers.backend(peers.echo, server),
        running(address, local=local.format(tmp_path)) as daemon,
        daemon.connect() as client,
    ):
        client.sendall(b"over any road")
        assert receive_exactly(client, 13) == b"over any road"
        client.close()
        wait_no_sessions(daemon)


@pytest.mark.parametrize("local", LOCALS[:3])
def test_port_0_is_a_free_port(local: str, echo_backend: Backend) -> None:
    """Two proxies that ask for it get different ones, and tell them."""
    with running(echo_backend.address, local=local) as one, running(echo_backend.address, local=local) as other:
        ports = {one.proxy.local.port, other.proxy.local.port}
        assert len(ports) == 2
        assert 0 not in ports
        assert {one.address[1], other.address[1]} == ports


def test_a_port_that_is_taken(echo_backend: Backend) -> None:
    host, port = echo_backend.address
    with pytest.raises(ConfigError, match=f"proxy x: cannot listen on {host}:{port}: address already in use"):
        listen(f"{host}:{port}")


# Unix sockets' files


def test_the_file_is_made_and_removed(tmp_path: Path, echo_backend: Backend) -> None:
    path = tmp_path / "proxy"
    with running(echo_backend.address, local=f"unix:{path}"):
        assert stat.S_ISSOCK(os.stat(path).st_mode)
    assert not path.exists()


def test_a_stale_file_is_replaced(tmp_path: Path, echo_backend: Backend) -> None:
    path = tmp_path / "proxy"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    assert path.exists()
    with running(echo_backend.address, local=f"unix:{path}") as daemon, daemon.connect() as client:
        client.sendall(b"x")
        assert receive_exactly(client, 1) == b"x"
    assert not path.exists()


def test_a_live_one_is_left_alone(tmp_path: Path, echo_backend: Backend) -> None:
    path = tmp_path / "proxy"
    with running(echo_backend.address, local=f"unix:{path}") as first:
        with pytest.raises(ConfigError, match="address already in use"):
            listen(f"unix:{path}")
        with first.connect() as client:
            client.sendall(b"x")
            assert receive_exactly(client, 1) == b"x"


def test_a_live_one_whose_queue_is_full_is_left_alone(tmp_path: Path) -> None:
    """It is alive, though it does not answer at the moment."""
    path = str(tmp_path / "proxy")
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as client:
        busy.bind(path)
        busy.listen(0)
        client.connect(path)
        with pytest.raises(ConfigError, match="address already in use"):
            listen(f"unix:{path}")
        with busy.accept()[0]:
            pass


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("/dev/null")])
def test_a_file_of_another_kind_is_left_alone(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "proxy"
    make(path)
    before = os.lstat(path)
    with pytest.raises(ConfigError, match="cannot listen on"):
        listen(f"unix:{path}")
    assert os.lstat(path).st_ino == before.st_ino


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or directory"):
        listen(f"unix:{tmp_path}/nowhere/proxy")


# names


@contextmanager
def answers(monkeypatch: pytest.MonkeyPatch, *known: str | OSError) -> Iterator[list[str]]:
    """Makes every hub's resolver answer with these addresses, in turn where there is an error among them."""
    asked: list[str] = []

    class Resolver:
        def getaddrinfo(self, host: str, port: int, *rest: object) -> list[tuple[object, ...]]:
            asked.append(host)
            answer = known[min(len(asked), len(known)) - 1]
            if isinstance(answer, OSError):
                raise answer
            found: list[tuple[object, ...]] = []
            for number in answer.split():
                family = socket.AF_INET6 if ":" in number else socket.AF_INET
                sockaddr = (number, port, 0, 0) if ":" in number else (number, port)
                found.append((family, socket.SOCK_STREAM, 6, "", sockaddr))
            return found

        def close(self) -> None:
            pass

    monkeypatch.setattr(Hub, "resolver", property(lambda hub: Resolver()))
    yield asked


@pytest.mark.parametrize("listens_on", ["::1", "127.0.0.1"])
@pytest.mark.parametrize("order", ["::1 127.0.0.1", "127.0.0.1 ::1", "127.0.0.2 127.0.0.3 ::1 127.0.0.1"])
def test_a_name_with_several_addresses(order: str, listens_on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are tried one after the other until one is reached; from then on that one is first."""
    family = socket.AF_INET6 if ":" in listens_on else socket.AF_INET
    server = socket.create_server((listens_on, 0), family=family)
    port = server.getsockname()[1]
    with (
        answers(monkeypatch, order) as asked,
        peers.backend(peers.echo, server),
        running(f"several.test:{port}") as daemon,
    ):
        for _ in range(3):
            with daemon.connect() as client:
                client.sendall(b"x")
                assert receive_exactly(client, 1) == b"x"
        assert asked == ["several.test"]
        first = daemon.do(lambda: daemon.proxy.backend.known())[0]
        assert first[1][0] == listens_on


def test_a_name_of_which_no_address_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with answers(monkeypatch, "127.0.0.1 127.0.0.2"), running(f"several.test:{port}") as daemon:
            assert fate_of_a_client(daemon) == "reset"
            assert daemon.do(lambda: daemon.proxy.counters.connect_failures) == 1


def test_a_name_that_is_not_known(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is said at the start, and again for each client, which is reset."""
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with answers(monkeypatch, unknown), running("nowhere.test:80") as daemon:
        assert [fate_of_a_client(daemon), fate_of_a_client(daemon)] == ["reset", "reset"]
        assert daemon.do(lambda: daemon.proxy.counters.connect_failures) == 2
    messages = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(messages) == 3
    assert messages[0] == "cannot resolve nowhere.test (Name or service not known): tried again for each client"
    assert "cannot resolve nowhere.test: name or service not known" in messages[1].lower()


def test_a_name_that_becomes_known(monkeypatch: pytest.MonkeyPatch, echo_backend: Backend) -> None:
    unknown = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    with (
        answers(monkeypatch, unknown, unknown, "127.0.0.1"),
        running(f"later.test:{echo_backend.address[1]}") as daemon,
    ):
        daemon.wait_until(lambda: daemon.proxy.backend.known() == [])
        fates = [fate_of_a_client(daemon)]
        with daemon.connect() as client:
            client.sendall(b"x")
            assert receive_exactly(client, 1) == b"x"
    assert fates == ["reset"]
