"""What the control API costs the data path: Vaurien without it, with it, and asked for its metrics each second."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import variants
from benchmarks.groups import OURS, Group
from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.ports import free_port, is_listening
from benchmarks.run_vaurien import VAURIEN, vaurien
from benchmarks.scraper import scraping

PREFIX = "control_"


@contextlib.contextmanager
def controlled(place: Place) -> Iterator[tuple[Endpoint, str]]:
    """Vaurien with its control API, and the URL of that, which answers: what it takes to load it is not measured."""
    port = free_port()
    with vaurien(("--http", "--http-port", str(port)), place) as endpoint:
        assert endpoint.process is not None
        endpoint.process.wait_until(lambda: is_listening(port))
        yield endpoint, f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def idle(place: Place) -> Iterator[Endpoint]:
    """Vaurien with its control API, which nobody asks."""
    with controlled(place) as (endpoint, _):
        yield endpoint


@contextlib.contextmanager
def scraped(place: Place) -> Iterator[Endpoint]:
    """Vaurien with its control API, which is asked for the metrics each second."""
    with controlled(place) as (endpoint, url), scraping(f"{url}/metrics"):
        yield endpoint


@dataclass(frozen=True)
class Variant:
    """One way to start Vaurien."""

    name: str
    title: str
    peer: Peer
    quick: bool = False


VARIANTS = (
    Variant("dummy", "without --http", VAURIEN, quick=True),
    Variant("idle", "with --http", Peer(OURS, "Vaurien", idle)),
    Variant("scraped", "with --http, metrics asked for each second", Peer(OURS, "Vaurien", scraped), quick=True),
)

CONTROL = Group(
    "control",
    "The control API",
    "Redis GET and HTTP keep-alive, 50 connections each, through plain dummy. The ratios are to Vaurien without "
    "its control API.",
    variants.rows(VARIANTS, PREFIX),
    variants.ratios(VARIANTS, PREFIX),
    by_row=True,
)
