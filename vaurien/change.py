"""Change: from the proxies that there are to those that other settings ask for, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vaurien import listener
from vaurien.crew import Prepared
from vaurien.door import Door
from vaurien.errors import ConfigError
from vaurien.proxy import Proxy
from vaurien.settings import DaemonSettings, ProxySettings

Make = Callable[[ProxySettings, Proxy | None], Proxy]
"""Makes a proxy that is bound but does not accept yet, perhaps with the listener of one that leaves."""


class Change:
    """All that other settings need, made but not at work: `new` proxies, doors and crews of those that stay."""

    def __init__(self, old: Mapping[str, Proxy], settings: DaemonSettings, make: Make) -> None:
        """Raises `ConfigError` if anything cannot be made; then nothing is left of it."""
        self.old = old
        self.settings = settings
        self.stay = {
            name
            for name, wanted in settings.proxies.items()
            if name in old and old[name].settings.local == wanted.local
        }
        self.new: dict[str, Proxy] = {}
        self._heirs: dict[Proxy, Proxy] = {}
        self._crews: dict[str, Prepared] = {}
        self._doors: dict[str, Door] = {}
        try:
            self._make(make)
        except ConfigError:
            self._undo()
            raise

    def _make(self, make: Make) -> None:
        for name, wanted in self.settings.proxies.items():
            if name in self.stay:
                continue
            predecessor = self._predecessor(wanted)
            self.new[name] = make(wanted, predecessor)
            if predecessor:
                self._heirs[self.new[name]] = predecessor
        for name in self.stay:
            proxy, wanted = self.old[name], self.settings.proxies[name]
            if proxy.settings is wanted:
                continue
            self._crews[name] = proxy.crew.prepare(wanted)
            if wanted.enabled and proxy.door is None:
                self._doors[name] = proxy.new_door()

    def _predecessor(self, wanted: ProxySettings) -> Proxy | None:
        """The proxy that leaves and listens where this one is to listen: its listener is handed down."""
        address = listener.resolve(wanted.local) if wanted.enabled else None
        for name, proxy in self.old.items():
            if name not in self.stay and address is not None and proxy.door is not None and proxy.address == address:
                return proxy
        return None

    def _undo(self) -> None:
        for door in self._doors.values():
            door.close()
        for proxy in self.new.values():
            if proxy in self._heirs and proxy.door is not None:
                proxy.door.handed_down = True
            proxy.close()
            proxy.crew.close()
        for name, crew in self._crews.items():
            self.old[name].crew.discard(crew)

    def commit(self) -> tuple[dict[str, Proxy], list[Proxy]]:
        """Sets it all to work. Returns the proxies that there are now, and those that have stopped to listen, whose
        sessions go on."""
        for predecessor in self._heirs.values():
            if predecessor.door is not None:
                predecessor.door.handed_down = True
        for name, crew in self._crews.items():
            proxy = self.old[name]
            proxy.apply(crew)
            if name in self._doors:
                proxy.use(self._doors[name])
                proxy.start()
            elif not proxy.settings.enabled:
                proxy.shut()
                proxy.cut("disabled")
        leaving = [proxy for name, proxy in self.old.items() if name not in self.stay]
        for proxy in leaving:
            proxy.close()
        for proxy in self.new.values():
            proxy.start()
        return {name: self.new.get(name) or self.old[name] for name in self.settings.proxies}, leaving
