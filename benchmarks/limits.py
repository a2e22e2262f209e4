"""The limit of open descriptors, for the benchmark and for all that it starts."""

import resource

WANTED = 65_536
# What a process needs beside its sessions: its log, its listening socket, an event loop, pipes.
SPARE = 600


def open_files() -> int:
    """How many descriptors this process, and each child, may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def raise_open_files() -> int:
    """Raises the limit to WANTED, or as far as the system allows; returns what holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= WANTED:
        return soft
    for limit in ((WANTED, max(hard, WANTED)), (min(hard, WANTED), hard)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            break
        except (ValueError, OSError):  # only root may go above the hard limit
            continue
    return open_files()


def allowed_sessions(wanted: int, limit: int) -> int:
    """At most `wanted` sessions, fewer where `limit` descriptors do not hold them: a proxy needs two for each."""
    return max(0, min(wanted, (limit - SPARE) // 2))
