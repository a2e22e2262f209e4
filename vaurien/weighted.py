"""Weighted: a choice among words, each with a weight: ``503,500*3,429``."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from vaurien.options import words


def weighted(value: Any) -> tuple[str, ...]:
    """A list such as 503,500*3,429, in which 500 is three times as likely.

    The type of options that choose among words. Raises `ValueError`.
    """
    one = isinstance(value, int) and not isinstance(value, bool)
    texts = str(value) if one else value if isinstance(value, str) else [str(part) for part in value]
    found = words(texts)
    for text in found:
        split(text)
    return found


def split(text: str) -> tuple[str, float]:
    """The word and the weight in ``WORD`` or ``WORD*NUMBER``. Raises `ValueError`."""
    word, star, number = text.partition("*")
    try:
        weight = float(number) if star else 1.0
    except ValueError:
        weight = 0.0
    if not word.strip() or not 0 < weight < 1e9:
        raise ValueError(f"{text!r} is no choice: write WORD, or WORD*WEIGHT with a number above 0")
    return word.strip(), weight


def choose(choices: Iterable[str], source: random.Random) -> str:
    """One of the words by chance."""
    names, weights = zip(*map(split, choices), strict=True)
    return str(source.choices(names, weights)[0])
