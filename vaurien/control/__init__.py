"""The control API: an HTTP server that drives a running daemon."""

from vaurien.control.control import Control

__all__ = ["Control"]
