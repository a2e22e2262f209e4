"""The helper that runs Vaurien as a program: it says what went wrong, and leaves no process behind."""

import signal
import socket
from contextlib import ExitStack, suppress

import pytest

from tests.program import program
from tests.servers.base import free_port

LOCAL = ("--local", "127.0.0.1:0")


def test_it_knows_where_the_proxy_listens() -> None:
    distant = f"127.0.0.1:{free_port()}"
    with program(*LOCAL, "--distant", distant, "--seed", "42") as vaurien:
        assert vaurien.locals == {"default": f"127.0.0.1:{vaurien.port}"}
        assert vaurien.ports == {"default": vaurien.port}
        assert vaurien.seed == 42
        assert f"-> {distant}\n" in vaurien.output
        with suppress(ConnectionResetError):  # nobody is behind it, which may show before the connect has returned
            socket.create_connection(("127.0.0.1", vaurien.port), timeout=10).close()
    assert vaurien.process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_stopped_within_the_block(number: signal.Signals) -> None:
    with program(*LOCAL, "--distant", "127.0.0.1:1") as vaurien:
        vaurien.stop(number)
        assert vaurien.process.returncode == 0


def test_a_wrong_command_line_is_shown() -> None:
    run = program(*LOCAL, "--distant", "127.0.0.1:1", "--behavior", "10:nosuchhandler")
    with pytest.raises(AssertionError, match=r"ended with 2 before [\s\S]*nosuchhandler"), run:
        pass


def test_a_failure_in_the_block_gets_what_the_program_said() -> None:
    with pytest.raises(ZeroDivisionError) as caught, program(*LOCAL, "--distant", "127.0.0.1:1") as vaurien:
        raise ZeroDivisionError
    assert vaurien.process.returncode is not None
    assert f"proxy default: 127.0.0.1:{vaurien.port} -> 127.0.0.1:1" in caught.value.__notes__[0]


def test_a_program_that_ends_by_itself_is_a_failure() -> None:
    with ExitStack() as stack:
        vaurien = stack.enter_context(program(*LOCAL, "--distant", "127.0.0.1:1"))
        vaurien.process.kill()
        vaurien.process.wait()
        with pytest.raises(AssertionError, match="ended by itself, with exit code -9"):
            stack.close()


def test_a_line_that_never_comes_is_a_failure_and_so_is_an_end_without_it() -> None:
    with program(*LOCAL, "--distant", "127.0.0.1:1") as vaurien:
        assert vaurien.wait_for_output("^proxy (.*): ")[1] == "default"
        with pytest.raises(AssertionError, match=r"no 'nothing like this' after 0\.05 s"):
            vaurien.wait_for_log("nothing like this", deadline=0.05)
        vaurien.stop()
        with pytest.raises(AssertionError, match="ended with 0 before 'nothing like this'"):
            vaurien.wait_for_log("nothing like this")
