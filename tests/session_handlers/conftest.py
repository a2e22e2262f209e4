"""No session handler may fill the log with errors when it does what it is there for, nor leave one to gevent."""

from tests.handlers.conftest import errors, no_errors
from tests.path.conftest import nothing_unhandled

__all__ = ["errors", "no_errors", "nothing_unhandled"]
