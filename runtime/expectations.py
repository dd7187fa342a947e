"""Owns holding an output to its constraints: rows counted in the stream that is written, queries over the staged rows.

In: a stage with its output, the run. Out: what every constraint came to, for the receipt; all
that fail at once, before the commit; typed warnings for those that warn or drop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..dialect.diagnostics import TreadleError, counted
from ..dialect.source import Span
from ..dialect.types import quote
from ..planner.bundle import Check, Stage
from ..planner.checks import expectations_of, place_of, row_conditions, rule_text, sees_the_table
from ..planner.lower import bound_values
from ..planner.spec import ExpectationSpec, OutputSpec
from .failures import told
from .receipt import ExpectationReceipt
from .run_scans import make_readable
from .staged_rows import StagedRows
from .violations import failure, warning

if TYPE_CHECKING:
    import pyarrow as pa

    from .lake.target import Target
    from .session import Session
    from .stage_run import RunContext

EXAMPLES = 3
"""Rows that are shown of what violates a constraint."""

Checker = Callable[[], None]


@dataclass(slots=True)
class Tally:
    """What is known of one constraint so far; `examples` are rows as text by column."""

    spec: ExpectationSpec
    rows: int | None = None
    violations: int = 0
    holds: bool | None = None
    seconds: float | None = None
    examples: list[dict[str, str]] = field(default_factory=list)

    def receipt(self) -> ExpectationReceipt:
        """Return the entry of the receipt."""
        state = "not checked" if self.holds is None else "holds" if self.holds else "violated"
        return ExpectationReceipt.model_validate({
            "name": self.spec.name, "kind": self.spec.kind, "rule": rule_text(self.spec), "on_violation": self.spec.on_violation,
            "state": state, "rows": self.rows, "violations": self.violations if self.holds is not None else None,
            "seconds": self.seconds, "examples": tuple(self.examples),
        })  # fmt: skip


class Expectations:
    """The constraints of one output while it is written; see `lake.proof.Proof`."""

    def __init__(self, run: RunContext, stage: Stage, output: OutputSpec) -> None:
        """Know what is to be checked; nothing is yet."""
        self._run, self._stage, self._output = run, stage, output
        self.tallies = {one.name: Tally(one) for one in expectations_of(output)}
        conditions = zip(stage.conditions.names, row_conditions(output), strict=True)
        self._conditions = [(column, self.tallies[one.name]) for column, one in conditions]
        self._seen = 0
        self._written = 0

    @property
    def exact(self) -> bool:
        """Say whether a constraint speaks of the table as it will stand."""
        return any(sees_the_table(one.spec) for one in self.tallies.values())

    def receipts(self) -> tuple[ExpectationReceipt, ...]:
        """Return what every constraint came to, in the order in which they are written."""
        return tuple(one.receipt() for one in self.tallies.values())

    def rows(self, given: pa.RecordBatch, cast: pa.RecordBatch) -> pa.RecordBatch:
        """Count what violates row conditions, and leave out what is to be dropped."""
        import pyarrow.compute as pc

        self._seen += given.num_rows
        kept = None
        for column, tally in self._conditions:
            holds = given.column(column)
            bad = given.num_rows - holds.true_count
            if not bad:
                continue
            tally.violations += bad
            if len(tally.examples) < EXAMPLES:
                tally.examples += self._examples(given, holds, tally)
            if tally.spec.on_violation == "DROP":
                kept = holds if kept is None else pc.and_(kept, holds)
        cast = cast if kept is None else cast.filter(kept)
        self._written += cast.num_rows
        return cast

    def _examples(self, given: pa.RecordBatch, holds: pa.BooleanArray, tally: Tally) -> Iterator[dict[str, str]]:
        import pyarrow.compute as pc

        shown = self._shown(tally.spec)
        for at in pc.indices_nonzero(pc.invert(holds))[: EXAMPLES - len(tally.examples)].to_pylist():
            yield self._texts(given.slice(at, 1).select(shown))[0]

    def _shown(self, spec: ExpectationSpec) -> list[str]:
        """Return the columns to show of a row: the key's and the condition's, then the others, a handful."""
        from ..planner.checks import condition_columns

        used = condition_columns(spec)
        return list(dict.fromkeys((*self._output.key, *used, *self._stage.schema.names)))[: max(5, len(self._output.key) + len(used))]

    def _texts(self, batch: pa.RecordBatch) -> list[dict[str, str]]:
        """Return rows as text by column, without secrets."""
        from .cells import as_texts

        cells = [[self._run.redactor.text(text) for text in as_texts(column, "NULL")] for column in batch.columns]
        return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*cells, strict=True)]

    def staged(self, folder: Path, target: Target, check: Checker) -> None:
        """Check what is left over the staged rows; raises every constraint that fails, T6070."""
        for _, tally in self._conditions:
            tally.rows, tally.holds = self._seen, tally.violations == 0
        rows = StagedRows(self._output, target, folder)
        if self._stage.checks:
            count = counted(len(self._stage.checks), "constraint")
            self._run.progress.on_message(self._stage.name, f"checking {count} over the staged rows")
        standing = None
        for one in self._stage.checks:
            tally = self.tallies[one.constraint]
            with told(self._output.view, self._place(one.constraint), self._run.redactor, self._run.places):
                began = self._run.clock.seconds()
                if sees_the_table(tally.spec) and standing is None:
                    standing = self._written if rows.replaces_all else self._count(one, rows, check)
                tally.rows = standing if sees_the_table(tally.spec) else self._written
                self._query(one, tally, rows, check)
                tally.seconds = self._run.clock.seconds() - began
        self._conclude()

    def _place(self, constraint: str) -> Span | None:
        return self._run.bundle.spec._places.get(place_of(self._output.view, constraint)) or self._run.places.get(self._output.view)

    def _conclude(self) -> None:
        violated = [one for one in self.tallies.values() if one.holds is False]
        failed = [one for one in violated if one.spec.on_violation == "FAIL"]
        if failed:
            raise TreadleError(*(failure(self._output.view, one.receipt(), self._place(one.spec.name)) for one in failed))
        self._run.ledger.warn(warning(self._output.view, one.receipt()) for one in violated)

    def _count(self, check: Check, rows: StagedRows, stop: Checker) -> int:
        """Return how many rows the table will have, whatever files the check itself needs."""
        scan = replace(next(one for one in check.stage.scans if one.origin == "after"), predicate=None)
        with self._run.session.fork() as session:
            rows.register(session, scan)
            count = replace(check.stage, sql=f"SELECT count(*) AS n FROM {quote(scan.relation)}", parameters=(), calls=())
            found = list(self._batches(session, count, stop))
        return int(found[0].column(0)[0].as_py())

    def _register(self, session: Session, check: Check, rows: StagedRows) -> None:
        """Make all relations of a check readable."""
        earlier = self._run.earlier()
        for scan in check.stage.scans:
            if scan.origin in ("staged", "after"):
                rows.register(session, scan)
            else:
                read = make_readable(scan, session, self._run.lake, earlier)
                self._run.ledger.warn([read.warning] if read.warning is not None else [])

    def _batches(self, session: Session, stage: Stage, stop: Checker) -> Iterator[pa.RecordBatch]:
        from .engine.execute import execute
        from .lake.pump import pumped
        from .python_functions.teach import teach
        from .stage_run import run_clock

        stop()
        run = self._run
        values = bound_values(stage.parameters, run.bundle.values, run_clock(run.bundle))
        functions = teach(session, stage, run.bundle.spec, run.modules, run.cancel)
        with functions.told():
            execution = execute(session, stage.sql, values, cancel=run.cancel, switch=functions.switch if stage.calls else None)
        with execution:
            yield from pumped(functions.watched(iter(execution)), stop)

    def _query(self, check: Check, tally: Tally, rows: StagedRows, stop: Checker) -> None:
        with self._run.session.fork() as session:
            self._register(session, check, rows)
            for batch in self._batches(session, check.stage, stop):
                (self._add_aggregate if tally.spec.kind == "aggregate" else self._add)(tally, batch)
        self._run.lake.require_unchanged(tuple(scan.pin for scan in check.stage.scans if scan.pin is not None))
        tally.holds = tally.violations == 0

    def _add(self, tally: Tally, batch: pa.RecordBatch) -> None:
        """Add values that violate a constraint; the last column counts the rows that have them."""
        import pyarrow.compute as pc

        if batch.num_rows:
            tally.violations += int(pc.sum(batch.column(batch.num_columns - 1)).as_py())
            tally.examples += self._texts(batch.slice(0, max(0, EXAMPLES - len(tally.examples))))

    def _add_aggregate(self, tally: Tally, batch: pa.RecordBatch) -> None:
        """Take whether an aggregate condition holds, and the aggregates that it is made of."""
        if batch.num_rows and not batch.column(0)[0].as_py():
            tally.violations = 1
            tally.examples += self._texts(batch.select(batch.schema.names[1:]))
