"""Toxics that are named or set wrongly: one line that says where, what, and what is allowed."""

from pathlib import Path

import pytest

from tests.asking import ENDS, problem, refusal, said

OWN = "tests.toxics.own"
ALL = "bandwidth, corrupt, latency, limit_data, limit_time, noop, packet_loss, reset_peer, slicer, slow_close"


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("[toxic:x]\ntype = latencey", ["[toxic:x] type: unknown toxic 'latencey'", "did you mean 'latency'", ALL]),
        ("[toxic:x]\nlatency = 1", ["[toxic:x]: type is missing", ALL]),
        ("[toxic:x]", ["[toxic:x]: type is missing", ALL]),
        ("[toxic:x]\ntype =", ["[toxic:x] type:", ALL]),
        ("[toxic:latency]\nlatecy = 1", ["[toxic:latency] latecy: unknown option", "'latency'", "jitter"]),
        ("[toxic:latency]\nx = 1", ["choose from distribution, enabled, jitter, latency, stream, toxicity"]),
        ("[toxic:a/b]\ntype = latency", ["[toxic:a/b]: name: expected a text of 1 to 100", "'a/b'"]),
        ("[toxic: a]\ntype = latency", ["[toxic: a]: name: begins or ends with a space: ' a'"]),
        ("[toxic:..]\ntype = latency\nenabled = no", ["[toxic:..]", "'..'"]),
        ("[toxic:latency]\nlatency = soon", ["[toxic:latency] latency:", "a whole number", "'soon'"]),
        ("[toxic:latency]\nlatency = -1", ["[toxic:latency] latency:", "0", "'-1'"]),
        ("[toxic:latency]\nlatency = 1.5", ["[toxic:latency] latency:", "'1.5'"]),
        ("[toxic:latency]\njitter = 10000000000", ["[toxic:latency] jitter:", "from 0 to 1000000000"]),
        ("[toxic:latency]\ndistribution = gauss", ["[toxic:latency] distribution:", "normal", "pareto", "'gauss'"]),
        ("[toxic:bandwidth]\nrate = -5", ["[toxic:bandwidth] rate:", "'-5'"]),
        ("[toxic:bandwidth]\nshared = perhaps", ["[toxic:bandwidth] shared:", "'perhaps'"]),
        ("[toxic:packet_loss]\nloss_rate = 1.1", ["[toxic:packet_loss] loss_rate:", "0", "1", "'1.1'"]),
        ("[toxic:corrupt]\nprobability = nan", ["[toxic:corrupt] probability:", "'nan'"]),
        ("[toxic:latency]\ntoxicity = 2", ["[toxic:latency] toxicity:", "'2'"]),
        ("[toxic:latency]\ntoxicity = -0.1", ["[toxic:latency] toxicity:", "'-0.1'"]),
        ("[toxic:latency]\nstream = sideways", ["[toxic:latency] stream:", "upstream", "downstream", "'sideways'"]),
        ("[toxic:latency]\nenabled = maybe", ["[toxic:latency] enabled:", "'maybe'"]),
        (
            "[toxic:slicer]\naverage_size = 10\nsize_variation = 10",
            ["[toxic:slicer]: size_variation: expected less than average_size, which is 10, not 10"],
        ),
        ("[toxic:slicer]\nsize_variation = 1", ["[toxic:slicer]: size_variation:", "which is 0, not 1"]),
        (f"[toxic:x]\ntype = {OWN}.Nobody", ["[toxic:x] type:", "has no 'Nobody'"]),
        (f"[toxic:x]\ntype = {OWN}.number", ["[toxic:x] type:", "no class or function, so it cannot be a toxic"]),
        (
            f"[toxic:x]\ntype = {OWN}.function",
            ["[toxic:x]: type: function is no toxic: it must derive from vaurien.toxics.Toxic"],
        ),
        (
            f"[toxic:x]\ntype = {OWN}.NoToxic",
            ["[toxic:x]: type: NoToxic is no toxic: it must derive from vaurien.toxics.Toxic"],
        ),
        (f"[toxic:x]\ntype = {OWN}.WrongOptions", ["x", "(description, type, default)"]),
        (f"[toxic:x]\ntype = {OWN}.Checked\nlow = 11", ["[toxic:x]: low: expected high, which is 10, or less, not 11"]),
        ("[toxic:x]\ntype = nowhere_at_all.Toxic", ["[toxic:x] type: cannot load", "No module named"]),
        ("[toxics:x]\ntype = latency", ["[toxics:x]", "unknown section", "'toxic:x'"]),
        ("[toxic:]\ntype = latency", ["[toxic:]", "unknown section"]),
        ("[proxy:default:toxic:latency]\nlatency = x", ["[proxy:default:toxic:latency] latency:", "'x'"]),
        ("[proxy:nobody:toxic:latency]\nlatency = 1", ["nobody"]),
    ],
)
def test_a_wrong_file_is_refused_by_one_line(tmp_path: Path, section: str, words: list[str]) -> None:
    line = problem(tmp_path, f"[vaurien]\ndistant = a:1\n{section}\n")
    for word in words:
        assert word in line


def test_values_of_several_sections_must_go_together(tmp_path: Path) -> None:
    text = (
        "[toxic:slicer]\naverage_size = 100\nsize_variation = 50\n[proxy:a]\nlocal = :1\ndistant = x:1\n"
        "[proxy:a:toxic:slicer]\naverage_size = 50\n"
    )
    line = problem(tmp_path, text)
    assert "[proxy:a:toxic:slicer]: size_variation: expected less than average_size, which is 50, not 50" in line


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--toxics.x.type", "latencey"], ["--toxics.x.type: unknown toxic 'latencey'", "'latency'"]),
        (["--toxics.x.latency", "1"], ["--toxics.x", "type is missing", ALL]),
        (["--toxics.latency.latecy", "1"], ["--toxics.latency.latecy:", "did you mean 'latency'"]),
        (["--toxics.latency.latency=-1"], ["--toxics.latency.latency:", "'-1'"]),
        (["--toxics.latency.latency"], ["--toxics.latency.latency:", "needs a value"]),
        (["--toxics.latency", "1"], ["--toxics.latency:", "write --toxics.NAME.OPTION VALUE"]),
        (["--toxics.latency.toxicity", "2"], ["--toxics.latency.toxicity:", "'2'"]),
        (["--toxics.slicer.size_variation", "2"], ["size_variation", "which is 0, not 2"]),
    ],
)
def test_a_wrong_command_line_exits_with_two_and_one_line(argv: list[str], words: list[str]) -> None:
    line = refusal(said(*ENDS, *argv))
    for word in words:
        assert word in line


def test_one_that_is_not_enabled_must_be_right_nevertheless(tmp_path: Path) -> None:
    line = problem(tmp_path, "[vaurien]\ndistant = a:1\n[toxic:latency]\nlatency = x\nenabled = no\n")
    assert "[toxic:latency] latency:" in line
