"""Everything in one run: python -m benchmarks. See README.rst beside this file."""

import sys

from benchmarks.command_line import main

if __name__ == "__main__":
    sys.exit(main())
