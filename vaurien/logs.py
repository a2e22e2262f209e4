"""Logs: how a line looks, as text or as JSON, and where it goes."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from contextlib import suppress
from functools import lru_cache

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")


def arrow(to_backend: bool) -> str:
    """The direction as a log line shows it: to the backend points right."""
    return "->" if to_backend else "<-"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))


def _stamp(record: logging.LogRecord) -> str:
    return f"{_second(int(record.created))}.{int(record.msecs):03d}"


class TextFormatter(logging.Formatter):
    """``2026-01-31T12:00:00.123 INFO redis #12 -> message``: proxy, session and direction where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        fields = record.__dict__
        parts = [_stamp(record), record.levelname]
        if "proxy" in fields:
            parts.append(fields["proxy"])
        if "session" in fields:
            parts.append(f"#{fields['session']}")
        if fields.get("arrow"):
            parts.append(fields["arrow"])
        parts.append(record.getMessage())
        line = " ".join(parts)
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, proxy, session, direction, message, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        fields = record.__dict__
        line = {"time": _stamp(record), "level": record.levelname.lower(), "logger": record.name}
        for name in ("proxy", "session"):
            if name in fields:
                line[name] = fields[name]
        if fields.get("arrow"):
            line["direction"] = "to_backend" if fields["arrow"] == arrow(True) else "to_client"
        line["message"] = record.getMessage()
        line.update(fields.get("fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


NEEDLESS = ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks")
"""What the logging module looks up for every line, and no line of ours shows; every session makes a line."""
BEFORE = {name: getattr(logging, name, None) for name in (*NEEDLESS, "raiseExceptions")}


def set_up(level: str, output: str, format: str) -> logging.Handler:
    """Sends the log of Vaurien to `output`: a file's path, appended to, or ``-`` for standard error.

    Raises `OSError` if the file cannot be opened. The caller closes what is returned, with `tear_down`.
    """
    for needless in NEEDLESS:
        setattr(logging, needless, None)
    logging.raiseExceptions = False  # a full disk ends no daemon, and makes no traceback of every line
    if output == "-" and sys.stderr is not None:
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
    else:
        handler = logging.FileHandler(os.devnull if output == "-" else output, encoding="utf-8")
    handler.setFormatter(JsonFormatter() if format == "json" else TextFormatter())
    logger = logging.getLogger("vaurien")
    logger.setLevel(level.upper())
    logger.propagate = False
    logger.addHandler(handler)
    return handler


def tear_down(handler: logging.Handler) -> None:
    """Undoes `set_up`."""
    for name, value in BEFORE.items():
        setattr(logging, name, value)
    logger = logging.getLogger("vaurien")
    logger.removeHandler(handler)
    logger.propagate = True
    logger.setLevel(logging.NOTSET)
    with suppress(OSError):
        handler.close()
