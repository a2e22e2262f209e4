"""What `fetch` does when the network is good, late, or wrong for a moment."""

import pytest
from fetch import fetch


def test_nothing_is_wrong(web_server, vaurien):
    assert fetch(vaurien(web_server)) == b"hello"


def test_an_answer_that_is_late_is_not_waited_for(web_server, vaurien):
    address = vaurien(web_server, "--behavior", "100:delay", "--handlers.delay.sleep", "5")
    with pytest.raises(TimeoutError):
        fetch(address, timeout=0.1)


def test_a_wrong_answer_is_asked_for_again(web_server, vaurien):
    address = vaurien(web_server, "--behavior", "100:transient", "--handlers.transient.agitate", "1")
    assert fetch(address, timeout=5) == b"hello"


def test_one_attempt_does_not_survive_a_reset(web_server, vaurien):
    address = vaurien(web_server, "--behavior", "100:abort")
    with pytest.raises(ConnectionResetError):
        fetch(address, attempts=1)
