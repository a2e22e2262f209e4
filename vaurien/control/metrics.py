"""Metrics: ``GET /metrics``, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

import falcon
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from vaurien.control.families import FAMILIES, OF_TOXIPROXY, Family
from vaurien.control.process import Process
from vaurien.control.readings import Readings
from vaurien.counters import Histogram
from vaurien.version import __version__


class DaemonCollector(Collector):
    """What a control's daemon has counted, read when it is asked for.

    A proxy that is gone is gone from here too; one that is made anew under its name begins at 0.
    """

    def __init__(self, control: Any) -> None:
        self.control = control
        self.toxiproxy = control.settings.toxiproxy_metrics
        self.readings = Readings()
        self.process = Process()

    def collect(self) -> Iterable[Metric]:
        left_out = () if self.toxiproxy else OF_TOXIPROXY
        found = {family.name: _metric(family) for family in FAMILIES if family not in left_out}
        for name, proxy in self.control.daemon.proxies.items():
            for family, labels, value in self.readings.of(proxy):
                _add(found[family], (name, *labels), value)
            for family, labels, value in self.readings.for_toxiproxy(proxy) if self.toxiproxy else ():
                _add(found[family], (name, *labels), value)
        for (route, status), count in self.control.requests.items():
            _add(found["vaurien_control_requests_total"], (route, str(status)), count)
        info = found["vaurien_info"]
        info.add_sample(info.name + "_info", {"version": __version__, "seed": str(self.control.daemon.seed)}, 1)
        for family, number in self.process.readings():
            _add(found[family], (), number)
        return found.values()


KINDS = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}


def _metric(family: Family) -> Metric:
    """The family without values, as the library has it."""
    if family.kind == "info":
        return InfoMetricFamily(family.name.removesuffix("_info"), family.description)
    metric: Metric = KINDS[family.kind](family.name, family.description, labels=family.labels)
    return metric


def _add(metric: Any, labels: tuple[str, ...], value: float | Histogram) -> None:
    if isinstance(value, Histogram):
        metric.add_metric(labels, list(_buckets(value)), value.sum)
    else:
        metric.add_metric(labels, value)


def _buckets(histogram: Histogram) -> Iterator[tuple[str, int]]:
    """Each upper end with the number of all times up to it."""
    ends = [*map(str, histogram.bounds), "+Inf"]
    return zip(ends, accumulate(histogram.counts), strict=True)


class MetricsResource:
    """All metrics, in the text format of Prometheus, or in that of OpenMetrics for those who accept it."""

    def __init__(self, control: Any) -> None:
        # A registry of its own: several daemons may live in one process.
        self.registry = CollectorRegistry()
        self.registry.register(DaemonCollector(control))

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        encode, resp.content_type = choose_encoder(req.get_header("Accept") or "")
        resp.data = encode(self.registry)


def add_routes(app: falcon.App[Any, Any], control: Any) -> None:
    """Adds ``/metrics``."""
    app.add_route("/metrics", MetricsResource(control))
