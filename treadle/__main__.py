"""Runs the command line: `python -m treadle`."""

from __future__ import annotations

import sys

from treadle.runtime.cli import main

if __name__ == "__main__":
    sys.exit(main())
