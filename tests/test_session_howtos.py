"""What is printed about session handlers does what it says: the how-to's commands, before a real Redis."""

from pathlib import Path

from tests import built_docs
from tests.reader import Reader
from tests.servers.base import free_port
from tests.servers.redis import Redis
from tests.test_hook_howtos import follow

PAGE = "howto/session_faults"
STEPS = 11
"""So many commands of the page are tried here."""


def test_it_does_what_it_says(redis_server: Redis, tmp_path: Path) -> None:
    ports = {"6379": redis_server.port, "6380": free_port()}
    with Reader(tmp_path, ports) as reader:
        assert sum(follow(reader, block) for block in built_docs.pages()[PAGE]) == STEPS
