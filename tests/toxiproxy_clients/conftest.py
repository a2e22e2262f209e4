"""``vaurien --toxiproxy`` as a user starts it, for the clients that were written for Toxiproxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.program import program

CONTROL_LINE = r"^control API http://(?P<address>\S+?)/$"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Its "host:port"."""
    with program("--toxiproxy", "-port", "0") as vaurien:
        yield vaurien.wait_for_output(CONTROL_LINE)["address"]
