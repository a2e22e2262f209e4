"""Driving a running daemon from Python, by its control API; only the standard library is needed, and no gevent.

::

    from vaurien.client import Client

    client = Client("http://127.0.0.1:8080")
    with client.behavior("100:delay", sleep=2):
        ...  # every call is late by two seconds; afterwards all is as it was
"""

from vaurien.client.answers import (
    Behavior,
    CallCounts,
    Counters,
    Event,
    Info,
    Proxy,
    Revert,
    Script,
    Session,
    Share,
    Standing,
    Toxic,
)
from vaurien.client.client import Client
from vaurien.client.errors import (
    ClientError,
    Conflict,
    Invalid,
    NotFound,
    Outdated,
    Unauthorized,
    Unreachable,
)
from vaurien.client.event_stream import EventStream
from vaurien.client.loaded import Loaded, LoadedOption, LoadedProtocol

__all__ = [
    "Behavior",
    "CallCounts",
    "Client",
    "ClientError",
    "Conflict",
    "Counters",
    "Event",
    "EventStream",
    "Info",
    "Invalid",
    "Loaded",
    "LoadedOption",
    "LoadedProtocol",
    "NotFound",
    "Outdated",
    "Proxy",
    "Revert",
    "Script",
    "Session",
    "Share",
    "Standing",
    "Toxic",
    "Unauthorized",
    "Unreachable",
]
