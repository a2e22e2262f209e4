"""Chance: every draw is a pure function of who draws, never of when.

A key stands for who: seed, proxy, session, direction, as one number of 64 bits. The draw of a key's n-th call is
SplitMix64 at position n (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014; the
constants are those of its reference implementation), so that no draw depends on which came before it.
"""

from __future__ import annotations

import hashlib
import random

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15

TICKETS = 1_000_000
"""A choice among handlers is one ticket of so many: a percentage with four decimals is a whole number of them."""


def key(*parts: object) -> int:
    """The key of whoever is described by `parts` (numbers, texts), 64 bits."""
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def draw(key: int, position: int) -> int:
    """The number that `key` draws at `position`, uniform in [0, 2**64)."""
    x = (key + position * GOLDEN) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def ticket(key: int, position: int) -> int:
    """The draw as a whole number in [0, TICKETS)."""
    return draw(key, position) * TICKETS >> 64


def source(key_: int, position: int, purpose: str) -> random.Random:
    """A random source of its own for what one call does besides choosing: jitter, which bytes to change…"""
    return random.Random(key(key_, position, purpose))
