"""The documentation as Sphinx makes it, once for the whole run of the tests, however many processes run them."""

import fcntl
import os
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import printed
from tests.printed import Block
from tests.program import ROOT, unmeasured

DOCS = ROOT / "docs"
DEADLINE = 120.0  # seconds for one build
folder = Path(os.devnull)
"""Where it is built, the same for all processes of a run; conftest.py sets it when the tests begin."""


def need(module: str) -> None:
    """Skips the test where the module is not installed; fails in CI."""
    if find_spec(module) is None:
        reason = f"{module} is not installed (pip install 'vaurien[docs]'; make check does)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@cache
def built() -> Path:
    """A folder with ``html`` and ``xml``, in which the documentation was built; AssertionError with its warnings."""
    need("sphinx")
    folder.mkdir(exist_ok=True)
    done = folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build()
            done.touch()
    return folder


def build() -> None:
    for builder in ("html", "xml"):
        sphinx = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", builder]
        done = subprocess.run(
            [*sphinx, "-d", folder / "trees", DOCS, folder / builder],
            env=unmeasured({"PYTHONDONTWRITEBYTECODE": "1"}), capture_output=True, text=True, timeout=DEADLINE,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


@cache
def pages() -> dict[str, list[Block]]:
    """The blocks of each page."""
    found: dict[str, list[Block]] = defaultdict(list)
    for block in printed.blocks(built() / "xml"):
        found[block.page].append(block)
    return found


def html(page: str) -> str:
    """The page as a browser gets it."""
    return (built() / "html" / f"{page}.html").read_text()


def targets(page: str) -> set[str]:
    """All that can be linked to on a page."""
    return set(re.findall(r'\bid="([^"]+)"', html(page)))


def xml(page: str) -> ElementTree.Element:
    """The page as Sphinx understands it."""
    return ElementTree.parse(built() / "xml" / f"{page}.xml").getroot()


def text(page: str) -> str:
    """All words of a page, without markup."""
    return "".join(xml(page).itertext())


def headings(page: str) -> set[str]:
    return {"".join(title.itertext()) for title in xml(page).iter("title")}
