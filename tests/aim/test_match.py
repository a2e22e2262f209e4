"""Which of the recorded calls a match means, and what is said of a wrong one."""

from __future__ import annotations

import random
import re
from fnmatch import translate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.aim.recorded import CALLS, sights
from vaurien.glob import ANY, ONE, Glob
from vaurien.match import LONGEST, OF_ALL, match
from vaurien.protocols import PROTOCOLS
from vaurien.protocols.base import Message
from vaurien.sight import Sight


def meant(protocol: str, text: str, **facts: Any) -> list[int]:
    """The places, in the list of recorded calls, of those that the match means."""
    found = match(text)
    keys = () if protocol == "tcp" else ("command", *PROTOCOLS.built_in[protocol].keys)
    found.check(keys, protocol)
    return [place for place, sight in enumerate(sights(protocol, **facts)) if found.holds(sight)]


TABLE = [
    ("http", "method:GET", [0, 1, 4, 5]),
    ("http", "method:get", [0, 1, 4, 5]),
    ("http", "method:GET,POST", [0, 1, 2, 3, 4, 5]),
    ("http", "!method:GET", [2, 3]),
    ("http", "command:POST", [2, 3]),
    ("http", "path:/orders/7", [0, 1]),
    ("http", "path:/orders/*", [0, 1, 2, 3]),
    ("http", "path:/?rders/7", [0, 1, 4, 5]),
    ("http", "path:*7", [0, 1, 4, 5]),
    ("http", "path:/orders", []),
    ("http", "host:shop.example", [0, 1, 2, 3]),
    ("http", "host:*.example", [0, 1, 2, 3, 4, 5]),
    ("http", "method:GET path:/orders/*", [0, 1]),
    ("http", "method:GET  !path:/orders/*", [4, 5]),
    ("http", "status:503", [3]),
    ("http", "status:?0?", [1, 3, 5]),
    ("http", "status:4??,5??", [3, 5]),
    ("http", "!status:200", [0, 2, 3, 4, 5]),
    ("http", "header:X-User=alice", [0, 1]),
    ("http", "header:x-user=*alice", [0, 1, 4, 5]),
    ("http", "header:X-User", [0, 1, 4, 5]),
    ("http", "header:X-User=Alice", []),
    ("http", 'header:X-User="bob, alice"', [4, 5]),
    ("http", "header:Server=nginx", [1]),
    ("http", "!header:X-User", [2, 3]),
    ("http", "header:X-User=alice,Server=nginx,X-User=bob*", [0, 1, 4, 5]),
    ("http", "!header:X-User=alice,host=SHOP*", [4, 5]),
    ("http", "!path:/orders/7,/Orders/7 !status:503", [2]),
    ("http", "bytes:*secret", [2]),
    ("http", "bytes:*HTTP/1.1\\ 2*", [1]),
    ("http", "client:10.0.0.0/8 method:POST", [2, 3]),
    ("redis", "command:SET,DEL", [0, 1, 4, 5]),
    ("redis", "command:get", [2, 3]),
    ("redis", "!command:SET,GET,DEL", [6, 7]),
    ("redis", "key:user:1", [0, 1]),
    ("redis", "key:user:*,USER:*", [0, 1, 2, 3]),
    ("redis", "key:a", [4, 5]),
    ("redis", "error:LOADING", [5]),
    ("redis", "error:*", [5]),
    ("redis", "key:*", [0, 1, 2, 3, 4, 5, 6, 7]),
    ("redis", "key:?*", [0, 1, 2, 3, 4, 5]),
    ("smtp", "from:*@one.example", [1, 2]),
    ("smtp", "command:RCPT to:b@*", [3, 4]),
    ("smtp", "code:5??", [4]),
    ("smtp", "code:220", [0]),
    ("memcached", "command:set", [0, 1]),
    ("memcached", "key:user:1", [0, 1, 2, 3]),
    ("tcp", "bytes:*secret*", [1]),
    ("tcp", "bytes:any\\ bytes", [0]),
    ("tcp", 'bytes:"any bytes"', [0]),
    ("tcp", "bytes:*\\x00\\xff", [1]),
    ("tcp", "bytes:*\\r\\n??", [1]),
    ("tcp", 'bytes:""', [2]),
    ("tcp", "!bytes:*e*", [2]),
    ("tcp", "client:10.1.2.3", [0, 1, 2]),
    ("tcp", "client:192.168.0.0/16,10.1.0.0/16", [0, 1, 2]),
    ("tcp", "client:192.168.0.0/16", []),
    ("tcp", "client:::/0", []),
    ("tcp", "session:3", [0, 1, 2]),
    ("tcp", "session:1-3", [0, 1, 2]),
    ("tcp", "session:4-", []),
    ("tcp", "session:1,2", []),
    ("tcp", "!session:3", []),
]


