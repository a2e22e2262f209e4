"""Toxics in the INI and on the command line."""

from pathlib import Path

import pytest

from tests.asking import ENDS, asked, asked_in, said
from tests.toxics.own import Checked, Shout
from vaurien.options import OptionValues
from vaurien.settings import DaemonSettings, ToxicSettings
from vaurien.toxics import BUILT_IN

BASIC = "[vaurien]\ndistant = a:1\n"
OWN = "tests.toxics.own"


def toxics(settings: DaemonSettings, proxy: str = "default") -> dict[str, ToxicSettings]:
    return {one.name: one for one in settings.proxies[proxy].toxics}


def values(toxic: ToxicSettings) -> dict[str, object]:
    return dict(OptionValues(toxic.declared, toxic.given))


def test_a_section_of_its_own(tmp_path: Path) -> None:
    text = "[toxic:slow]\ntype = latency\nlatency = 100\njitter = 20\nstream = upstream\ntoxicity = 0.25\n"
    [slow] = toxics(asked_in(tmp_path, BASIC + text)).values()
    assert (slow.name, slow.type.name, slow.stream, slow.to_backend, slow.toxicity) == (
        "slow", "latency", "upstream", True, 0.25,
    )  # fmt: skip
    assert values(slow) == {"latency": 100, "jitter": 20, "distribution": "uniform"}


@pytest.mark.parametrize("kind", BUILT_IN, ids=[kind.name for kind in BUILT_IN])
def test_a_section_that_is_called_as_its_type_needs_no_type(kind: type, tmp_path: Path) -> None:
    [found] = toxics(asked_in(tmp_path, f"{BASIC}[toxic:{kind.name}]\n")).values()  # type: ignore[attr-defined]
    assert (found.target, found.stream, found.toxicity) == (kind, "downstream", 1.0)


def test_they_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    names = ["c", "a", "b"]
    text = "".join(f"[toxic:{name}]\ntype = noop\n" for name in names)
    assert list(toxics(asked_in(tmp_path, BASIC + text))) == names


def test_one_for_a_single_proxy_and_one_for_all(tmp_path: Path) -> None:
    text = (
        "[toxic:slow]\ntype = latency\nlatency = 100\n[proxy:a]\nlocal = :1\ndistant = x:1\n"
        "[proxy:b]\nlocal = :2\ndistant = x:1\n[proxy:b:toxic:lossy]\ntype = packet_loss\n"
        "[proxy:b:toxic:slow]\nlatency = 7\n"
    )
    settings = asked_in(tmp_path, text)
    assert list(toxics(settings, "a")) == ["slow"]
    assert values(toxics(settings, "a")["slow"])["latency"] == 100
    assert list(toxics(settings, "b")) == ["slow", "lossy"]
    assert values(toxics(settings, "b")["slow"])["latency"] == 7


def test_a_proxy_may_do_without(tmp_path: Path) -> None:
    text = (
        "[toxic:slow]\ntype = latency\n[proxy:a]\nlocal = :1\ndistant = x:1\n"
        "[proxy:b]\nlocal = :2\ndistant = x:1\n[proxy:b:toxic:slow]\nenabled = false\n"
    )
    settings = asked_in(tmp_path, text)
    assert list(toxics(settings, "a")) == ["slow"]
    assert list(toxics(settings, "b")) == []
    assert "latency" in settings.toxics


def test_the_command_line_wins(tmp_path: Path) -> None:
    text = "[toxic:slow]\ntype = latency\nlatency = 100\njitter = 1\n"
    settings = asked_in(tmp_path, BASIC + text, "--toxics.slow.latency", "5", "--toxics.slow.stream=upstream")
    [slow] = toxics(settings).values()
    assert values(slow) == {"latency": 5, "jitter": 1, "distribution": "uniform"}
    assert slow.to_backend


def test_the_command_line_alone() -> None:
    settings = asked(*ENDS, "--toxics.slow.type", "latency", "--toxics.slow.latency", "5", "--toxics.bandwidth.rate=3")
    found = toxics(settings)
    assert list(found) == ["slow", "bandwidth"]
    assert values(found["bandwidth"]) == {"rate": 3, "shared": False}


def test_a_flag_without_a_value_is_true() -> None:
    [found] = toxics(asked(*ENDS, "--toxics.bandwidth.rate=3", "--toxics.bandwidth.shared")).values()
    assert values(found) == {"rate": 3, "shared": True}


def test_users_own_by_dotted_path(tmp_path: Path) -> None:
    text = f"[toxic:loud]\ntype = {OWN}.Shout\nstream = upstream\n[toxic:checked]\ntype = {OWN}.Checked\nlow = 3\n"
    settings = asked_in(tmp_path, BASIC + text)
    found = toxics(settings)
    assert (found["loud"].target, found["checked"].target) == (Shout, Checked)
    assert values(found["checked"]) == {"low": 3, "high": 10}
    assert {"shout", "checked", "latency"} <= set(settings.toxics)


def test_a_file_beside_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine_of_toxics.py").write_text(
        "from vaurien.toxics import Toxic\n\n\nclass Mine(Toxic):\n    name = 'mine'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    [found] = toxics(asked_in(tmp_path, f"{BASIC}[toxic:x]\ntype = mine_of_toxics.Mine\n")).values()
    assert (found.name, found.type.name) == ("x", "mine")


def test_the_banner(tmp_path: Path) -> None:
    text = (
        "[toxic:slow]\ntype = latency\nlatency = 100\nstream = upstream\ntoxicity = 0.5\n[toxic:noop]\n"
        "[toxic:bandwidth]\nrate = 5\n[toxic:off]\ntype = noop\nenabled = no\n"
    )
    path = tmp_path / "vaurien.ini"
    path.write_text(BASIC + text)
    code, out, err = said("--config", str(path), "--check-config")
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if "toxic" in line] == [
        "  toxic slow (latency)  upstream toxicity=0.5 latency=100 jitter=0 distribution=uniform",
        "  toxic noop  downstream",
        "  toxic bandwidth  downstream rate=5 shared=False",
    ]


@pytest.mark.parametrize("kind", BUILT_IN, ids=[kind.name for kind in BUILT_IN])
def test_the_help_lists_each(kind: type) -> None:
    code, out, _ = said("--help")
    assert code == 0
    group = out.partition(f"\ntoxic {kind.name}:")[2].partition("\n\ntoxic ")[0]  # type: ignore[attr-defined]
    assert group
    for name in (*kind.options, "stream", "toxicity"):  # type: ignore[attr-defined]
        assert f"--toxics.{kind.name}.{name} " in group, name  # type: ignore[attr-defined]
