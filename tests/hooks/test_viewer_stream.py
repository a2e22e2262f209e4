"""Where the ``viewer`` writes: standard output or error, a file, or any stream."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handlers.tools import ask, same, witnesses
from tests.hooks.tools import Notes, hook, hooked
from vaurien.errors import ConfigError
from vaurien.hooks import Viewer


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    with io.StringIO() as stream:
        yield stream


def viewed(viewer: Viewer) -> None:
    """Lets the viewer see one question and its answer."""
    told = Notes()
    last = hook(priority=-1, after=told.note)
    with witnesses(same) as server, hooked(server.address, viewer, last) as daemon, daemon.connect() as client:
        assert ask(client, b"hello") == b"hello"
        told.wait(2)


def test_standard_output_and_error(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("stdout", "stderr"):
        viewer = Viewer({"items": ("size",), "stream": name})
        viewed(viewer)
        viewer.close()
        captured = capsys.readouterr()
        written = {"stdout": captured.out, "stderr": captured.err}
        assert sorted(written.pop(name).splitlines()) == ["default #1 -> size=5", "default #1 <- size=5"]
        assert set(written.values()) == {""}
        assert not getattr(sys, name).closed


def test_a_file_is_appended_to_and_closed_with_the_hook(tmp_path: Path) -> None:
    path = tmp_path / "seen"
    path.write_text("before\n")
    for ordinal in (1, 2):
        viewer = Viewer({"items": ("size",), "stream": str(path)})
        viewed(viewer)
        viewer.close()
        assert viewer.stream.closed
        assert path.read_text().startswith("before\n") and path.read_text().count("size=5") == 2 * ordinal


def test_a_stream_of_ones_own_is_not_closed(stream: io.StringIO) -> None:
    Viewer(stream=stream).close()
    assert not stream.closed


def test_each_line_is_there_at_once() -> None:
    """It is flushed: who looks at a file sees what has passed."""

    class Flushed(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed = len(self.getvalue())

    stream = Flushed()
    viewed(Viewer(stream=stream))
    assert stream.flushed == len(stream.getvalue()) > 0


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        Viewer({"stream": str(tmp_path / "nowhere" / "file")})
    assert str(raised.value) == f"hook viewer: cannot write to {tmp_path}/nowhere/file: no such file or directory"


def test_that_nobody_reads_its_stream_any_more_disturbs_nobody() -> None:
    class Gone(io.StringIO):
        tries = 0

        def write(self, text: str) -> int:
            self.tries += 1
            raise BrokenPipeError

    stream = Gone()
    viewed(Viewer(stream=stream))
    assert stream.tries == 2
