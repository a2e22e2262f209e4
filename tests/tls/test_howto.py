"""The how-to about TLS does what it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests import built_docs, printed
from tests.printed import Block
from tests.reader import Reader, pattern
from tests.servers.base import free_port
from tests.tls.files import Files
from vaurien import config, ini

PAGE = "howto/tls"
AUTHORITY = re.compile(r"/tmp/vaurien-\w+/ca.pem")


def test_it_does_what_it_says(tmp_path: Path) -> None:
    """curl has no settings, and no bundle of certificates, but those that the page tells it."""
    (tmp_path / "none").mkdir()
    with Reader(tmp_path, {"8000": free_port(), "8001": free_port()}) as reader:
        assert sum(follow(reader, block) for block in built_docs.pages()[PAGE]) == 8


def follow(reader: Reader, block: Block) -> int:
    """Does what a block says, and compares with what it shows. Returns the number of commands that were tried."""
    if not block.caption.endswith(" terminal"):
        return 0
    commands = list(printed.commands(block.text))
    for command in commands:
        if command.words[0] == "vaurien":
            reader.start(command.line)
        elif command.words[0] == "python":
            reader.serve(command.line)
        else:
            said = reader.run(here(reader, command.line))
            assert re.fullmatch(pattern(command.output), said.strip()), f"{command.line} says\n{said}"
    return len(commands)


def here(reader: Reader, line: str) -> str:
    """The command with the authority that there is."""
    found = AUTHORITY.search(reader.vaurien.output)
    return AUTHORITY.sub(found[0], line) if found else line


@pytest.mark.parametrize("name", ["both.ini", "words.ini"])
def test_its_files_are_good(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    for path, there in ((files.bare, "cert.pem"), (files.key, "key.pem"), (files.ca, "ca.pem")):
        shutil.copy(path, there)
    Path(name).write_text(printed.files(built_docs.pages()[PAGE])[name])
    for proxy in config.build(ini.read(name), {}).proxies.values():
        assert proxy.tls.to_client and proxy.tls.distant and proxy.tls.verify
