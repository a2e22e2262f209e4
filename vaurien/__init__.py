"""Vaurien, the TCP chaos proxy."""

from vaurien.version import __version__

__all__ = ["__version__"]
