"""Where a mistake was written: what cannot be used is named by its flag, or by file, section and option."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import ENDS, asked_in, problem, refusal, said, write
from tests.program import environment

TWO = "[proxy:redis]\nlocal = :6380\ndistant = r:6379\n[proxy:web]\nlocal = :8000\ndistant = w:80\n"


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of the test's own: the command makes it importable, which must not outlive the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("bad_of_places", None)


def started(*argv: str) -> str:
    """The refusal of a program that would serve."""
    command = [sys.executable, "-m", "vaurien", *argv]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=20)
    return refusal((done.returncode, done.stdout, done.stderr))


# sections


@pytest.mark.parametrize(
    ("section", "nearest"),
    [
        ("handlr:delay", "handler:delay"),
        ("proxi:web", "proxy:web"),
        ("Handler:delay", "handler:delay"),
        ("delay", "handler:delay"),
        ("handler-delay", "handler:delay"),
    ],
)
def test_a_wrong_section_has_a_nearest_one(tmp_path: Path, section: str, nearest: str) -> None:
    line = problem(tmp_path, f"{TWO}[{section}]\nsleep = 1\n")
    assert line.startswith(f"vaurien.ini [{section}]: unknown section; did you mean '{nearest}'? ")


@pytest.mark.parametrize("section", ["proxy:a", "handler:dely", "proxy:b:handler:delay", "nothing"])
def test_an_empty_section_has_a_place_too(tmp_path: Path, section: str) -> None:
    ends = () if section == "proxy:a" else ENDS
    assert problem(tmp_path, f"[{section}]\n", *ends).startswith(f"vaurien.ini [{section}]")


def test_a_section_with_both_of_its_names(tmp_path: Path) -> None:
    line = problem(tmp_path, "[behavior:delay]\nsleep = 1\n[handler:delay]\nsleep = 2\n", *ENDS)
    assert "[behavior:delay]" in line and "[handler:delay]" in line


def test_a_reference_may_use_the_old_name_of_a_section(tmp_path: Path) -> None:
    text = "[behavior:delay]\nsleep = 2\n[handler:error]\nwarmup = ${behavior:delay:sleep}\n"
    error = asked_in(tmp_path, text, *ENDS).proxies["default"].handlers["error"]
    assert error.given["warmup"] == 2


def test_a_reference_that_is_not_closed(tmp_path: Path) -> None:
    line = problem(tmp_path, "[vaurien]\ndistant = a:1\nlog_output = ${HOME/a.log\n")
    assert line.startswith("vaurien.ini [vaurien] log_output: ") and "${" in line


def test_an_empty_extends(tmp_path: Path) -> None:
    assert problem(tmp_path, "[vaurien]\nextends =\n", *ENDS).startswith("vaurien.ini [vaurien] extends: ")


# proxies


@pytest.mark.parametrize(("flag", "address"), [("--local", ":3"), ("--distant", "x:3")])
def test_a_flag_is_for_the_proxy_of_vaurien_where_it_has_one(tmp_path: Path, flag: str, address: str) -> None:
    proxies = asked_in(tmp_path, "[vaurien]\nlocal = :1\ndistant = v:2\n" + TWO, flag, address).proxies
    assert address in (str(proxies["default"].local), str(proxies["default"].distant))
    assert [str(proxies[name].local) for name in ("redis", "web")] == [":6380", ":8000"]
    assert [str(proxies[name].distant) for name in ("redis", "web")] == ["r:6379", "w:80"]


def test_two_proxies_on_one_address(tmp_path: Path) -> None:
    text = "[proxy:a]\nlocal = :8000\ndistant = c:1\n[proxy:b]\nlocal = :8000\ndistant = c:1\n"
    assert problem(tmp_path, text) == "vaurien.ini [proxy:b] local: proxy a listens on :8000 already"


@pytest.mark.parametrize("place", ["--local", "vaurien.ini [proxy:a] local"])
def test_a_port_in_use(tmp_path: Path, place: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        local = f"127.0.0.1:{other.getsockname()[1]}"
        write(tmp_path, {"vaurien.ini": f"[proxy:a]\nlocal = {local}\ndistant = b:1\n"})
        argv = ["--local", local, "--distant", "b:1"] if place == "--local" else ["--config", "vaurien.ini"]
        assert started(*argv).startswith(f"{place}: cannot listen on {local}: address already in use")


# files


@pytest.mark.parametrize(
    ("argv", "text", "place"),
    [
        (["--log-output", "no/such"], "", "--log-output"),
        ([], "[vaurien]\nlog_output = no/such\n", "vaurien.ini [vaurien] log_output"),
    ],
)
def test_a_log_that_cannot_be_opened(tmp_path: Path, argv: list[str], text: str, place: str) -> None:
    write(tmp_path, {"vaurien.ini": text})
    line = started("--config", "vaurien.ini", *ENDS, *argv)
    assert line == f"{place}: cannot write to no/such: no such file or directory"


def test_a_file_that_is_named_by_nothing() -> None:
    assert refusal(said("--config", "", *ENDS, "--check-config")).startswith("--config")


@pytest.mark.parametrize(
    "argv", [["--config", "a\nb"], ["--handlers.a\nb.c", "1", *ENDS, "--check-config"], ["--a\nb"], ["a\nb"]]
)
def test_a_word_with_a_line_end_is_told_in_one_line(argv: list[str]) -> None:
    assert "b" in refusal(said(*argv))


# what the user's own modules do


@pytest.mark.parametrize(
    "source", ["import sys\nsys.exit(3)\n", "raise ValueError('one\\ntwo')\n", "raise SystemExit\n"]
)
@pytest.mark.parametrize("argv", [["--check-config"], []])
def test_a_module_that_does_not_load(tmp_path: Path, source: str, argv: list[str]) -> None:
    write(tmp_path, {"bad_of_places.py": source})
    line = refusal(said(*ENDS, "--behavior", "20:bad_of_places.X", *argv))
    assert line.startswith("--behavior: cannot load 'bad_of_places.X': ")


def test_a_constructor_that_raises_several_lines(tmp_path: Path) -> None:
    source = "class X:\n  def __init__(self, s, p): raise ValueError('a\\nb')\n  def __call__(self, a, b, c): pass\n"
    write(tmp_path, {"bad_of_places.py": source})
    line = started(*ENDS, "--behavior", "20:bad_of_places.X")
    assert line == "handler bad_of_places.X: cannot be made: ValueError: a b"


def test_a_type_that_raises_something_else(tmp_path: Path) -> None:
    source = "def X(a, b, c): pass\nX.options = {'when': ('a time', {'now': 1}.__getitem__, None)}\n"
    write(tmp_path, {"bad_of_places.py": source})
    flag = "--handlers.bad_of_places.X.when"
    line = refusal(said(*ENDS, "--behavior", "20:bad_of_places.X", flag, "later", "--check-config"))
    assert line.startswith(f"{flag}: ")


def test_a_handler_that_cannot_be_called(tmp_path: Path) -> None:
    write(tmp_path, {"bad_of_places.py": "class X:\n    pass\n"})
    line = refusal(said(*ENDS, "--behavior", "20:bad_of_places.X", "--check-config"))
    assert line == "--behavior: X has no __call__, so it cannot be a handler"
