"""Any other program as a peer, for example another checkout of Vaurien."""

import contextlib
import functools
import shlex
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers import Endpoint, Peer, Place
from benchmarks.ports import free_port
from benchmarks.processes import running


@contextlib.contextmanager
def command(template: str, place: Place) -> Iterator[Endpoint]:
    """A program started in the directory of the caller; {local} and {distant} in `template` become HOST:PORT."""
    local, distant = free_port(), place.distant
    argv = [word.format(local=f"127.0.0.1:{local}", distant=f"127.0.0.1:{distant}") for word in shlex.split(template)]
    with running("command", argv, place.directory, Path.cwd()) as process:
        yield Endpoint(local, process)


def parse_peer(text: str) -> Peer:
    """The peer of ``NAME=COMMAND``; ValueError says what is wrong with the text."""
    name, equals, template = text.partition("=")
    if not equals or not name.isidentifier():
        raise ValueError(f"{text!r} is not NAME=COMMAND, with a NAME of letters, digits and underscores")
    for place in ("{local}", "{distant}"):
        if place not in template:
            raise ValueError(f"the command of {name} has no {place}")
    return Peer(name, name, functools.partial(command, template))
