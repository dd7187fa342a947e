"""Owns running one test: its rows are computed, stand in for what its view reads, and what comes out is compared.

Both steps go the one way, project → specification → bundle → run, and hand rows out. Nothing is
read but frames in memory, and nothing is written; where an error of a materialised view is expected,
it is written into a table that is thrown away.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ...dialect.diagnostics import Diagnostic, Label, TreadleError, error
from ...dialect.source import Span
from ...planner.plan import plan
from ...planner.policies import Policies
from ...planner.project import Project
from ...planner.spec import Maintenance, Observe
from ...planner.specify import specify
from ...planner.testing import EXPECTED, BoundTest, over_stand_ins, stand_ins, written_out
from ..cancel import Cancel, Cancelled
from ..frames import Frame, FrameLake
from ..run import Run, run
from .compare import Difference, compare
from .fitting import empty_table, expected_table, given_table
from .outcome import Outcome, State

if TYPE_CHECKING:
    from ..engine.datafusion import DataFusionEngine
    from ..session import Session

AS_OF = datetime(2020, 1, 1, tzinfo=UTC)
"""The clock of a test that neither `WITH (as_of => …)` nor `[test] as_of` sets."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all tests of a project share.

    Args:
        project: bound, without errors.
        policies: rules, profile, caches.
        session: the engine's session; each test registers what it needs in forks of it.
        engine: plans in that session.
        root: the project's root.
        places: where views are named.
        as_of: the clock of tests that set none.
        cancel: asks all of them to stop.
    """

    project: Project
    policies: Policies
    session: Session
    engine: DataFusionEngine
    root: Path
    places: Mapping[str, Span]
    as_of: datetime
    cancel: Cancel

    def start(
        self, project: Project, views: Sequence[str], as_of: datetime, frames: Mapping[str, Frame], places: Mapping[str, Span]
    ) -> Run:
        """Run some views of a project that reads frames only; raises what is wrong before anything is computed."""
        lake = FrameLake(self.root, frames)
        policies = replace(self.policies, maintenance=Maintenance(), tuner="off", observe=Observe(capture_plans=False))
        spec = specify(project, outputs=views, engine=self.engine, lake=lake, as_of=as_of, name="test", policies=policies)
        bundle = plan(spec, self.engine, lake)
        return run(bundle, session=self.session, lake=lake, cancel=self.cancel, places=places)

    def compute(
        self, project: Project, views: Sequence[str], as_of: datetime, frames: Mapping[str, Frame], places: Mapping[str, Span]
    ) -> dict[str, pa.Table]:
        """Return the rows of some views of a project that reads frames only; raises what is wrong with them."""
        found = self.start(project, views, as_of, frames, places)
        try:
            return {one.view: pa.Table.from_batches(list(one), one.schema) for one in found.results}
        finally:
            found.close()


def attempt(bench: Bench, test: BoundTest) -> Outcome:
    """Run one test and return what it came to; a test that can't run is an `error`, never an exception."""
    started = time.perf_counter()
    difference: Difference | None = None
    found: tuple[Diagnostic, ...] = ()
    try:
        bench.cancel.check()
        state, found, difference = _attempt(bench, test)
    except TreadleError as problem:
        state, found = "error", problem.diagnostics
    except Cancelled:
        state = "not run"
    return Outcome(test.name, test.target, state, time.perf_counter() - started, test.statement.name.span, found, difference)


Verdict = tuple[State, tuple[Diagnostic, ...], Difference | None]


def _attempt(bench: Bench, test: BoundTest) -> Verdict:
    if any(one.severity == "error" for one in test.diagnostics):
        raise TreadleError(*test.diagnostics)
    if test.refusal:
        return "passed", (), None
    as_of = test.as_of.value if test.as_of is not None and isinstance(test.as_of.value, datetime) else bench.as_of
    written = _written(bench, test, as_of)
    frames = _frames(bench.project, test, written)
    if test.error is not None:
        return _provoked(bench, test, as_of, frames)
    rows = bench.compute(over_stand_ins(bench.project, test), (test.target,), as_of, frames, bench.places)[test.target]
    return _compared(test, written[EXPECTED], rows)


