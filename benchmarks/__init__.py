"""Measurements of Vaurien beside other proxies. Not a part of what is installed."""
