"""Owns Delta tables and plain files: what they hold, which files a scan needs, how outputs are committed.

In: resolved sources and record batches. Out: schemas, pins, file selections (`lake.py`), rows
that only the library reads right (`read.py`), commits (`write.py`). Nothing heavy is imported
until a table or a file is opened.
"""

from __future__ import annotations

from .lake import DeltaLake

__all__ = ["DeltaLake"]
