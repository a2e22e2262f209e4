"""``vaurienctl``: what those asked for who tried it first."""

from __future__ import annotations

import pytest

from tests.control.commands import Ctl
from tests.control.controlled import Controlled


@pytest.fixture
def ctl(api: Controlled) -> Ctl:
    return Ctl(api)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("behavior", "default"),
        ("behavior --proxy default", None),
        ("behavior 5:delay", None),
        ("set-handler delay", None),
        ("proxies", 0),
        ("proxies change default --timeout 3", None),
    ],
)
def test_the_version_that_json_shows_is_taken_without_its_quotation_marks(
    ctl: Ctl, words: str, place: str | int | None
) -> None:
    shown = ctl.json(*words.split())
    etag = (shown if place is None else shown[place])["etag"]
    assert '"' not in etag
    ctl.lines("proxies", "disable", "default", "--if-match", f"of-yesterday, {etag}")
    assert ctl.refusal("proxies", "enable", "default", "--if-match", etag)[0] == 1
    ctl.lines("proxies", "enable", "default", "--if-match", "*")
