"""The ``vaurien`` command: a daemon from options and INI files."""

from __future__ import annotations

import gc
import logging
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from vaurien import arguments, config, ini, logs, usage
from vaurien.arguments import Arguments
from vaurien.banner import banner
from vaurien.daemon import Daemon
from vaurien.errors import ConfigError
from vaurien.fitting import signs
from vaurien.settings import DaemonSettings, HttpSettings, ProxySettings, StatsdSettings
from vaurien.version import TOXIPROXY, __version__

if TYPE_CHECKING:
    from vaurien.control import Control
    from vaurien.control.statsd import Statsd

log = logging.getLogger("vaurien.daemon")

NOTHING_TO_DO = "nothing to do yet: say where to send, --distant HOST:PORT; or try vaurien --demo, or vaurien --help"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program. Returns its exit code: 0, or 2 for what cannot be done as asked."""
    fill_standard_streams()
    import_from_working_directory()
    try:
        code = run(arguments.parse(sys.argv[1:] if argv is None else argv))
        if sys.stdout is not None:
            sys.stdout.flush()
    except ConfigError as exc:
        print("vaurien:", " ".join(str(exc).splitlines()), file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody reads; and Python would try once more, at its end
        return 0
    return code


def run(given: Arguments) -> int:
    """Does what was asked for. Returns the exit code. Raises `ConfigError` for what cannot be done."""
    if given.version:
        print(f"vaurien {__version__}" + (f", with the API of Toxiproxy {TOXIPROXY}" if given.toxiproxy else ""))
    elif given.help:
        print(usage.help_text(given, _sections(given)))
    elif given.check_config:
        settings = _load(given)
        proxies = {**settings.proxies, **_proxies_of_toxiproxy(given, settings)}
        described = {name: (str(proxy.local), proxy) for name, proxy in proxies.items()}
        control = settings.http.address if settings.http else None
        print("\n".join([*banner(described, settings.seed, control), "the configuration is good"]))
    elif given.demo:
        from vaurien import demo  # it brings a backend and a client that no other start needs

        return demo.run()
    else:
        serve(given)
    return 0


def fill_standard_streams() -> None:
    """Opens what was closed of the three standard descriptors: a client's socket must not get such a number."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest number that is free, which is this one


def import_from_working_directory() -> None:
    """Handlers of the user's own lie where they work."""
    try:
        here = os.getcwd()
    except OSError:
        return  # it is gone
    if here not in sys.path:
        sys.path.insert(0, here)


def _sections(given: Arguments) -> ini.Sections:
    return ini.read(given.config) if given.config is not None else {}


def _load(given: Arguments) -> DaemonSettings:
    sections = _sections(given)
    if not sections and not given.sections:
        raise ConfigError("", NOTHING_TO_DO)
    return config.build(sections, given.sections)


def _proxies_of_toxiproxy(given: Arguments, settings: DaemonSettings) -> dict[str, ProxySettings]:
    """Those in the file that Toxiproxy would have. Raises `ConfigError`."""
    if given.proxies is None:
        return {}
    from vaurien.control.toxiproxy.file import settings_of  # it brings a framework

    return settings_of(given.proxies, settings)


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
        raise ConfigError(
            settings.places.get("log_output", "log_output"), f"cannot write to {settings.log_output}: {reason}"
        ) from exc
    if settings.http is not None:
        import vaurien.control  # noqa: F401 - it takes a while, and no client should wait for that
    try:
        daemon = Daemon(settings)
        daemon.start()
        control = start_control(daemon, settings.http, given.proxies)
        statsd = start_statsd(daemon, settings.statsd)
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not look at it again
        daemon.run(lambda: _load(given), Announcement(settings, control), control)
        if statsd is not None:
            statsd.stop()  # it sends what the last sessions were, too
    finally:
        logs.tear_down(handler)


def start_control(daemon: Daemon, settings: HttpSettings | None, proxies: str | None = None) -> Control | None:
    """The control API of a daemon that has started, if it is to have one. `proxies` is a file as Toxiproxy has it.
    Raises `ConfigError`; then the daemon has stopped."""
    if settings is None:
        return None
    from vaurien.control import Control  # it brings a framework that no other start needs

    control = Control(daemon, settings)
    try:
        if proxies is not None:
            control.populate_from(proxies)
        control.start()
    except BaseException:
        daemon.cut()
        daemon.stop()
        raise
    return control


def start_statsd(daemon: Daemon, settings: StatsdSettings | None) -> Statsd | None:
    """What sends the counts of a daemon that has started, if they are to be sent."""
    if settings is None:
        return None
    from vaurien.control.statsd import Statsd  # it brings a library that no other start needs

    statsd = Statsd(daemon, settings)
    statsd.start()
    return statsd


class Announcement:
    """Says what a daemon does: on standard output when it starts, and in the log then and after every reload, with what
    of the new settings does not hold yet."""

    def __init__(self, settings: DaemonSettings, control: Control | None = None) -> None:
        self.settings = settings
        self.control = control
        terminals = [stream for stream in (sys.stdout, sys.stderr) if stream is not None and stream.isatty()]
        self.same_terminal = settings.log_output == "-" and len(terminals) == 2
        self.printed = False

    def __call__(self, daemon: Daemon) -> None:
        proxies = {name: (str(proxy.local), proxy.settings) for name, proxy in daemon.proxies.items()}
        signed = any(signs(proxy.settings) for proxy in daemon.proxies.values())
        authority = daemon.shared.authority.path if signed else None
        lines = banner(proxies, daemon.seed, self.control.address if self.control else None, authority)
        if not self.printed:
            with suppress(BrokenPipeError):
                print("\n".join(lines), flush=True)
        if self.printed or not self.same_terminal:  # on one terminal they would stand there twice
            for line in lines:
                log.info("%s", line.strip())
        if self.printed:
            self.warn(daemon.settings)
        self.printed = True

    def warn(self, settings: DaemonSettings) -> None:
        """Says what of new settings does not hold yet. A control API that there is does so itself."""
        if settings.statsd != self.settings.statsd:
            log.warning("statsd: its settings have changed, which holds when the daemon starts again")
        if self.control is None and settings.http is not None:
            log.warning("control API: there is none until the daemon starts again")
