"""Owns `Proof`, what a writer asks before a commit: rows that may not be written, staged rows that must hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .target import Target

if TYPE_CHECKING:
    import pyarrow as pa


class Proof(Protocol):
    """What rows are held to on their way into a table; raises what is wrong, and then nothing is committed."""

    @property
    def exact(self) -> bool:
        """Say whether it speaks of the table as it will stand, so that nobody else may commit in between."""

    def rows(self, given: pa.RecordBatch, cast: pa.RecordBatch) -> pa.RecordBatch:
        """Look at rows as the view gives them, and return those of the same rows in the table's types that are written."""

    def staged(self, folder: Path, target: Target, check: Callable[[], None]) -> None:
        """Look at all rows where they are staged, a Delta table of their own; `check` raises to stop."""
