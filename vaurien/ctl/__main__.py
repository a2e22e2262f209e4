"""``python -m vaurien.ctl`` is the ``vaurienctl`` command."""

from __future__ import annotations

import sys

from vaurien.ctl.main import main

if __name__ == "__main__":
    sys.exit(main())
