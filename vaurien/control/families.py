"""Families: the metrics that there are, each declared once, for /metrics, for statsd and for the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Family:
    """Metrics of one name, as Prometheus knows it, one for each value of its labels.

    A counter only grows; a gauge is what holds now; a histogram counts times in seconds; an info is always 1, and says
    all in its labels.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram", "info"]
    labels: tuple[str, ...]
    description: str


OF_PROXIES = (
    Family("vaurien_sessions_opened_total", "counter", ("proxy",), "Clients that have come."),
    Family("vaurien_sessions_open", "gauge", ("proxy",), "Sessions at this moment."),
    Family("vaurien_sessions_ended_total", "counter", ("proxy", "cause"), "Sessions that are over, by how they ended."),
    Family(
        "vaurien_session_handlers_total",
        "counter",
        ("proxy", "session_handler"),
        "Sessions that a session handler had, by its name; all others went on as ever.",
    ),
    Family(
        "vaurien_calls_total",
        "counter",
        ("proxy", "handler", "direction"),
        "Calls, by the handler that had them; those of dummy went through untouched.",
    ),
    Family(
        "vaurien_commands_total",
        "counter",
        ("proxy", "command", "direction"),
        "Calls, by the command of their message, where the option command_metrics asks for it: 100, then other.",
    ),
    Family("vaurien_proxy_protocol", "gauge", ("proxy", "protocol"), "1 for the protocol that the proxy speaks."),
    Family(
        "vaurien_bytes_total",
        "counter",
        ("proxy", "direction"),
        "Bytes written, by direction, counted as they move.",
    ),
    Family(
        "vaurien_errors_total",
        "counter",
        ("proxy",),
        "Handlers, session handlers, hooks and toxics that raised, and ended their session.",
    ),
    Family("vaurien_connect_failures_total", "counter", ("proxy",), "Sessions for which there was no backend."),
    Family(
        "vaurien_connect_seconds",
        "histogram",
        ("proxy",),
        "From a client's arrival until the connection to its backend stood.",
    ),
    Family("vaurien_delay_asked_seconds", "histogram", ("proxy",), "How long delay was to hold a call."),
    Family("vaurien_delay_measured_seconds", "histogram", ("proxy",), "How long delay has held it."),
    Family("vaurien_proxy_enabled", "gauge", ("proxy",), "1 if the proxy listens, 0 if it is disabled."),
)
"""What is counted for each proxy. The first label is always the proxy's name."""

OF_TOXIPROXY = (
    Family(
        "toxiproxy_proxy_received_bytes_total",
        "counter",
        ("proxy", "direction", "listener", "upstream"),
        "Bytes that have come, before toxics, under Toxiproxy's name; only if it is wanted.",
    ),
    Family(
        "toxiproxy_proxy_sent_bytes_total",
        "counter",
        ("proxy", "direction", "listener", "upstream"),
        "Bytes written, behind toxics, under Toxiproxy's name; only if it is wanted.",
    ),
)
"""What Toxiproxy counts for each proxy with ``-proxy-metrics``."""

OF_DAEMON = (
    Family(
        "vaurien_control_requests_total",
        "counter",
        ("route", "status"),
        "Requests to the control API, by route and status of the answer.",
    ),
    Family("vaurien_info", "info", ("version", "seed"), "The version of Vaurien, and the seed of all chance."),
)

OF_PROCESS = (
    Family("process_cpu_seconds_total", "counter", (), "Processor time, in user space and in the kernel."),
    Family("process_start_time_seconds", "gauge", (), "When it began, in seconds since 1970."),
    Family("process_resident_memory_bytes", "gauge", (), "Memory that it has in RAM."),
    Family("process_virtual_memory_bytes", "gauge", (), "Memory that it has in all."),
    Family("process_open_fds", "gauge", (), "Descriptors that are open; known since Linux 6.2."),
    Family("process_max_fds", "gauge", (), "Descriptors that may be open."),
)
"""What is known of the process. Prometheus has these names for every program."""

FAMILIES = OF_PROXIES + OF_TOXIPROXY + OF_DAEMON + OF_PROCESS
