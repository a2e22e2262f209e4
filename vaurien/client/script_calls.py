"""Script calls: where scripts stand, and how to begin them anew."""

from __future__ import annotations

from vaurien.client.answers import Script
from vaurien.client.asking import Asking


class ScriptCalls(Asking):
    """A proxy may be left unnamed if it is the only one."""

    def scripts(self, proxy: str | None = None) -> tuple[Script, ...]:
        """The scripts in the behavior of a proxy, in their order."""
        return tuple(map(Script.of, self.listed(self.path_of(proxy, "scripts"), "scripts")))

    def restart_script(self, handler: str, proxy: str | None = None) -> Script:
        """Begins a script anew, for all sessions. Raises `NotFound` if it is not in the behavior."""
        return Script.of(self.request("POST", self.path_of(proxy, "scripts", handler, "restart")).body)
