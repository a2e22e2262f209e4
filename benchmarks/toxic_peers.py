"""One toxic, the same in Vaurien and in Toxiproxy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.peers import Peer
from benchmarks.run_toxiproxy import TOXIPROXY, with_toxics
from benchmarks.run_vaurien import VAURIEN, with_arguments


@dataclass(frozen=True)
class Toxic:
    """A toxic of this type. `shared` says that the released Toxiproxy has it, too."""

    type: str
    attributes: Mapping[str, int] = field(default_factory=dict)
    shared: bool = True

    def arguments(self, stream: str) -> tuple[str, ...]:
        """How Vaurien is told."""
        options = {"stream": stream, **self.attributes}
        return tuple(word for name, value in options.items() for word in (f"--toxics.{self.type}.{name}", str(value)))

    def json(self, stream: str) -> dict[str, object]:
        """How Toxiproxy is told."""
        return {"type": self.type, "stream": stream, "attributes": dict(self.attributes)}


def peers(toxic: Toxic | None, stream: str) -> tuple[Peer, ...]:
    """Vaurien, and Toxiproxy if it has this toxic, each with it in one direction; without any for None."""
    if toxic is None:
        return (VAURIEN, TOXIPROXY)
    ours = with_arguments(*toxic.arguments(stream))
    return (ours, with_toxics(toxic.json(stream))) if toxic.shared else (ours,)
