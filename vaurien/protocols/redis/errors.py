"""The errors of a Redis server, in its words.

Sources: the texts are those of redis-server 7 (``server.c``: the shared objects and the checks before a command is
run; ``cluster.c``: redirections); the meaning of each is in the manual ("Redis cluster specification", "Transactions").
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Mapping

ERRORS: Mapping[str, str] = {
    "LOADING": "Redis is loading the dataset in memory",
    "READONLY": "You can't write against a read only replica.",
    "OOM": "command not allowed when used memory > 'maxmemory'.",
    "BUSY": "Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "MOVED": "{slot} 127.0.0.1:7001",
    "ASK": "{slot} 127.0.0.1:7001",
    "TRYAGAIN": "Multiple keys request during rehashing of slot",
    "CLUSTERDOWN": "The cluster is down",
    "MASTERDOWN": "Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "NOREPLICAS": "Not enough good replicas to write.",
    "NOAUTH": "Authentication required.",
    "NOSCRIPT": "No matching script. Please use EVAL.",
    "EXECABORT": "Transaction discarded because of previous errors.",
    "UNBLOCKED": "force unblock from blocking operation, instance state changed (master -> replica?)",
    "MISCONF": (
        "Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may "
        "modify the data set are disabled, because this instance is configured to report errors during writes if RDB "
        "snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the "
        "RDB error."
    ),
    "MAXCLIENTS": "max number of clients reached",
}
CLOSING = frozenset(("MAXCLIENTS",))
SLOTS = 16384


def slot_of(key: str) -> int:
    """The cluster's slot of a key: CRC16 (XMODEM) of it, or of what stands in its first braces (cluster
    specification, "Hash tags")."""
    _, brace, behind = key.partition("{")
    tag, closed, _ = behind.partition("}")
    return crc_hqx((tag if brace and closed and tag else key).encode(), 0) % SLOTS


def text_of_error(choice: str, key: str) -> str:
    """The error in a line, without the sign before it and its line end."""
    word = "ERR" if choice == "MAXCLIENTS" else choice
    return f"{word} {ERRORS[choice]}".replace("{slot}", str(slot_of(key)))
