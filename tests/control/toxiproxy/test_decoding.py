"""No body whatever makes the decoding of the dialect fail otherwise than by a refusal."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaurien import config
from vaurien.control.toxiproxy.asked import new_toxic, proxy_fields
from vaurien.control.toxiproxy.decoding import decoded
from vaurien.control.toxiproxy.populate import all_of
from vaurien.control.toxiproxy.refusal import Refusal

SETTINGS = config.build({}, {"vaurien": {}, "http": {}})
KEYS = st.sampled_from(
    ["name", "listen", "upstream", "enabled", "toxics", "type", "stream", "toxicity", "attributes", "latency", "NAME"]
)
WORDS = st.sampled_from(
    ["latency", "upstream", "127.0.0.1:9", ":0", "[::]:1", "one", "localhost:0", "unix:/x", "a:b:c"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | WORDS
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6))


def read(value: Any) -> None:
    for act in (
        lambda: proxy_fields(value, SETTINGS.toxics),
        lambda: new_toxic(value, SETTINGS.toxics),
        lambda: all_of(value, SETTINGS),
        lambda: all_of([value], SETTINGS),
    ):
        try:
            act()
        except Refusal as exc:
            assert exc.status in (400, 409, 500) and exc.message and len(exc.message) < 2000


@given(VALUES)
def test_any_json(value: Any) -> None:
    read(value)
    with suppress(Refusal):  # NaN
        read(decoded(json.dumps(value).encode()))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    with suppress(Refusal):
        read(decoded(data))


@given(VALUES, st.binary(max_size=20))
def test_what_stands_behind_a_value_changes_nothing(value: Any, more: bytes) -> None:
    data = json.dumps([value]).encode()
    try:
        expected = decoded(data)
    except Refusal:
        return
    assert repr(decoded(data + more)) == repr(expected)


@pytest.mark.parametrize("text", ["[1.", "[1e", "[-1.5E+", '{"a": 0e-', "[tr", "[-", '{"a', '{"a"'])
def test_a_text_that_is_cut_in_a_word(text: str) -> None:
    with pytest.raises(Refusal, match="unexpected EOF"):
        decoded(text.encode())


@pytest.mark.parametrize("digits", ["", "0", "00e", "00e4"])
def test_a_text_that_is_cut_in_an_escape(digits: str) -> None:
    with pytest.raises(Refusal, match="unexpected EOF"):
        decoded(b'{"name": "a\\u' + digits.encode())
    with pytest.raises(Refusal, match="invalid character 'u'"):
        decoded(b'{"name": "a\\uzz')


@pytest.mark.parametrize("text", ["{t", "{u", '["x"e', '{"a": 1, n', "[1 f"])
def test_no_value_may_begin_there(text: str) -> None:
    with pytest.raises(Refusal, match=f"invalid character '{text[-1]}'"):
        decoded(text.encode())


@given(VALUES, st.data())
def test_a_value_that_is_cut_short_is_refused(value: Any, draw: Any) -> None:
    data = json.dumps([value]).encode()
    cut = data[: draw.draw(st.integers(0, len(data) - 1))]
    try:
        decoded(cut)
    except Refusal as exc:
        assert exc.status == 400
        if b"NaN" not in data and b"Inf" not in data:  # JSON has none, though Python writes them
            assert exc.message.endswith("EOF"), cut
    else:
        raise AssertionError(cut)
