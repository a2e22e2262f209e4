"""Certificates for the tests of TLS, and the watch of the data path's tests over exceptions that nobody has caught."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.path.conftest import nothing_unhandled  # noqa: F401 - a fixture
from tests.tls.files import Files


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """A CA, and certificates of it."""
    yield Files(tmp_path_factory.mktemp("tls"))
