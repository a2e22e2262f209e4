"""The ``packet_loss`` toxic: holes in the stream."""

from __future__ import annotations

from vaurien.options import Option
from vaurien.toxics.base import Toxic
from vaurien.toxics.chunk import Chunk


class PacketLoss(Toxic):
    """Loses a share of the chunks. They leave holes: nobody sends them again, as TCP would.

    `loss_rate` is the probability for each chunk; right behind one that was lost it is greater by `correlation`, so
    that losses come in bursts (a simple form of the model of Gilbert and Elliott).
    """

    name = "packet_loss"
    options = {
        "loss_rate": Option("The probability with which a chunk is lost", float, 0.1, minimum=0, maximum=1),
        "correlation": Option("How much greater it is right behind a loss", float, 0.0, minimum=0, maximum=1),
    }
    lost = False

    def shape(self, chunk: Chunk) -> None:
        rate = self.option("loss_rate") + (self.option("correlation") if self.lost else 0.0)
        self.lost = self.uniform(chunk) < rate
        if self.lost:
            chunk.drop()
