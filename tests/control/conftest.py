"""A daemon with its control API before a backend that says everything back; no error in the log is unexpected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.control.controlled import Controlled, controlled
from tests.handlers.conftest import Errors, errors, no_errors
from tests.path.conftest import nothing_unhandled
from tests.peers import Backend

__all__ = ["Controlled", "Errors", "controlled", "errors", "no_errors", "nothing_unhandled"]


@pytest.fixture
def api(echo_backend: Backend) -> Iterator[Controlled]:
    """The control API of a daemon with one proxy, "default", before an echo. For other daemons there is
    `tests.control.controlled.controlled`."""
    with controlled(echo_backend.address) as found:
        yield found
