"""A daemon without proxies, and a client of Toxiproxy's that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.control.controlled import controlled
from tests.control.toxiproxy.dialect import Dialect


@pytest.fixture
def toxiproxy() -> Iterator[Dialect]:
    with controlled() as api:
        yield Dialect(api)
