"""The options that the program declares, and the words in which they are shown."""

from vaurien.config import DAEMON_OPTIONS, PROXY_OPTIONS
from vaurien.http_settings import HTTP_OPTIONS
from vaurien.options import shown
from vaurien.statsd_settings import STATSD_OPTIONS
from vaurien.toxic_sections import TOXIC_OPTIONS

OPTION_SETS = {
    "proxy": PROXY_OPTIONS,
    "daemon": DAEMON_OPTIONS,
    "http": HTTP_OPTIONS,
    "statsd": STATSD_OPTIONS,
    "toxic": TOXIC_OPTIONS,
}


def default(option):
    """An option's default as a user would write it in an INI file; ``none`` where there is none."""
    if isinstance(option.default, bool):
        return str(option.default).lower()
    text = "" if option.default is None else shown(option.default)
    return f"``{text}``" if text else "none"
