"""A toxic of one's own: a line that stands still again and again. How to run it stands in vaurien.ini here."""

import time

from vaurien.options import Option
from vaurien.toxics import Toxic


class Stutter(Toxic):
    """Lets bytes pass for `on` milliseconds, holds them for `off` milliseconds, and so on, in all sessions at once."""

    name = "stutter"
    options = {
        "on": Option("How long bytes pass", int, 900, minimum=0, unit="milliseconds"),
        "off": Option("How long they are held then", int, 100, minimum=0, unit="milliseconds"),
    }

    @classmethod
    def check(cls, values):
        if not values["on"] and not values["off"]:
            raise ValueError("off: expected more than 0, as on is 0 too")

    def shape(self, chunk):
        on, off = self.option("on") / 1000, self.option("off") / 1000
        began = self.shared.setdefault("began", time.monotonic())
        place = (time.monotonic() - began) % (on + off)
        if place >= on:
            yield on + off - place
