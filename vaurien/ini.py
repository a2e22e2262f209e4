"""INI: reading configuration files into sections of texts that remember where they stood."""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path
from typing import NamedTuple

from vaurien.errors import ConfigError


class Given(NamedTuple):
    """A text that somebody gave, and the place where, as it is named in errors. `bare` is a flag without a value."""

    text: str
    where: str
    bare: bool = False


Sections = dict[str, dict[str, Given]]

OLD_SECTION = "behavior:"
"""What ``[handler:NAME]`` was called in the Vaurien of old."""
REFERENCE = re.compile(r"\$(?:\$|\{([^{}]*)\})")


def read(path: str) -> Sections:
    """The sections of the file at `path`, with those of the files that it extends below them.

    ``${NAME}`` is the environment's NAME, ``${section:option}`` another option, ``$$`` a dollar sign. Raises
    `ConfigError` that names file, section and option.
    """
    sections = _with_extended(path, ())
    return {
        section: {name: Given(_expanded(given, sections, ()), given.where) for name, given in options.items()}
        for section, options in sections.items()
    }


def _with_extended(path: str, readers: tuple[str, ...]) -> Sections:
    resolved = os.path.realpath(path)
    if resolved in readers:
        raise ConfigError(path, "extends itself")
    own = _parsed(path)
    extends = own.get("vaurien", {}).pop("extends", None)
    if extends is None:
        return own
    merged: Sections = {}
    for name in re.split(r"[,\s]+", extends.text.strip()):
        other = str(Path(path).parent / name)
        if not os.path.exists(other):
            raise ConfigError(extends.where, f"there is no file {other!r}")
        overlay(merged, _with_extended(other, (*readers, resolved)))
    overlay(merged, own)
    return merged


def overlay(below: Sections, above: Sections) -> None:
    """Puts the options of `above` over those of `below`, in place."""
    for section, options in above.items():
        below.setdefault(section, {}).update(options)


def _parsed(path: str) -> Sections:
    parser = configparser.RawConfigParser(default_section="\0", empty_lines_in_values=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        with open(path, encoding="utf-8-sig") as file:
            parser.read_file(file, path)
    except OSError as exc:
        raise ConfigError(path, f"cannot be read: {(exc.strerror or str(exc)).lower()}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(path, f"is not UTF-8: {exc.reason} at byte {exc.start}") from exc
    except configparser.DuplicateSectionError as exc:
        raise ConfigError(path, f"line {exc.lineno}: section [{exc.section}] is there twice") from exc
    except configparser.DuplicateOptionError as exc:
        raise ConfigError(path, f"line {exc.lineno}: {exc.option!r} is there twice in [{exc.section}]") from exc
    except configparser.MissingSectionHeaderError as exc:
        raise ConfigError(path, f"line {exc.lineno}: {exc.line.strip()!r} stands before any [section]") from exc
    except configparser.ParsingError as exc:
        number, line = exc.errors[0]
        raise ConfigError(path, f"line {number}: {line} is no 'option = value'") from exc
    sections: Sections = {}
    for section in parser.sections():
        options: dict[str, Given] = {}
        for option, text in parser.items(section):
            name = option.replace("-", "_")
            where = f"{path} [{section}] {option}"
            if name in options:
                raise ConfigError(where, f"is there twice, as {options[name].where!r} too")
            options[name] = Given(text, where)
        name = f"handler:{section.removeprefix(OLD_SECTION)}" if section.startswith(OLD_SECTION) else section
        if name in sections:
            raise ConfigError(path, f"[{section}] and [{name}] are the same section")
        sections[name] = options
    return sections


def _expanded(given: Given, sections: Sections, seen: tuple[str, ...]) -> str:
    def value(match: re.Match[str]) -> str:
        reference = match[1]
        if reference is None:
            return "$"
        section, colon, option = reference.rpartition(":")
        if not colon:
            if option not in os.environ:
                raise ConfigError(given.where, f"the environment has no {option!r}, which ${{{option}}} asks for")
            return os.environ[option]
        if reference in seen:
            raise ConfigError(given.where, f"${{{reference}}} refers to itself")
        target = sections.get(section, {}).get(option.replace("-", "_"))
        if target is None:
            raise ConfigError(given.where, f"no option {option!r} in [{section}], which ${{{reference}}} asks for")
        return _expanded(target, sections, (*seen, reference))

    return REFERENCE.sub(value, given.text)
