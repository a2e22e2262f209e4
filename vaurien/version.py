"""The version, said once."""

__version__ = "2.0.0.dev0"
