"""Rows' work: a load tool, or requests by the clock, together with the processor time that the proxy spends on it."""

from collections.abc import Callable

from benchmarks.clients import Clients, Pace, Trips
from benchmarks.errors import BenchmarkError
from benchmarks.peers import Endpoint
from benchmarks.percentiles import percentile
from benchmarks.rows import Figures
from benchmarks.scale import Scale
from benchmarks.tools import Work

WARM_UP = 0.3  # seconds of requests that are not counted
LATEST = 0.005  # seconds behind the schedule, at the median


def by_tool(tool: Callable[[int, Scale], Work]) -> Callable[[Endpoint, Scale], Figures]:
    """A row's `run`: the tool's rate, and the processor time of the proxy for each unit of its work."""

    def run(endpoint: Endpoint, scale: Scale) -> Figures:
        before = endpoint.cpu()
        work = tool(endpoint.port, scale)
        return {"rate": work.rate} | _cpu(endpoint, before, work.amount)

    return run


def _cpu(endpoint: Endpoint, before: float, amount: float) -> dict[str, float]:
    """Microseconds for each of `amount`, since the proxy's processor time was `before`; nothing without a proxy."""
    if endpoint.process is None:
        return {}
    return {"cpu": (endpoint.cpu() - before) / amount * 1e6}


def paced(endpoint: Endpoint, clients: Clients, pace: Pace) -> tuple[Trips, Figures]:
    """The trips of requests by the clock, after a warm-up, and the processor time of the proxy for each of them.

    BenchmarkError when the client itself does not keep up: its figures would be its own, and not the proxy's.
    """
    clients.run(Pace(pace.rate, WARM_UP, pace.overlapping))
    before = endpoint.cpu()
    trips = clients.run(pace)
    figures = _cpu(endpoint, before, len(trips.seconds))
    late = percentile(trips.late, 50)
    if late > LATEST:
        raise BenchmarkError(
            f"the client sent its requests {late * 1000:.0f} ms late (median): the machine is too busy"
        )
    return trips, figures
