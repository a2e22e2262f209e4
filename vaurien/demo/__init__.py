"""Demo: what ``vaurien --demo`` shows: the proxy at work on real traffic, with nothing to set up."""

from __future__ import annotations

from vaurien.demo.show import run

__all__ = ["run"]
