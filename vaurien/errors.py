"""The errors that Vaurien raises on purpose.

::

    VaurienError
    └── ConfigError     something that was asked for cannot be: a wrong option, name, address or file
        └── NotMade     a handler or hook refuses to be made
"""

from __future__ import annotations


class VaurienError(Exception):
    """The root: catching it catches every error that Vaurien raises on purpose."""


class ConfigError(VaurienError):
    """What was asked for cannot be; nothing was changed.

    `where` names the place as its author wrote it (``--behavior``, ``vaurien.ini [proxy:redis] behavior``),
    `problem` says what is wrong with it and what is allowed. ``str()`` of it is one line.
    """

    def __init__(self, where: str, problem: str) -> None:
        self.where = where
        self.problem = problem
        super().__init__(f"{where}: {problem}" if where else problem)


class NotMade(ConfigError):
    """A handler, hook or toxic refuses to be made with the options that it got: `kind` says which of them it is,
    `name` what it is called, `option` which of its options is to blame, if it is one."""

    def __init__(self, kind: str, name: str, cause: ConfigError, option: str = "") -> None:
        self.kind = kind
        self.name = name
        self.option = option
        super().__init__(cause.where, cause.problem)
