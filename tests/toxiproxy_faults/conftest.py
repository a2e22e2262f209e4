"""A daemon before an echo, driven as clients of Toxiproxy do; no error in the log is unexpected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.control.controlled import controlled
from tests.control.toxiproxy.dialect import Dialect
from tests.handlers.conftest import errors, no_errors
from tests.path.conftest import nothing_unhandled
from tests.peers import Backend

__all__ = ["errors", "no_errors", "nothing_unhandled"]


@pytest.fixture
def echo(echo_backend: Backend) -> Iterator[Dialect]:
    """Its proxy is called "default"; what a test makes besides is its own."""
    with controlled(echo_backend.address, also_http={"toxiproxy_metrics": True}) as api:
        yield Dialect(api)
