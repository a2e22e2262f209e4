"""The version of Vaurien. It is said here and nowhere else; the build reads it without importing the package."""

from __future__ import annotations

__version__ = "2.0.0.dev0"
