"""What the pages print: blocks of text with a language and a caption, and the commands in them."""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

FILE = re.compile(r"[\w.-]+\.(ini|json|py)")


@dataclass(frozen=True)
class Block:
    """A block of text as it is printed. `page` is the name of its page, without ``.rst``."""

    page: str
    language: str
    caption: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line after a ``$``, and what is shown below it, up to the next one."""

    line: str
    output: str

    @property
    def words(self) -> list[str]:
        """Those of the command itself, wherever it is to run."""
        return shlex.split(self.line.removesuffix(" &"))


def blocks(folder: Path) -> list[Block]:
    """All blocks of the pages in `folder`, which ``sphinx -b xml`` has written."""
    found = []
    for path in sorted(folder.rglob("*.xml")):
        page = path.relative_to(folder).with_suffix("").as_posix()
        root = ElementTree.parse(path).getroot()
        captions = {
            id(block): caption.text or ""
            for container in root.iter("container")
            for caption in container.findall("caption")
            for block in container.findall("literal_block")
        }
        for block in root.iter("literal_block"):
            text = "".join(block.itertext())
            found.append(Block(page, block.get("language", ""), captions.get(id(block), ""), text))
    return found


def files(page: Iterable[Block]) -> dict[str, str]:
    """The files that a page shows, by name."""
    return {block.caption: block.text + "\n" for block in page if FILE.fullmatch(block.caption)}


def commands(text: str) -> Iterator[Command]:
    """The commands of a block, in order. A line that ends with a backslash goes on in the next."""
    joined = re.sub(r" *\\\n *", " ", text)
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(line, output)


def same_but_for_time(shown: str, said: str) -> bool:
    """Whether both say the same of each request of client.py's, in as many seconds or, on a busy machine, some more."""
    number = re.compile(r"(?<= after )[\d.]+(?= s$)", re.MULTILINE)
    if number.sub("…", shown).rstrip() != number.sub("…", said).rstrip():
        return False
    times = zip(map(float, number.findall(shown)), map(float, number.findall(said)), strict=True)
    return all(expected <= measured < expected + 5 for expected, measured in times)
