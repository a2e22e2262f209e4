"""INI: reading configuration files into sections of texts that remember where they stood."""

from __future__ import annotations

import ast
import configparser
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from vaurien.errors import ConfigError


class Given(NamedTuple):
    """A text that somebody gave, and the place where, as it is named in errors. `bare` is a flag without a value."""

    text: str
    where: str
    bare: bool = False


class Section(dict[str, Given]):
    """The options of one section; `where` is its own place."""

    def __init__(self, where: str, options: Mapping[str, Given] | None = None) -> None:
        super().__init__(options or {})
        self.where = where


Sections = Mapping[str, Mapping[str, Given]]

OLD_SECTION = "behavior:"
"""What ``[handler:NAME]`` was called in the Vaurien of old."""
REFERENCE = re.compile(r"\$(?:\$|\{([^{}]*)\}|\{)")
"""``$$``, ``${…}``, and what looks like the second but has no end."""


def read(path: str) -> Sections:
    """The sections of the file at `path`, with those of the files that it extends below them.

    ``${NAME}`` is the environment's NAME, ``${section:option}`` another option, ``$$`` a dollar sign. Raises
    `ConfigError` that names file, section and option.
    """
    if not path:
        raise ConfigError("--config", "names no file")
    raw = _with_extended(path, ())
    return {
        section: Section(
            options.where,
            {name: Given(_expanded(given, raw, ()), given.where) for name, given in options.items()},
        )
        for section, options in raw.items()
    }


def _with_extended(path: str, readers: tuple[str, ...]) -> dict[str, Section]:
    resolved = os.path.realpath(path)
    if resolved in readers:
        raise ConfigError(path, "extends itself")
    own = _parsed(path)
    extends = own["vaurien"].pop("extends", None) if "vaurien" in own else None
    if extends is None:
        return own
    merged: dict[str, Section] = {}
    for name in re.split(r"[,\s]+", extends.text.strip()):
        if not name:
            raise ConfigError(extends.where, "names no file")
        other = str(Path(path).parent / name)
        if not os.path.exists(other):
            raise ConfigError(extends.where, f"there is no file {other!r}")
        _overlay(merged, _with_extended(other, (*readers, resolved)))
    _overlay(merged, own)
    return merged


def _overlay(below: dict[str, Section], above: dict[str, Section]) -> None:
    for section, options in above.items():
        below.setdefault(section, Section(options.where)).update(options)
        below[section].where = options.where


def _parsed(path: str) -> dict[str, Section]:
    parser = configparser.RawConfigParser(default_section="\0", empty_lines_in_values=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        parser.read_file(io.StringIO(text, newline=None), path)
    except OSError as exc:
        raise ConfigError(path, f"cannot be read: {(exc.strerror or str(exc)).lower()}") from exc
    except UnicodeDecodeError as exc:
        number = exc.object.count(b"\n", 0, exc.start) + 1
        raise ConfigError(path, f"line {number}: is not UTF-8: {exc.reason}") from exc
    except configparser.DuplicateSectionError as exc:
        raise ConfigError(path, f"line {exc.lineno}: section [{exc.section}] is there twice") from exc
    except configparser.DuplicateOptionError as exc:
        raise ConfigError(path, f"line {exc.lineno}: {exc.option!r} is there twice in [{exc.section}]") from exc
    except configparser.MissingSectionHeaderError as exc:
        raise ConfigError(path, f"line {exc.lineno}: {exc.line.strip()!r} stands before any [section]") from exc
    except configparser.ParsingError as exc:
        number, line = exc.errors[0]
        raise ConfigError(path, f"line {number}: {ast.literal_eval(line).strip()!r} is no 'option = value'") from exc
    sections: dict[str, Section] = {}
    for section in parser.sections():
        options = Section(f"{path} [{section}]")
        for option, text in parser.items(section):
            name = option.replace("-", "_")
            where = f"{path} [{section}] {option}"
            if name in options:
                raise ConfigError(where, f"is there twice, as {options[name].where!r} too")
            options[name] = Given(text, where)
        name = _todays(section)
        if name in sections:
            other = sections[name].where.removeprefix(f"{path} ")
            raise ConfigError(path, f"{other} and [{section}] are the same section")
        sections[name] = options
    return sections


def _todays(section: str) -> str:
    return f"handler:{section.removeprefix(OLD_SECTION)}" if section.startswith(OLD_SECTION) else section


def _expanded(given: Given, sections: Sections, seen: tuple[str, ...]) -> str:
    def value(match: re.Match[str]) -> str:
        reference = match[1]
        if match[0] == "$$":
            return "$"
        if reference is None:
            raise ConfigError(given.where, f"{given.text!r} has a ${{ without its }}; write $${{ for the signs")
        section, colon, option = reference.rpartition(":")
        if not colon:
            if option not in os.environ:
                raise ConfigError(given.where, f"the environment has no {option!r}, which ${{{option}}} asks for")
            return os.environ[option]
        if reference in seen:
            raise ConfigError(given.where, f"${{{reference}}} refers to itself")
        target = sections.get(_todays(section), {}).get(option.replace("-", "_"))
        if target is None:
            raise ConfigError(given.where, f"no option {option!r} in [{section}], which ${{{reference}}} asks for")
        return _expanded(target, sections, (*seen, reference))

    return REFERENCE.sub(value, given.text)