@pytest.mark.parametrize(("protocol", "text", "places"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_what_is_meant(protocol: str, text: str, places: list[int]) -> None:
    assert meant(protocol, text) == places


@pytest.mark.parametrize(
    ("client", "text", "is_meant"),
    [
        (("::1", 1, 0, 0), "client:::1", True),
        (("fe80::1%eth0", 1, 0, 2), "client:fe80::/10", True),
        (("::ffff:10.1.2.3", 1, 0, 0), "client:10.0.0.0/8", True),
        ("", "client:0.0.0.0/0", False),
        ("/run/client.sock", "!client:0.0.0.0/0", True),
    ],
)
def test_clients_of_all_kinds(client: Any, text: str, is_meant: bool) -> None:
    assert meant("tcp", text, client=client) == ([0, 1, 2] if is_meant else [])


def test_a_statement_is_meant_however_it_is_set() -> None:
    stating = Sight(None, Message(True, fields={"query": "  update\n\tUsers  SET x = 1"}), b"")
    for text in ('query:"UPDATE users*"', "query:update*", 'query:"*  set x = 1"', 'query:"UPDATE Users SET x = ?"'):
        assert match(text).holds(stating), text
    for text in ("query:UPDATE", 'query:"updateusers*"', "query:DELETE*"):
        assert not match(text).holds(stating), text


@pytest.mark.parametrize("text", ["", "   ", "\t\n"])
def test_nothing_means_all(text: str) -> None:
    assert not match(text) and match(text).holds(None)


WRONG = [
    ("orders", "expected a key and a colon, not 'orders' at character 1"),
    (
        "method:GET orders",
        "expected a key and a colon, not 'orders' (a value with blanks stands in double quotes) at character 12",
    ),
    ("!", "expected a key and a colon, not '' at character 2"),
    (":GET", "expected a key and a colon, not ':GET' at character 1"),
    ("method:", "expected a value at character 8"),
    ("method: GET", "expected a value at character 8"),
    ("method:GET,", "expected a value at character 12"),
    ("method:GET, path:/", "expected a value at character 12"),
    ('path:"/a b', "this quote is never closed at character 6"),
    ("path:/a\\", "a backslash at the end at character 8"),
    ("bytes:\\xzz", "expected two hexadecimal digits behind \\x, not 'zz' at character 9"),
    ("bytes:\\x1", "expected two hexadecimal digits behind \\x, not '1' at character 9"),
    ("path:/a client:home", "expected an address or a network such as 10.0.0.0/8, not 'home' at character 16"),
    ("client:10.0.0.0/99", "expected an address or a network such as 10.0.0.0/8, not '10.0.0.0/99' at character 8"),
    ("session:0", "expected an ordinal such as 3, 3-5 or 10-, not '0' at character 9"),
    ("session:5-3", "expected an ordinal such as 3, 3-5 or 10-, not '5-3' at character 9"),
    ("session:x", "expected an ordinal such as 3, 3-5 or 10-, not 'x' at character 9"),
    ("header:=x", "expected NAME=VALUE, not '=x' at character 8"),
    ('header:"a b"=x', "expected NAME=VALUE, not 'a b=x' at character 8"),
    ("x" * (LONGEST + 1), f"a match of {LONGEST + 1} characters is too long: it has {LONGEST} at most"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        match(text)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize("value", [None, 3, ["a:b"]])
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a text"):
        match(value)


def test_an_unknown_key_names_those_that_the_protocol_has() -> None:
    said = "unknown key 'path' at character 12: protocol redis has command, key, error, bytes, client, session"
    with pytest.raises(ValueError, match=f"^{said}$"):
        match("key:user:* path:/").check(("command", *PROTOCOLS.built_in["redis"].keys), "protocol redis")


@pytest.mark.parametrize("protocol", PROTOCOLS.built_in)
def test_each_protocol_has_the_keys_that_its_messages_have(protocol: str) -> None:
    keys = PROTOCOLS.built_in[protocol].keys
    assert keys and not {"command", *OF_ALL} & set(keys)
    fields = {key for sight in sights(protocol) for key in sight.message.fields} if protocol in CALLS else set()  # type: ignore[union-attr]
    assert fields - {"command"} <= set(keys)


# whatever is written

PIECES = [
    *"abc*?:!,\"'=-/ \t\n%é\x00", "\\", "\\x4", " ", " ", "a", "*", "method:", "path:", "client:", "bytes:",
    "header:X=", "session:", "1.2.0.0/8", "3-",
]  # fmt: skip
TIMES = 10_000


def written(chance: random.Random) -> str:
    return "".join(chance.choices(PIECES, k=chance.randrange(30)))


def test_whatever_is_written_is_a_match_or_wrong_at_a_place() -> None:
    chance = random.Random(1)
    calls = [*sights("http"), *sights("tcp")]
    good = 0
    for _ in range(TIMES):
        text = written(chance)
        try:
            found = match(text)
        except ValueError as exc:
            place = re.search(r"at character (\d+): write KEY:VALUE", str(exc))
            assert place is not None, (text, str(exc))
            assert 1 <= int(place[1]) <= len(text) + 1, text
            continue
        good += bool(found)
        assert {found.holds(sight) for sight in calls} <= {True, False}
        assert match(str(found)) == found
    assert good > TIMES / 100


@settings(max_examples=500, deadline=None)
@given(st.text("ab*?", max_size=12), st.text("ab", max_size=14))
def test_a_glob_is_what_others_understand_by_it(glob: str, text: str) -> None:
    tokens = [{"*": ANY, "?": ONE}.get(letter, letter) for letter in glob]
    expected = re.fullmatch(translate(glob), text) is not None
    assert Glob(tokens).matches(text) == expected
    assert Glob(tokens, binary=True).matches(text.encode()) == expected


def test_a_glob_that_would_take_others_for_ever() -> None:
    """Each ``*`` more would cost a thoughtless search another factor of the length."""
    glob = Glob([ANY, *[token for _ in range(200) for token in ("a", ANY)], "b"])
    assert not glob.matches("a" * 65_536)
    assert Glob([ANY, "b", ONE, ANY, "c"]).matches("ab" * 30_000 + "c")