def _provoked(bench: Bench, test: BoundTest, as_of: datetime, frames: Mapping[str, Frame]) -> Verdict:
    """Compute the view, and write it where it is materialised, to see whether that raises what is expected."""
    try:
        if bench.project.views[test.target].materialized is None:
            made = bench.compute(over_stand_ins(bench.project, test), (test.target,), as_of, frames, bench.places)
            count = made[test.target].num_rows
        else:
            count = _thrown_away(bench, test, as_of, frames)
    except TreadleError as problem:
        return _judged(test, problem)
    return "failed", _no_error(test, count).diagnostics, None


def _thrown_away(bench: Bench, test: BoundTest, as_of: datetime, frames: Mapping[str, Frame]) -> int:
    """Write a materialised view into a table that is removed again, and return its rows; raises what keeps it from being written."""
    with tempfile.TemporaryDirectory(prefix="treadle-test-") as folder:
        project = over_stand_ins(bench.project, test, str(Path(folder).resolve() / "table"))
        found = bench.start(project, (test.target,), as_of, frames, bench.places)
        bench.cancel.check()
        if found.diagnostics:
            raise TreadleError(*found.diagnostics)
        return sum(one.rows or 0 for one in found.receipt.outputs)


def _written(bench: Bench, test: BoundTest, as_of: datetime) -> dict[str, pa.Table]:
    """Return the rows of every clause, by the name of its view."""
    if not test.rows:
        return {}
    names = [one.view.name for one in test.rows]
    return bench.compute(written_out(bench.project, test), names, as_of, {}, {one.view.name: one.span for one in test.rows})


def _frames(project: Project, test: BoundTest, written: Mapping[str, pa.Table]) -> dict[str, Frame]:
    """Return the tables that stand in: those given, and empty ones for every other source."""
    given = {one.relation: one for one in test.given}
    return {
        name: Frame(given_table(given[name], written[given[name].view.name], columns) if name in given else empty_table(columns))
        for name, columns in stand_ins(project, test)
    }


def _judged(test: BoundTest, problem: TreadleError) -> Verdict:
    """Judge an error against the one that is expected: every code that was raised must be that one."""
    raised = sorted({one.code for one in problem.diagnostics if one.severity == "error"})
    if raised == [test.error]:
        return "passed", (), None
    message = f"`{test.target}` raises {', '.join(raised)}, the test expects {test.error}"
    first = error("T6082", message, _error_span(test), help="mend the view, or expect that code", cause=_words(problem)).diagnostics[0]
    return "failed", (first,), None


def _words(problem: TreadleError) -> str:
    return "\n".join(f"{one.code} {one.message}" + (f": {one.cause}" if one.cause else "") for one in problem.diagnostics)


def _error_span(test: BoundTest) -> Span:
    return test.statement.error.span if test.statement.error is not None else test.statement.name.span


def _no_error(test: BoundTest, rows: int) -> TreadleError:
    count = f"{rows:,} row" + ("" if rows == 1 else "s")
    message = f"`{test.target}` gives {count}, the test expects {test.error}"
    return error("T6081", message, _error_span(test), help="give rows that lead to the error, or expect rows: EXPECT (…) AS (VALUES …)")


def _compared(test: BoundTest, written: pa.Table, rows: pa.Table) -> Verdict:
    assert test.expected is not None
    expected = expected_table(test.expected, written)
    found = rows.select(list(test.expected.columns)).cast(expected.schema)
    difference = compare(expected, found)
    if difference is None:
        return "passed", (), None
    labels = (Label(test.statement.name.span, "in this test"),)
    help_ = "mend the view, or what the test expects of it"
    problem = error("T6080", f"`{test.target}`: {_counts(difference)}", _expect_span(test), labels=labels, help=help_)
    return "failed", problem.diagnostics, difference


def _counts(difference: Difference) -> str:
    parts = []
    for count, words in (
        (len(difference.changed), ("row differs", "rows differ")),
        (len(difference.missing), ("row is missing", "rows are missing")),
        (len(difference.unexpected), ("row is unexpected", "rows are unexpected")),
    ):
        if count:
            parts.append(f"{count:,} {words[0] if count == 1 else words[1]}")
    return ", ".join(parts) + f" ({difference.expected.num_rows:,} expected, {difference.found.num_rows:,} found)"


def _expect_span(test: BoundTest) -> Span:
    clause = test.statement.expect
    assert clause is not None
    return clause.columns[0].span.cover(clause.columns[-1].span) if clause.columns else clause.query.span
