"""The command line of ``vaurien --toxiproxy``: Toxiproxy's flags, its defaults, and our own options beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import asked, line_of, said, write
from vaurien import arguments
from vaurien.address import Address
from vaurien.errors import ConfigError
from vaurien.settings import DaemonSettings, HttpSettings

JSON = '[{"name": "redis", "upstream": "127.0.0.1:9", "listen": "127.0.0.1:0"}]'


def settings(*argv: str) -> DaemonSettings:
    return asked("--toxiproxy", *argv)


def http(*argv: str) -> HttpSettings:
    found = settings(*argv).http
    assert found is not None
    return found


def error(*argv: str) -> str:
    with pytest.raises(ConfigError) as caught:
        settings(*argv)
    return line_of(caught.value)


def test_the_defaults_are_toxiproxys() -> None:
    found = http()
    assert (found.address, found.hosts, found.toxiproxy_metrics) == (Address("localhost", 8474), ("*",), False)
    assert settings().proxies == {}


@pytest.mark.parametrize("dashes", ["-", "--"])
@pytest.mark.parametrize("between", [" ", "="])
def test_flags_have_one_dash_or_two_and_a_blank_or_an_equals_sign(dashes: str, between: str) -> None:
    line = between.join([f"{dashes}host", "0.0.0.0"]) + " " + between.join([f"{dashes}port", "0"])
    assert http(*line.split()).address == Address("0.0.0.0", 0)
    assert settings(*f"{dashes}seed{between}5".split()).seed == 5
    assert arguments.parse(f"{dashes}toxiproxy {dashes}config{between}a.json".split()).proxies == "a.json"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("-proxy-metrics", True),
        ("--proxy-metrics", True),
        ("-proxy-metrics=true", True),
        ("-proxy-metrics=1", True),
        ("-proxy-metrics=F", False),
        ("-runtime-metrics", False),
        ("-runtime-metrics=false", False),
    ],
)
def test_switches(word: str, expected: bool) -> None:
    assert http(word).toxiproxy_metrics is expected


def test_our_own_options_go_with_them(tmp_path: Path) -> None:
    found = http("-port", "1", "--http-hosts", "a,b")
    assert (found.address.port, found.hosts) == (1, ("a", "b"))
    assert settings("--log-format", "json", "--http-port=2").http == http("-port=2")
    both = settings("--local", "127.0.0.1:0", "--distant", "127.0.0.1:9", "--behavior", "20:delay")
    assert str(both.proxies["default"].behavior) == "20:delay"


@pytest.mark.parametrize("ending", ["ini", "INI", "cfg", "conf"])
def test_a_config_may_be_an_ini(tmp_path: Path, ending: str) -> None:
    text = "[proxy:a]\nlocal = 127.0.0.1:0\ndistant = 127.0.0.1:9\n[toxic:slow]\ntype = latency\n"
    found = settings("-config", str(write(tmp_path, {f"x.{ending}": text})))
    assert [toxic.name for toxic in found.proxies["a"].toxics] == ["slow"]
    assert found.http == http()


@pytest.mark.parametrize(
    ("level", "expected"),
    [("trace", "debug"), ("debug", "debug"), ("INFO", "info"), ("warn", "warning"), ("error", "error"),
     ("fatal", "error"), ("disabled", "error"), ("nonsense", "info"), ("", "info")],
)  # fmt: skip
def test_the_level_of_the_log_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, level: str, expected: str
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    assert settings().log_level == expected
    assert settings("--log-level", "warning").log_level == "warning"
    assert asked("--local", "127.0.0.1:0", "--distant", "127.0.0.1:9").log_level == "info"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-port"], "-port: needs a value"),
        (["-port", "x"], "-port: "),
        (["--port=70000"], "--port: "),
        (["--http-port=x"], "--http-port: "),
        (["-host", "a:b:c"], "-host: "),
        (["-seed", "x"], "-seed: "),
        (["-proxy-metrics=perhaps"], "-proxy-metrics: expected true or false, not 'perhaps'"),
        (["-nonsense"], "-nonsense: unknown option"),
        (["-config"], "-config: needs a value"),
    ],
)
def test_wrong_flags_are_named_as_they_were_typed(words: list[str], expected: str) -> None:
    assert error(*words).startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "cannot be read: no such file or directory"),
        ("", "is no JSON: "),
        ("[{]", "is no JSON: "),
        ("{}", "expected a JSON list of proxies"),
        ("[" * 100_000, "is no JSON: "),
        ('[{"name": "a"}]', "proxy 1: missing required field: upstream"),
        (JSON[:-1] + ', {"upstream": "x:1"}]', "proxy 2: missing required field: name"),
        (JSON[:-1] + ', {"name": "b", "upstream": "x"}]', "proxy 2: upstream: 'x' has no port"),
        (JSON[:-1] + ", 5]", "proxy 2: json: cannot unmarshal number into Go value of type Proxy"),
        ('[{"name": "a", "upstream": "x:1", "enabled": "yes"}]', "proxy 1: json: cannot unmarshal string into Go"),
        ('[{"name": "a", "upstream": "x:1", "listen": "y"}]', "proxy 1: listen tcp: address y: missing port"),
        ('[{"name": "a", "upstream": "x:1", "toxics": [{"type": "lag"}]}]', "proxy 1: invalid toxic type: there is no"),
    ],
)
def test_a_wrong_file_is_named_with_its_entry(tmp_path: Path, text: str | None, expected: str) -> None:
    path = tmp_path / "toxiproxy.json"
    if text is not None:
        path.write_text(text)
    code, out, err = said("--toxiproxy", "-config", str(path), "--check-config")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"vaurien: {path}") and expected in err


def test_a_good_file_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, {"toxiproxy.json": "\ufeff" + JSON})
    code, out, err = said("--toxiproxy", "-config", str(path), "--check-config")
    assert (code, err) == (0, "")
    assert "proxy redis: 127.0.0.1:0 -> 127.0.0.1:9\n" in out
    assert "control API http://localhost:8474/\n" in out and "the configuration is good" in out


@pytest.mark.parametrize("word", ["-version", "--version"])
def test_the_version_names_both(word: str) -> None:
    code, out, _ = said("--toxiproxy", word)
    assert code == 0 and out.startswith("vaurien 2.") and "Toxiproxy 2.12.0" in out
    assert "Toxiproxy" not in said("--version")[1]


def test_help_tells_of_it() -> None:
    for words in (["--help"], ["--toxiproxy", "-h"]):
        out = said(*words)[1]
        assert "--toxiproxy" in out and "-proxy-metrics" in out
