"""The version, said once."""

__version__ = "2.0.0.dev0"

TOXIPROXY = "2.12.0"
"""That of the Toxiproxy whose API this speaks: its clients look at it to see what they can ask for."""
