"""Owns `Progress`: what a run tells while it goes on; the terminal's display implements it.

All methods are called from threads of the run, some of them often (`on_rows`, once per
batch at most), and must return at once; what they raise ends the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """Hears of the stages of a run."""

    def on_stage(self, name: str, kind: str, index: int, total: int) -> None:
        """A stage starts: its view, `write`, `shared` or `result`, its place from 1, how many there are."""

    def on_rows(self, name: str, rows: int, bytes: int) -> None:
        """Rows and bytes in memory that a stage has produced so far."""

    def on_done(self, name: str, state: str, rows: int, seconds: float) -> None:
        """A stage ended: a state of `StageReceipt`, rows that it produced, seconds of wall time."""

    def on_message(self, name: str, text: str) -> None:
        """Something worth a line: a spill to disk, a commit that is tried again."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Progress that tells nobody."""

    def on_stage(self, name: str, kind: str, index: int, total: int) -> None:
        """Do nothing."""

    def on_rows(self, name: str, rows: int, bytes: int) -> None:
        """Do nothing."""

    def on_done(self, name: str, state: str, rows: int, seconds: float) -> None:
        """Do nothing."""

    def on_message(self, name: str, text: str) -> None:
        """Do nothing."""
