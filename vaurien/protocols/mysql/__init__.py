"""MySQL: its client/server protocol, as MariaDB speaks it too."""

from vaurien.protocols.mysql.protocol import MySQL

__all__ = ["MySQL"]
