"""What ``/metrics`` says, read by Prometheus' own parsers."""

from __future__ import annotations

from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from tests.control.controlled import Controlled

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Scrape:
    """One answer of ``/metrics``. `families` are its metrics by name."""

    def __init__(self, text: str, content_type: str) -> None:
        parse = openmetrics.text_string_to_metric_families if "openmetrics" in content_type else None
        found = list((parse or text_string_to_metric_families)(text))
        self.families: dict[str, Metric] = {metric.name: metric for metric in found}
        self.values: dict[tuple[str, frozenset[tuple[str, str]]], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for metric in found
            for sample in metric.samples
        }

    def __call__(self, name: str, **labels: str) -> float | None:
        """The value of ``vaurien_NAME`` with these labels, and no others; None if there is none."""
        return self.values.get((f"vaurien_{name}", frozenset(labels.items())))

    def of(self, proxy: str) -> list[str]:
        """The names of all that is said of a proxy."""
        return [name for name, labels in self.values if ("proxy", proxy) in labels]


def scrape(api: Controlled, accept: str = "") -> Scrape:
    """Asks for the metrics, in the text format unless `accept` says something else."""
    answer = api.ask("GET", "/metrics", headers={"Accept": accept} if accept else {})
    assert answer.status == 200, answer.body
    return Scrape(answer.body.decode(), answer.headers["content-type"])
