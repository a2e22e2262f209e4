"""INI files: what is read from them, what they refer to, and what is said of a broken one."""

import os
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import line_of, write
from vaurien import ini
from vaurien.errors import ConfigError


def texts(path: Path) -> dict[str, dict[str, str]]:
    """The file's sections, without the places."""
    return {
        section: {name: given.text for name, given in options.items()}
        for section, options in ini.read(str(path)).items()
    }


def error(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        ini.read(str(path))
    return line_of(caught.value).replace(f"{path.parent}{os.sep}", "")


def test_sections_and_options_remember_where_they_stood(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.ini": "[vaurien]\nlog-level = debug\n[proxy:redis]\nlocal=:1\n"})
    assert ini.read(str(path)) == {
        "vaurien": {"log_level": ini.Given("debug", f"{path} [vaurien] log-level")},
        "proxy:redis": {"local": ini.Given(":1", f"{path} [proxy:redis] local")},
    }


@pytest.mark.parametrize(
    "content",
    [
        b"[a]\nb = 1\n",
        b"[a]\nb=1",
        b"[a]\nb: 1\n",
        b"\xef\xbb\xbf[a]\nb = 1\n",
        b"[a]\r\nb = 1\r\n",
        b"# says\n; nothing\n\n[a]\n# more\n\nb =   1  \n",
    ],
    ids=["plain", "no end", "colon", "byte order mark", "CRLF", "comments"],
)
def test_ways_to_write_the_same(tmp_path: Path, content: bytes) -> None:
    assert texts(write(tmp_path, {"a.ini": content})) == {"a": {"b": "1"}}


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert ini.read(str(write(tmp_path, {"a.ini": ""}))) == {}


def test_a_value_may_hold_what_is_special_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.ini": "[a]\nb = 20:delay,5:error # % %(x)s = ; é\n"})
    assert texts(path) == {"a": {"b": "20:delay,5:error # % %(x)s = ; é"}}


def test_the_old_name_of_a_handler_section(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.ini": "[behavior:delay]\nsleep = 2\n"})
    assert ini.read(str(path)) == {"handler:delay": {"sleep": ini.Given("2", f"{path} [behavior:delay] sleep")}}


# ${...}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${NUMBER}", "5"),
        ("a${NUMBER}b${NUMBER}c", "a5b5c"),
        ("${vaurien:local}", "127.0.0.1:8000"),
        ("${proxy:redis:local}", "127.0.0.1:6380"),
        ("${proxy:redis:handler:delay:sleep}", "0.5"),
        ("${handler:delay:sleep}", "5"),
        ("${handler:delay:log-level}", "debug"),
        ("${handler:delay:log_level}", "debug"),
        ("$$", "$"),
        ("$${NUMBER}", "${NUMBER}"),
        ("$$$$", "$$"),
        ("$$${NUMBER}", "$5"),
        ("$NUMBER", "$NUMBER"),
        ("${EMPTY}", ""),
        ("${TRICKY}", "${NUMBER}$$"),
    ],
)
def test_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, value: str) -> None:
    monkeypatch.setenv("NUMBER", "5")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("TRICKY", "${NUMBER}$$")  # what the environment says is nobody's to expand
    content = (
        f"[vaurien]\nwanted = {text}\nlocal = 127.0.0.1:8000\n[proxy:redis]\nlocal = 127.0.0.1:6380\n"
        "[proxy:redis:handler:delay]\nsleep = 0.5\n[handler:delay]\nsleep = ${NUMBER}\nlog-level = debug\n"
    )
    assert texts(write(tmp_path, {"a.ini": content}))["vaurien"]["wanted"] == value


def test_a_reference_sees_what_the_extending_file_says(tmp_path: Path) -> None:
    files = {"a.ini": "[vaurien]\nextends = b.ini\n[x]\nport = 2\n", "b.ini": "[x]\nport = 1\nend = h:${x:port}\n"}
    assert texts(write(tmp_path, files))["x"] == {"port": "2", "end": "h:2"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${NO_SUCH_NAME}", ["a.ini [vaurien] seed:", "'NO_SUCH_NAME'", "environment"]),
        ("${vaurien:sede}", ["a.ini [vaurien] seed:", "'sede'", "[vaurien]"]),
        ("${proxy:redis:local}", ["a.ini [vaurien] seed:", "'local'", "[proxy:redis]"]),
        ("${vaurien:seed}", ["a.ini [vaurien] seed:", "itself"]),
        ("${vaurien:other}", ["a.ini [vaurien] seed:", "${vaurien:other}", "itself"]),
    ],
)
def test_a_reference_to_nothing(tmp_path: Path, text: str, words: list[str]) -> None:
    line = error(write(tmp_path, {"a.ini": f"[vaurien]\nseed = {text}\nother = ${{vaurien:seed}}\n"}))
    for word in words:
        assert word in line


# extends


def test_the_extending_file_wins_option_by_option(tmp_path: Path) -> None:
    files = {
        "here/a.ini": "[vaurien]\nextends = ../base/b.ini\nseed = 1\n[handler:delay]\nsleep = 1\n",
        "base/b.ini": "[vaurien]\nextends = c.ini\nseed = 2\ntimeout = 2\n[handler:delay]\njitter = 2\n",
        "base/c.ini": "[vaurien]\nseed = 3\ntimeout = 3\nbehavior = 3:delay\n[handler:error]\nwarmup = 3\n",
    }
    path = write(tmp_path, files)
    assert texts(path) == {
        "vaurien": {"seed": "1", "timeout": "2", "behavior": "3:delay"},
        "handler:delay": {"sleep": "1", "jitter": "2"},
        "handler:error": {"warmup": "3"},
    }
    where = ini.read(str(path))["vaurien"]["behavior"].where
    assert "c.ini [vaurien] behavior" in where


