"""Owns what a session remembers between statements: how results are shown, where they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

FORMATS = ("table", "csv", "json", "jsonl", "markdown", "vertical")
ROWS = 40


@dataclass(slots=True)
class Settings:
    """Settings of a session; dot commands change them.

    Args:
        format: one of `FORMATS`.
        timing: whether each result says how long it took.
        rows: how many rows of a result a table shows; None for all.
        pager: whether what is longer than the screen goes through a pager.
        sink: takes results in place of stdout; `sink_name` is its file's name.
    """

    format: str = "table"
    timing: bool = True
    rows: int | None = ROWS
    pager: bool = True
    sink: BinaryIO | None = None
    sink_name: str = ""
