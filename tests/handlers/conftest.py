"""No handler may fill the log with errors when it does what it is there for."""

import logging
from collections.abc import Callable, Iterator

import pytest

Errors = Callable[[], list[logging.LogRecord]]


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Errors:
    """What was logged as an error so far. A test that asks for this looks at it itself."""
    return lambda: [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.fixture(autouse=True)
def no_errors(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails a test that logs an error without asking for `errors`."""
    yield
    if "errors" not in request.fixturenames:
        logged = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
        assert not logged, f"errors were logged: {logged}"
