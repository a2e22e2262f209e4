"""Change: from the proxies that there are to those that other settings ask for, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vaurien import listener
from vaurien.address import Address
from vaurien.crew import Prepared
from vaurien.door import Door
from vaurien.errors import ConfigError
from vaurien.proxy import Proxy
from vaurien.settings import DaemonSettings, ProxySettings

Make = Callable[[ProxySettings, Door | None], Proxy]
"""Makes a proxy that is bound but does not accept yet, perhaps with the listener of a door that is left."""


class Change:
    """All that other settings need, made but not at work: `new` proxies; doors and crews of those that stay."""

    def __init__(self, old: Mapping[str, Proxy], settings: DaemonSettings, make: Make) -> None:
        """Raises `ConfigError` if anything cannot be made; then nothing is left of it."""
        self.old = old
        self.settings = settings
        self.new: dict[str, Proxy] = {}
        self._crews: dict[str, Prepared] = {}
        self._doors: dict[str, Door] = {}
        self._left = [proxy.door for name, proxy in old.items() if proxy.door is not None and not self._stays(name)]
        self._handed_down: list[Door] = []
        self._inherited: list[Door] = []
        try:
            self._make(make)
        except ConfigError:
            self._undo()
            raise

    def _stays(self, name: str) -> bool:
        """Whether a proxy that there is goes on to listen where it does."""
        wanted = self.settings.proxies.get(name)
        return wanted is not None and wanted.enabled and wanted.local == self.old[name].settings.local

    def _make(self, make: Make) -> None:
        for name, wanted in self.settings.proxies.items():
            proxy = self.old.get(name)
            if proxy is None:
                left = self._left_at(wanted.local) if wanted.enabled else None
                self.new[name] = proxy = make(wanted, left)
                self._pass_on(left, proxy.door)
            elif proxy.settings is not wanted:
                self._crews[name] = proxy.crew.prepare(wanted)
                if wanted.enabled and not (proxy.door is not None and self._stays(name)):
                    left = self._left_at(proxy.bound.of(wanted.local))
                    self._doors[name] = proxy.new_door(wanted, left)
                    self._pass_on(left, self._doors[name])

    def _left_at(self, local: Address) -> Door | None:
        """The door of a proxy that is to listen there no more: its listener is handed down."""
        address = listener.resolve(local) if self._left else None
        return next((door for door in self._left if address is not None and door.address == address), None)

    def _pass_on(self, left: Door | None, door: Door | None) -> None:
        if left is not None and door is not None:
            self._left.remove(left)
            self._handed_down.append(left)
            self._inherited.append(door)

    def _undo(self) -> None:
        for door in self._inherited:
            door.handed_down = True
        for door in self._doors.values():
            door.close()
        for proxy in self.new.values():
            proxy.close()
            proxy.crew.close()
        for name, crew in self._crews.items():
            self.old[name].crew.discard(crew)

    def commit(self) -> tuple[dict[str, Proxy], list[Proxy]]:
        """Sets it all to work. Returns the proxies that there are now, and those that are gone, whose sessions go
        on."""
        for door in self._handed_down:
            door.handed_down = True
        for name, crew in self._crews.items():
            proxy = self.old[name]
            proxy.apply(crew)
            if name in self._doors:
                proxy.move(self._doors[name])
            elif not proxy.settings.enabled:
                proxy.shut()
                proxy.cut("disabled")
        leaving = [proxy for name, proxy in self.old.items() if name not in self.settings.proxies]
        for proxy in leaving:
            proxy.close()
        for proxy in self.new.values():
            proxy.start()
        return {name: self.new.get(name) or self.old[name] for name in self.settings.proxies}, leaving
