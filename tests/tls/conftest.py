"""Certificates for the tests of TLS, and the watch of the data path's tests over exceptions that nobody has caught."""

from __future__ import annotations

import pytest

from tests.path.conftest import nothing_unhandled  # noqa: F401 - a fixture
from tests.tls.files import Files


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A CA, and certificates of it."""
    return Files(tmp_path_factory.mktemp("tls"))
