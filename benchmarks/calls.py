"""What calls, hooks and handlers cost, in one run: python benchmarks/calls.py. See README.rst beside this file."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # A script's own folder comes first on the path; what is imported from here is the package, one folder up.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from benchmarks.calls_command import main

    sys.exit(main())
