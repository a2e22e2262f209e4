"""Toxics: what can happen to all bytes of a flow. `BUILT_IN` lists those that come with Vaurien."""

from __future__ import annotations

from vaurien.registry import Registry
from vaurien.toxics.bandwidth import Bandwidth
from vaurien.toxics.base import FOREVER, Steps, Toxic
from vaurien.toxics.chunk import Chunk
from vaurien.toxics.corrupt import Corrupt
from vaurien.toxics.latency import Latency
from vaurien.toxics.limit_data import LimitData
from vaurien.toxics.limit_time import LimitTime
from vaurien.toxics.noop import Noop
from vaurien.toxics.packet_loss import PacketLoss
from vaurien.toxics.reset_peer import ResetPeer
from vaurien.toxics.slicer import Slicer
from vaurien.toxics.slow_close import SlowClose
from vaurien.toxics.slow_open import SlowOpen
from vaurien.toxics.timeout import Timeout

BUILT_IN: tuple[type[Toxic], ...] = (
    Bandwidth,
    Corrupt,
    Latency,
    LimitData,
    LimitTime,
    Noop,
    PacketLoss,
    ResetPeer,
    Slicer,
    SlowClose,
    SlowOpen,
    Timeout,
)

TOXICS = Registry("toxic", {toxic.name: toxic for toxic in BUILT_IN}, "vaurien.toxics", {}, key="type")

__all__ = ["BUILT_IN", "FOREVER", "TOXICS", "Chunk", "Steps", "Toxic"]
