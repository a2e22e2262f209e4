"""What a user gets who installs Vaurien: a wheel and an sdist that hold all they need, and a program that starts."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from configparser import ConfigParser
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from vaurien.version import __version__

ROOT = Path(__file__).parent.parent
NOT_SOURCE = shutil.ignore_patterns(".git", ".venv", "*.egg-info", "build", "dist", "_build", "__pycache__", ".*_cache")
DEADLINE = 240.0  # seconds for one command; building and installing fetch packages over the network
NEEDED = ["argcomplete", "falcon", "gevent", "httptools", "prometheus-client", "rich", "statsd"]
OFFLINE = ("Failed to establish a new connection", "NewConnectionError", "Failed to resolve", "ConnectTimeoutError")

# All of these tests wait for the first one's build; a slow network is no failure.
pytestmark = pytest.mark.timeout(3 * DEADLINE)


@dataclass(frozen=True)
class Built:
    """The two files that a release consists of."""

    wheel: Path
    sdist: Path

    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as wheel:
            return Parser().parsestr(wheel.read(f"vaurien-{__version__}.dist-info/METADATA").decode())


def run(*command: str | Path, cwd: Path) -> str:
    """What `command` prints on standard output. Its environment shows it nothing of the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode and not os.environ.get("CI") and any(sign in done.stdout + done.stderr for sign in OFFLINE):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The wheel (made from the sdist) and the sdist, made from a copy of the checkout: nothing is left behind in it."""
    folder = tmp_path_factory.mktemp("release")
    source = shutil.copytree(ROOT, folder / "source", ignore=NOT_SOURCE)
    run(sys.executable, "-m", "build", "--outdir", folder, source, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return Built(wheel, sdist)


def modules() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / "vaurien").rglob("*.py")}


def test_the_wheel_holds_the_whole_package_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names >= modules() | {"vaurien/py.typed"}
    assert {name.split("/")[0] for name in names} == {"vaurien"}


def test_the_sdist_holds_what_building_and_testing_take(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert names >= modules() | {"vaurien/py.typed", "setup.cfg", "pyproject.toml", "README.rst", "CHANGES.rst"}
    assert names >= {"LICENSE", "Makefile", ".ci/run", "tests/test_packaging.py", "tests/conftest.py"}
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", "docs/_build"))]


def test_the_metadata_says_what_it_is(built: Built) -> None:
    metadata = built.metadata()
    assert (metadata["Name"], metadata["Version"]) == ("vaurien", __version__)
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/x-rst"
    assert metadata.get_payload() == (ROOT / "README.rst").read_text(encoding="utf-8")
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(re.split(r"[^\w-]", line)[0] for line in needed) == NEEDED


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_installs_in_an_empty_environment_and_starts(built: Built, tmp_path: Path, kind: str) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", "empty", cwd=tmp_path)
    programs = tmp_path / "empty" / "bin"
    python = programs / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    # Not compiled: of all that it needs only a little is imported here.
    run(*pip, "install", "--quiet", "--no-compile", getattr(built, kind), cwd=tmp_path)
    line = f"vaurien {__version__}\n"
    assert run(programs / "vaurien", "--version", cwd=tmp_path) == line
    assert run(python, "-m", "vaurien", "--version", cwd=tmp_path) == line
    assert run(programs / "vaurienctl", "--version", cwd=tmp_path) == line.replace("vaurien", "vaurienctl")
    where = run(python, "-c", "import vaurien; print(vaurien.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(tmp_path / "empty")


def test_the_tools_check_for_the_oldest_python_that_is_allowed() -> None:
    """Both files must name it: no tool reads what setup.cfg says."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    oldest = setup["options"]["python_requires"].removeprefix(">=")
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert tools["mypy"]["python_version"] == oldest
    assert tools["ruff"]["target-version"] == "py" + oldest.replace(".", "")


def test_the_version_is_said_once() -> None:
    files = [ROOT / name for name in ("setup.cfg", "pyproject.toml", "Makefile", ".ci/run")]
    files += (ROOT / "vaurien").rglob("*.py")
    assert [path.name for path in files if __version__ in path.read_text()] == ["version.py"]
