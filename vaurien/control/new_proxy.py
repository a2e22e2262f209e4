"""New proxy: what a request asks of a proxy that is to be made, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vaurien.address import Address
from vaurien.control.checks import check_keys, converted
from vaurien.control.fields import with_fields
from vaurien.control.wanted import KEYS, Loaded, Wanted
from vaurien.errors import ConfigError
from vaurien.naming import checked_name
from vaurien.settings import ProxySettings

LOCAL = Address("127.0.0.1", 0)
"""Where a new proxy listens that says nothing of it."""


def new_proxy(body: Mapping[str, Any], template: ProxySettings, loaded: Loaded) -> tuple[ProxySettings, Wanted]:
    """The settings of a proxy that has what `template` says but for what `body` does, and what that asks for.

    Raises `ConfigError`.
    """
    name = converted("name", checked_name, body.get("name"))
    if "distant" not in body:
        raise ConfigError("distant", "is missing: say where the proxy sends, as HOST:PORT")
    check_keys(body, ("name", *KEYS))
    places = {**template.places, "local": "local", "distant": "distant"}
    blank = replace(template, name=name, local=LOCAL, distant=LOCAL, places=places)
    wanted = Wanted({key: value for key, value in body.items() if key != "name"}, blank, blank, loaded)
    return with_fields(blank, wanted.fields), wanted
