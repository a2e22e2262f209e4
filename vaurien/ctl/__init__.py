"""The ``vaurienctl`` command: drives a running daemon by its control API."""

from vaurien.ctl.main import main

__all__ = ["main"]
