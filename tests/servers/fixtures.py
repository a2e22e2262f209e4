"""One fixture for each server, started once for the whole run and only when a test asks for it."""

from collections.abc import Iterator

import pytest

from tests.servers.iperf3 import Iperf3
from tests.servers.mariadb import MariaDB
from tests.servers.memcached import Memcached
from tests.servers.nginx import Nginx
from tests.servers.postgresql import PostgreSQL
from tests.servers.redis import Redis


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """An empty Redis; tests that need it empty say FLUSHALL."""
    with Redis() as server:
        yield server


@pytest.fixture(scope="session")
def nginx_server() -> Iterator[Nginx]:
    """An nginx with the static files in its `files`."""
    with Nginx() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """A PostgreSQL; tests work in databases of their own."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    """A MariaDB; tests work in databases of their own."""
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def memcached_server() -> Iterator[Memcached]:
    """A memcached."""
    with Memcached() as server:
        yield server


@pytest.fixture(scope="session")
def iperf3_server() -> Iterator[Iperf3]:
    """An iperf3 server."""
    with Iperf3() as server:
        yield server
