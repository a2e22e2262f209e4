"""``python -m vaurien`` is the ``vaurien`` command."""

from __future__ import annotations

import sys

from vaurien.cli import main

if __name__ == "__main__":
    sys.exit(main())
