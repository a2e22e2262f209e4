"""Hooks that are named or set wrongly: one line that says where, what, and what is allowed."""

from pathlib import Path

import pytest

from tests.asking import ENDS, problem, refusal, said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hooks = veiwer\n", ["[vaurien] hooks:", "unknown hook 'veiwer'", "did you mean 'viewer'", "limit"]),
        ("hooks = nowhere_at_all.Hook\n", ["[vaurien] hooks:", "'nowhere_at_all.Hook'", "No module named"]),
        ("hooks = {mine}.Nobody\n", ["[vaurien] hooks:", "has no 'Nobody'"]),
        ("hooks = {mine}.constant\n", ["[vaurien] hooks:", "no class or function, so it cannot be a hook"]),
        ("hooks = {mine}.Lonely\n", ["Lonely", "(description, type, default)"]),
        ("[hook:viewer]\nitmes = size\n", ["[hook:viewer] itmes:", "did you mean 'items'", "blacklist", "priority"]),
        ("[hook:viewer]\nitems = colour\n", ["[hook:viewer] items:", "unknown item 'colour'", "handler"]),
        ("[hook:viewer]\npriority = soon\n", ["[hook:viewer] priority:", "a number", "'soon'"]),
        ("[hook:limit]\nrate = -1\n", ["[hook:limit] rate:", "0 or more", "'-1'"]),
        ("[hook:limit]\nburst = 0\n", ["[hook:limit] burst:", "1 or more", "'0'"]),
        ("[hook:limit]\nnetworks = 10.0.0.0/33\n", ["[hook:limit] networks:", "'10.0.0.0/33'", "10.0.0.0/8"]),
        ("[hook:limit]\nnetworks = 10.0.0.1/8\n", ["[hook:limit] networks:", "'10.0.0.1/8'"]),
        ("[hook:veiwer]\nitems = size\n", ["[hook:veiwer]", "unknown hook 'veiwer'", "'viewer'"]),
        ("[hook:x]\ncallable = {mine}.Audit\nweihgt = 1\n", ["[hook:x] weihgt:", "did you mean 'weight'"]),
        ("[hook:x]\ncallable = {mine}.Audit\nweight = a\n", ["[hook:x] weight: expected a number, not 'a'"]),
        ("[proxy:default:hook:viewer]\nitems = x\n", ["[proxy:default:hook:viewer] items:", "'x'"]),
        ("[handler:delay]\nhooks = veiwer\n", ["[handler:delay] hooks:", "unknown hook 'veiwer'", "'viewer'"]),
        ("[handler:delay]\nhooks = limit\n", ["[handler:delay] hooks:", "hook limit", "it belongs to a proxy"]),
        ("[hook:]\nitems = size\n", ["[hook:]", "unknown section", "hook:NAME"]),
        ("[hooks:viewer]\nitems = size\n", ["[hooks:viewer]", "unknown section", "'hook:viewer'"]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_by_one_line(mine: str, tmp_path: Path, text: str, words: list[str]) -> None:
    line = problem(tmp_path, "[vaurien]\ndistant = a:1\n" + text.format(mine=mine))
    for word in words:
        assert word.format(mine=mine) in line


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--hook", "veiwer"], ["--hook:", "unknown hook 'veiwer'", "did you mean 'viewer'"]),
        (["--hooks", "viewer,limti"], ["--hooks:", "unknown hook 'limti'", "did you mean 'limit'"]),
        (["--hook", "viewer", "--hooks.viewer.itmes", "x"], ["--hooks.viewer.itmes:", "did you mean 'items'"]),
        (["--hook", "viewer", "--hooks.viewer.items=x"], ["--hooks.viewer.items:", "unknown item 'x'"]),
        (["--hooks.veiwer.items", "size"], ["--hooks.veiwer.items:", "unknown hook 'veiwer'", "'viewer'"]),
        (["--hooks.viewer", "size"], ["--hooks.viewer:", "write --hooks.NAME.OPTION VALUE"]),
        (["--hook"], ["--hook", "value"]),
        (["--hook", "{mine}.Nobody"], ["--hook:", "has no 'Nobody'"]),
        (["--handlers.delay.hooks", "veiwer"], ["--handlers.delay.hooks:", "unknown hook 'veiwer'"]),
    ],
)
def test_a_wrong_command_line_exits_with_two_and_one_line(mine: str, argv: list[str], words: list[str]) -> None:
    line = refusal(said(*ENDS, *[word.format(mine=mine) for word in argv]))
    for word in words:
        assert word in line


@pytest.mark.parametrize("more", [[], ["--check-config"]])
def test_what_has_no_point_is_refused(mine: str, more: list[str]) -> None:
    line = refusal(said(*ENDS, "--hook", f"{mine}.Pointless", *more))
    assert line.startswith("--hook: ") and "has none of session_started, backend_connected, " in line
