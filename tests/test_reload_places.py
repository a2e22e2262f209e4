"""SIGHUP: proxies that get other names and other places, and what is said of it."""

import socket
from pathlib import Path

import pytest

from tests.peers import Backend
from tests.reloading import SHARED, answers, reloaded
from tests.running import DEADLINE

START = SHARED.format(behavior="100:dummy")


def test_a_proxy_may_get_another_name(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as old:
        assert answers(old)
        daemon.hang_up(START.replace("0.2", str(DEADLINE)) + daemon.proxy("b", "a"))
        with daemon.connect("a") as client:
            assert answers(client)
        assert answers(old)
        old.close()
        daemon.running.wait_for_log(" a #2 ended: client closed")
        daemon.running.wait_for_log(" b #1 ended: client closed")


def test_two_proxies_may_change_places(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon:
        error = "behavior = 100:error\n"
        daemon.hang_up(START + daemon.proxy("a") + daemon.proxy("b", more=error))
        daemon.hang_up(START + daemon.proxy("a", "b") + daemon.proxy("b", "a", more=error))
        with daemon.connect("b") as client:
            assert answers(client)
        with daemon.connect("a") as client:
            assert not answers(client)


def test_an_address_may_be_written_in_another_way(tmp_path: Path, echo_backend: Backend) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with reloaded(tmp_path, echo_backend) as daemon:
        for host in ("localhost", "127.0.0.1", "localhost"):
            daemon.hang_up(f"{START}[proxy:a]\nlocal = {host}:{port}\ndistant = {daemon.distant}\n")
            with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
                assert answers(client)


def test_a_failure_leaves_a_proxy_that_was_to_be_renamed_as_it_is(tmp_path: Path, echo_backend: Backend) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, reloaded(tmp_path, echo_backend) as daemon:
        taken = f"[proxy:c]\nlocal = 127.0.0.1:{other.getsockname()[1]}\ndistant = {daemon.distant}\n"
        daemon.hang_up(START + daemon.proxy("b", "a") + taken, "ERROR not reloaded")
        with daemon.connect("a") as client:
            assert answers(client)
        daemon.running.wait_for_log(" a #2 ended: client closed")


def test_the_port_of_a_new_proxy_is_said(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon:
        text = f"[proxy:b]\nlocal = 127.0.0.1:0\ndistant = {daemon.distant}\n"
        daemon.hang_up(START + daemon.proxy("a") + text)
        port = int(daemon.running.wait_for_log(r"proxy b: 127\.0\.0\.1:([1-9]\d*) -> ")[1])
        with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
            assert answers(client)
        assert daemon.running.output.count("proxy ") == 1, "the banner is printed at the start alone"


def test_a_second_signal_cuts_sessions_of_a_removed_proxy_too(tmp_path: Path, echo_backend: Backend) -> None:
    with reloaded(tmp_path, echo_backend) as daemon, daemon.connect("a") as client:
        assert answers(client)
        daemon.hang_up(START.replace("0.2", "60") + daemon.proxy("b"))
        daemon.running.process.terminate()
        daemon.running.wait_for_log("INFO stopping: 1 session has 60 s to finish")
        assert answers(client)
        daemon.running.process.terminate()
        assert daemon.running.process.wait(DEADLINE) == 0
        assert " a #2 ended: shutdown; " in daemon.running.log
        with pytest.raises(OSError, match=r"No such file|refused"):
            daemon.connect("b")
