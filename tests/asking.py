"""What a command line and an INI file come to, in this process: settings, or the error as one line."""

import contextlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from vaurien import arguments, cli, config, ini
from vaurien.errors import ConfigError
from vaurien.options import OptionValues
from vaurien.settings import DaemonSettings

Said = tuple[int, str, str]
"""Exit code, standard output, standard error."""

ENDS = ("--local", "127.0.0.1:0", "--distant", "127.0.0.1:9")


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes `files` into `folder` and returns the path of the first."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / next(iter(files))


def asked(*argv: str) -> DaemonSettings:
    """The settings that a command line asks for, with the INI that its --config names."""
    given = arguments.parse(argv)
    return config.build(ini.read(given.config) if given.config else {}, given.sections)


def asked_in(folder: Path, text: str, *argv: str) -> DaemonSettings:
    """The settings of the INI file vaurien.ini with `text`, and of a command line over it."""
    return asked("--config", str(write(folder, {"vaurien.ini": text})), *argv)


def option(settings: DaemonSettings, proxy: str, handler: str, name: str) -> object:
    """The value that an option of a handler has in a proxy."""
    found = settings.proxies[proxy].handlers[handler]
    return OptionValues(found.declared, found.given)(name)


def problem(folder: Path, text: str, *argv: str) -> str:
    """The error that `asked_in` raises, one line; the path of the file is cut down to its name."""
    with pytest.raises(ConfigError) as caught:
        asked_in(folder, text, *argv)
    return line_of(caught.value).replace(f"{folder}{os.sep}", "")


def line_of(error: ConfigError) -> str:
    """The error as its user sees it, which must be one line that says something."""
    line = str(error)
    assert re.fullmatch(r"[^\n\r]*\w[^\n\r]*", line), f"not one line: {line!r}"
    return line


def said(*argv: str) -> Said:
    """What the whole command says; it must not be one that serves."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(argv)
    return code, out.getvalue(), err.getvalue()


def refusal(answer: Said) -> str:
    """The one line of a refusal, without the program's name."""
    code, out, err = answer
    assert (code, out) == (2, "")
    assert re.fullmatch(r"vaurien: [^\n]+\n", err), err
    return err.removeprefix("vaurien: ").rstrip("\n")