def test_the_path_is_relative_to_the_file_and_not_to_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"deep/a.ini": "[vaurien]\nextends = b.ini\n", "deep/b.ini": "[vaurien]\nseed = 2\n", "b.ini": "wrong"}
    write(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert texts(Path("deep/a.ini"))["vaurien"] == {"seed": "2"}


def test_an_absolute_path_and_several_files_the_last_of_which_wins(tmp_path: Path) -> None:
    other = write(tmp_path / "other", {"b.ini": "[vaurien]\nseed = 2\ntimeout = 2\n"})
    files = {"a.ini": f"[vaurien]\nextends = {other}, c.ini\n", "c.ini": "[vaurien]\nseed = 3\n"}
    assert texts(write(tmp_path, files))["vaurien"] == {"seed": "3", "timeout": "2"}


def test_two_files_may_extend_the_same(tmp_path: Path) -> None:
    files = {
        "a.ini": "[vaurien]\nextends = b.ini c.ini\n",
        "b.ini": "[vaurien]\nextends = d.ini\n",
        "c.ini": "[vaurien]\nextends = d.ini\n",
        "d.ini": "[vaurien]\nseed = 4\n",
    }
    assert texts(write(tmp_path, files))["vaurien"] == {"seed": "4"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.ini": "[vaurien]\nextends = a.ini\n"}, ["a.ini", "extends itself"]),
        ({"a.ini": "[vaurien]\nextends = b.ini\n", "b.ini": "[vaurien]\nextends = ./a.ini\n"}, ["extends itself"]),
        ({"a.ini": "[vaurien]\nextends = no.ini\n"}, ["a.ini [vaurien] extends:", "no.ini"]),
        ({"a.ini": "[vaurien]\nextends = b.ini\n", "b.ini": "seed = 1\n"}, ["b.ini", "line 1", "'seed = 1'"]),
        ({"a.ini": "[vaurien]\nextends = b.ini\n", "b.ini": "[x]\ny = ${NO_SUCH_NAME}"}, ["b.ini [x] y", "NO_SUCH"]),
    ],
    ids=["itself", "circle", "missing", "broken", "reference"],
)
def test_a_file_that_cannot_be_extended(tmp_path: Path, files: dict[str, str], words: list[str]) -> None:
    line = error(write(tmp_path, files))
    for word in words:
        assert word in line


# broken files


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("seed = 1\n", ["a.ini", "line 1", "'seed = 1'", "[section]"]),
        ("[vaurien\nseed = 1\n", ["a.ini", "line 1", "'[vaurien'"]),
        ("[]\nseed = 1\n", ["a.ini", "line 1"]),
        ("[vaurien]\nseed\n", ["a.ini", "line 2: 'seed' is no 'option = value'"]),
        ("[vaurien]\n= 1\n", ["a.ini", "line 2"]),
        ("[vaurien]\nseed = 1\n[vaurien]\n", ["a.ini", "line 3", "[vaurien]", "twice"]),
        ("[vaurien]\nseed = 1\nseed = 2\n", ["a.ini", "line 3", "'seed'", "[vaurien]", "twice"]),
        ("[vaurien]\nlog-level = a\nlog_level = b\n", ["a.ini [vaurien] log_level", "log-level", "twice"]),
        ("[handler:delay]\n[behavior:delay]\n", ["a.ini", "[behavior:delay]", "[handler:delay]", "same"]),
        (b"[vaurien]\nseed = \xff\n", ["a.ini: line 2: is not UTF-8: invalid start byte"]),
        (b"\0\0\0", ["a.ini", "line 1"]),
        ("[vaurien]\nseed = 1\n".encode("utf-16"), ["a.ini", "UTF-8"]),
    ],
)
def test_a_broken_file(tmp_path: Path, content: str | bytes, words: list[str]) -> None:
    line = error(write(tmp_path, {"a.ini": content}))
    for word in words:
        assert word in line


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert error(tmp_path / "a.ini") == "a.ini: cannot be read: no such file or directory"


def test_a_folder(tmp_path: Path) -> None:
    assert error(tmp_path / ".").endswith(": cannot be read: is a directory")


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.ini": "[vaurien]\n"})
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # nobody: root may read everything
    try:
        assert error(path) == "a.ini: cannot be read: permission denied"
    finally:
        os.seteuid(user)


PIECES = st.sampled_from(
    ["[vaurien]", "[proxy:a]", "[handler:delay]", "seed", "extends", "=", ":", "\n", "\n  ", " ", "$", "${", "}",
     "${x}", "${vaurien:seed}", "${vaurien:extends}", "a.ini", "b.ini", ";", "#", "\t", "\r", "\ufeff", "é", "\0"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(string.printable, max_size=3), max_size=30).map("".join))
def test_no_text_makes_it_fail_in_any_other_way(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = write(folder, {"a.ini": text, "b.ini": "[vaurien]\nseed = 1\n"})
    try:
        sections = ini.read(str(path))
    except ConfigError as exc:
        assert line_of(exc)
    else:
        assert all(isinstance(given.text, str) for options in sections.values() for given in options.values())
