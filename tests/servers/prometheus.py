"""Prometheus, which asks one address for its metrics."""

import json
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.servers.base import Server, exchange

CONFIG = """\
global:
  scrape_interval: 500ms
  scrape_timeout: 500ms
  external_labels:
    folder: {folder}
scrape_configs:
  - job_name: vaurien
    static_configs:
      - targets: ["{target}"]
"""


class Prometheus(Server):
    """Scrapes `target` ("host:port") twice a second."""

    program = "prometheus"
    package = "prometheus"

    def __init__(self, target: str) -> None:
        self.target = target

    def prepare(self) -> None:
        (self.folder / "prometheus.yml").write_text(CONFIG.format(folder=self.folder, target=self.target))

    def command(self) -> list[str | Path]:
        return [
            self.binary,
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={self.host}:{self.port}",
        ]

    def answers(self) -> bool:
        # its configuration names our folder: another one on this port has another
        request = b"GET /api/v1/status/config HTTP/1.0\r\n\r\n"
        return str(self.folder).encode() in exchange((self.host, self.port), request)

    def query(self, expression: str) -> dict[str, float]:
        """What an instant query finds now: values by their labels, as ``name="value"`` with commas between."""
        found = self._get("query", query=expression)
        return {
            ",".join(f'{name}="{text}"' for name, text in sorted(one["metric"].items())): float(one["value"][1])
            for one in found["result"]
        }

    def target_state(self) -> dict[str, Any]:
        """What it says of `target`: ``health``, ``lastError``, ``lastScrape``…"""
        (target,) = self._get("targets")["activeTargets"]
        return dict(target)

    def _get(self, what: str, **parameters: str) -> Any:
        url = f"http://{self.host}:{self.port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]
