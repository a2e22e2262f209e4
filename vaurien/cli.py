"""The ``vaurien`` command: a daemon from options and INI files."""

from __future__ import annotations

import gc
import logging
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress

from vaurien import arguments, config, ini, logs, usage
from vaurien.arguments import Arguments
from vaurien.banner import banner
from vaurien.daemon import Daemon
from vaurien.errors import ConfigError
from vaurien.settings import DaemonSettings
from vaurien.version import __version__

log = logging.getLogger("vaurien.daemon")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program. Returns its exit code: 0, or 2 for what cannot be done as asked."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # handlers of the user's own lie where they work
    try:
        given = arguments.parse(sys.argv[1:] if argv is None else argv)
        if given.version:
            print(f"vaurien {__version__}")
        elif given.help:
            print(usage.help_text(given, _sections(given)))
        elif given.check_config:
            settings = _load(given)
            described = {name: (str(proxy.local), proxy) for name, proxy in settings.proxies.items()}
            print("\n".join([*banner(described, settings.seed), "the configuration is good"]))
        elif given.demo:
            from vaurien import demo  # it brings a backend and a client that no other start needs

            return demo.run()
        else:
            serve(given)
    except ConfigError as exc:
        print(f"vaurien: {exc}", file=sys.stderr)
        return 2
    return 0


def _sections(given: Arguments) -> ini.Sections:
    return ini.read(given.config) if given.config else {}


def _load(given: Arguments) -> DaemonSettings:
    return config.build(_sections(given), given.sections)


def raise_descriptor_limit() -> None:
    """Lets this process have as many descriptors as the system allows: each session takes two."""
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def serve(given: Arguments) -> None:
    """Starts the daemon that was asked for and returns when it has been told to stop."""
    settings = _load(given)
    raise_descriptor_limit()
    try:
        handler = logs.set_up(settings.log_level, settings.log_output, settings.log_format)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise ConfigError("log_output", f"cannot write to {settings.log_output}: {reason}") from exc
    try:
        daemon = Daemon(settings)
        daemon.start()
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not look at it again
        proxies = {name: (str(proxy.local), proxy.settings) for name, proxy in daemon.proxies.items()}
        lines = banner(proxies, daemon.seed)
        print("\n".join(lines), flush=True)
        if not (settings.log_output == "-" and sys.stderr.isatty() and sys.stdout.isatty()):
            for line in lines:  # on one terminal they would stand there twice
                log.info("%s", line.strip())
        daemon.run(reload=lambda: _load(given))
    finally:
        logs.tear_down(handler)
