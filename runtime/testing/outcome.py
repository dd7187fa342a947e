"""Owns what tests came to: `Outcome` of one, `Report` of all that were selected, in the order of the project's files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ...dialect.diagnostics import Diagnostic, place_json
from ...dialect.source import Span

if TYPE_CHECKING:
    from .compare import Difference

State = Literal["passed", "failed", "error", "not run"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test came to.

    Args:
        name: the test's name.
        target: the view that it looks at.
        state: `failed` when something else was found than expected, `error` when it could not be found out.
        seconds: how long it took.
        span: where the test is named.
        diagnostics: what went wrong, with places.
        difference: how the rows differ, when that is what went wrong.
    """

    name: str
    target: str
    state: State
    seconds: float
    span: Span
    diagnostics: tuple[Diagnostic, ...] = ()
    difference: Difference | None = None

    @property
    def passed(self) -> bool:
        """Say whether everything was as expected."""
        return self.state == "passed"

    def as_json(self) -> dict[str, object]:
        """Return the outcome for programs."""
        place = place_json(self.span)
        return {
            "name": self.name,
            "target": self.target,
            "file": place["file"],
            "line": place["line"],
            "state": self.state,
            "seconds": round(self.seconds, 6),
            "diagnostics": [one.as_json() for one in self.diagnostics],
            "difference": None if self.difference is None else self.difference.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What the selected tests came to, in the order of the project's files.

    Args:
        outcomes: one for each test.
        seconds: how long all of it took, by the wall.
        cancelled: whether somebody stopped it.
    """

    outcomes: tuple[Outcome, ...]
    seconds: float = 0.0
    cancelled: bool = False

    def __iter__(self) -> Iterator[Outcome]:
        """Yield the outcomes."""
        return iter(self.outcomes)

    def __len__(self) -> int:
        """Return how many tests were selected."""
        return len(self.outcomes)

    @property
    def passed(self) -> bool:
        """Say whether every test ran and passed."""
        return not self.cancelled and all(one.passed for one in self.outcomes)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return everything that went wrong, test by test."""
        return tuple(found for one in self.outcomes for found in one.diagnostics)

    def count(self, state: State) -> int:
        """Return how many tests are in a state."""
        return sum(one.state == state for one in self.outcomes)

    def as_json(self) -> dict[str, object]:
        """Return the report for programs."""
        return {
            "tests": [one.as_json() for one in self.outcomes],
            "passed": self.count("passed"),
            "failed": self.count("failed"),
            "errors": self.count("error"),
            "not_run": self.count("not run"),
            "seconds": round(self.seconds, 6),
        }
