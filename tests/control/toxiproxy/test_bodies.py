"""Bodies are read as Toxiproxy reads them: lenient with keys, strict with types."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control.toxiproxy.dialect import Dialect

NEW = {"name": "one", "upstream": "127.0.0.1:9", "listen": "127.0.0.1:0"}


def test_keys_may_be_in_any_case_and_unknown_ones_are_passed_over(toxiproxy: Dialect) -> None:
    body = {"NAME": "one", "UpStream": "127.0.0.1:9", "LISTEN": "127.0.0.1:0", "Logger": {}, "whatever": [1]}
    assert toxiproxy.say("POST", "/proxies", body).status == 201
    body = {"Type": "latency", "ATTRIBUTES": {"Latency": 5, "nonsense": 1}, "Toxicity": 0.25}
    status, toxic = toxiproxy.say("POST", "/proxies/one/toxics", body)
    assert (status, toxic["attributes"]["latency"], toxic["toxicity"]) == (200, 5, 0.25)
    assert "nonsense" not in toxic["attributes"]


def test_null_is_the_same_as_nothing(toxiproxy: Dialect) -> None:
    body = {"name": "one", "upstream": "127.0.0.1:9", "listen": None, "enabled": None, "toxics": None}
    status, proxy = toxiproxy.say("POST", "/proxies", body)
    assert (status, proxy["enabled"]) == (201, True)
    body = {"type": "latency", "name": None, "stream": None, "toxicity": None, "attributes": None}
    status, toxic = toxiproxy.say("POST", "/proxies/one/toxics", body)
    assert (status, toxic["name"], toxic["toxicity"]) == (200, "latency_downstream", 1)
    change = {"attributes": {"latency": None, "jitter": 3}, "toxicity": None}
    status, toxic = toxiproxy.say("PATCH", "/proxies/one/toxics/latency_downstream", change)
    assert (status, toxic["attributes"]["latency"], toxic["attributes"]["jitter"]) == (200, 0, 3)


def test_what_stands_behind_the_value_is_passed_over(toxiproxy: Dialect) -> None:
    body = b' {"name": "one", "upstream": "127.0.0.1:9", "listen": "127.0.0.1:0"} and more {'
    assert toxiproxy.say("POST", "/proxies", body).status == 201


def test_no_type_is_asked_of_the_request(toxiproxy: Dialect) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert toxiproxy.api.ask("POST", "/proxies", NEW, headers).status == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "EOF"),
        (b" \n", "EOF"),
        (b"{", "unexpected EOF"),
        (b'{"name": "on', "unexpected EOF"),
        (b'{"name": ', "unexpected EOF"),
        (b'{"enabled": fals', "unexpected EOF"),
        (b"tru\n", "unexpected EOF"),
        (b"-", "unexpected EOF"),
        (b"[]", "json: cannot unmarshal array into Go value of type Proxy"),
        (b'"text"', "json: cannot unmarshal string into Go value of type Proxy"),
        (b"5", "json: cannot unmarshal number into Go value of type Proxy"),
        (b'{"name": 5}', "json: cannot unmarshal number into Go struct field Proxy.name of type string"),
        (b'{"name": 1e3}', "json: cannot unmarshal number into Go struct field Proxy.name of type string"),
        (b'{"enabled": "yes"}', "json: cannot unmarshal string into Go struct field Proxy.enabled of type bool"),
        (b'{"enabled": 1}', "json: cannot unmarshal number into Go struct field Proxy.enabled of type bool"),
    ],
)
def test_what_cannot_be_read(toxiproxy: Dialect, body: bytes, message: str) -> None:
    assert toxiproxy.error("POST", "/proxies", body) == (400, f"bad request body: {message}")
    toxiproxy.make("there")
    assert toxiproxy.error("PATCH", "/proxies/there", body) == (400, f"bad request body: {message}")


@pytest.mark.parametrize("body", [b"}", b"nonsense", b"{'name': 1}", b'{"name": NaN}', b'{"a": 1,}', b"\xff\xfe"])
def test_what_is_no_json(toxiproxy: Dialect, body: bytes) -> None:
    status, message = toxiproxy.error("POST", "/proxies", body)
    assert status == 400 and message.startswith("bad request body: invalid character ")


@pytest.mark.parametrize("value", [b"1.5", b"1000.0", b"1e3", b'"5"', b"true", b"[]", b"9223372036854775808"])
def test_whole_numbers_are_strict(toxiproxy: Dialect, value: bytes) -> None:
    toxiproxy.make()
    body = b'{"type": "latency", "attributes": {"latency": ' + value + b"}}"
    status, message = toxiproxy.error("POST", "/proxies/one/toxics", body)
    assert status == 400
    assert message.startswith("bad request body: json: cannot unmarshal ")
    assert message.endswith(" into Go struct field Toxic.attributes.latency of type int64")
    assert toxiproxy.say("GET", "/proxies/one/toxics").json == []


@pytest.mark.parametrize("value", [b"1e999", b"-1e999", b"1" + b"0" * 400, b"1" + b"0" * 5000, b'"1"', b"true"])
def test_what_is_no_toxicity(toxiproxy: Dialect, value: bytes) -> None:
    toxiproxy.make()
    body = b'{"type": "noop", "toxicity": ' + value + b"}"
    assert toxiproxy.error("POST", "/proxies/one/toxics", body)[0] == 400


@pytest.mark.parametrize("toxicity", [2, -1, 1.0001])
def test_a_toxicity_is_from_0_to_1(toxiproxy: Dialect, toxicity: float) -> None:
    toxiproxy.make()
    body = {"type": "noop", "toxicity": toxicity}
    status, message = toxiproxy.error("POST", "/proxies/one/toxics", body)
    assert status == 400 and message.startswith("toxicity: expected a number from 0 to 1")


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"attributes": ' * 2000 + b"1" + b"}" * 2000, b'{"name": "\x00"}'],
)
def test_odd_ones_are_refused(toxiproxy: Dialect, body: bytes) -> None:
    for path in ("/proxies", "/populate"):
        assert toxiproxy.say("POST", path, body).status == 400
    toxiproxy.make()
    assert toxiproxy.say("POST", "/proxies/one/toxics", body).status == 400


def test_one_that_is_too_large_is_refused_in_the_same_form(toxiproxy: Dialect) -> None:
    status, message = toxiproxy.error("POST", "/proxies", b'{"name": "' + b"x" * (1 << 20) + b'"}')
    assert (status, message) == (413, "bad request body: has more than 1048576 bytes")


@pytest.mark.parametrize("name", ["", "a/b", " a", ".", "..", "x" * 101, "a\nb", "\u202e"])
def test_names_that_could_not_be_asked_for_are_refused(toxiproxy: Dialect, name: str) -> None:
    status, message = toxiproxy.error("POST", "/proxies", {**NEW, "name": name})
    assert status == 400 and (message.startswith("name: ") or message == "missing required field: name")


@pytest.mark.parametrize("name", ["a/b", " a", "..", "x" * 101, "a\nb"])
def test_nor_could_a_toxic_of_such_a_name_be(toxiproxy: Dialect, name: str) -> None:
    toxiproxy.make()
    status, message = toxiproxy.error("POST", "/proxies/one/toxics", {"type": "noop", "name": name})
    assert status == 400 and message.startswith("name: ")


def test_half_a_surrogate_pair_is_a_character_that_cannot_be_read(toxiproxy: Dialect) -> None:
    body = b'{"name": "a\\ud800b", "upstream": "127.0.0.1:9", "listen": "127.0.0.1:0", "\\udfff": "\\ud83d\\ude00"}'
    status, proxy = toxiproxy.say("POST", "/proxies", body)
    assert (status, proxy["name"]) == (201, "a\ufffdb")
    status, message = toxiproxy.error("PATCH", "/proxies/a%EF%BF%BDb", b'{"listen": "\\ud800\\ud83d\\ude00"}')
    assert (status, message) == (500, "listen tcp: address \ufffd\U0001f600: missing port in address")


@pytest.mark.parametrize("names", ['"name": "x", "NAME": "one"', '"name": "x", "Name": "y", "name": "one"',
                                   '"name": "one", "name": null'])  # fmt: skip
def test_the_last_of_two_values_holds(toxiproxy: Dialect, names: str) -> None:
    body = f'{{{names}, "upstream": "127.0.0.1:9", "listen": "127.0.0.1:0"}}'.encode()
    said: Any = toxiproxy.say("POST", "/proxies", body)
    assert (said.status, said.json["name"]) == (201, "one")
