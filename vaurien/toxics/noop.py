"""The ``noop`` toxic: nothing."""

from __future__ import annotations

from vaurien.toxics.base import Toxic


class Noop(Toxic):
    """Passes everything on, at once and as it is."""

    name = "noop"
