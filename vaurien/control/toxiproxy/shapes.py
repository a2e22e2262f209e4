"""Shapes: what the dialect says of proxies and toxics."""

from __future__ import annotations

from typing import Any

from vaurien.control.live import Live
from vaurien.control.shapes import toxic_shape as shape
from vaurien.settings import ProxySettings, ToxicSettings


def proxy_shape(live: Live, name: str) -> dict[str, Any]:
    """A proxy: one that was ever enabled says where it really listens. Raises `UnknownProxy`."""
    settings = live.settings(name)
    return {
        "name": name,
        "listen": str(live.daemon.proxies[name].local),
        "upstream": str(settings.distant),
        "enabled": settings.enabled,
        "toxics": toxic_shapes(settings),
    }


def toxic_shapes(settings: ProxySettings) -> list[dict[str, Any]]:
    """All toxics of a proxy."""
    return [toxic_shape(toxic) for toxic in in_order(settings)]


def toxic_shape(toxic: ToxicSettings) -> dict[str, Any]:
    """A toxic; Go writes a whole number without a point, whatever its type."""
    toxicity = toxic.toxicity
    return {**shape(toxic), "toxicity": int(toxicity) if toxicity == int(toxicity) else toxicity}


def in_order(settings: ProxySettings) -> list[ToxicSettings]:
    """The toxics: those upstream first, each stream in the order of its chain."""
    return sorted(settings.toxics, key=lambda toxic: not toxic.to_backend)
