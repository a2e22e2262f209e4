"""SMTP."""

from vaurien.protocols.smtp.protocol import Smtp

__all__ = ["Smtp"]
