"""Owns running one stage: its relations are registered, its query is planned and pulled, and told about.

In: a `Stage` and the run's `RunContext`. Out: an `OpenStage`, whose batches go to a table, to
the shared rows, or to whoever reads the result; and its `StageReceipt` afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from ..dialect.diagnostics import error
from ..dialect.source import Span
from ..dialect.types import Schema, timestamp
from ..planner.bundle import PlanBundle, Stage
from ..planner.lower import bound_values
from ..planner.values import Value
from .cancel import Cancel
from .clock import Clock
from .ledger import Ledger
from .prepared import Prepared, keep, prepared
from .progress import Progress
from .receipt import FunctionReceipt, ScanReceipt, StageReceipt
from .redact import Redactor
from .run_scans import Earlier, make_readable
from .scan_metrics import measured
from .shared_rows import SharedRows, SharedStore
from .tracing import Trace
from .watch import Watched

if TYPE_CHECKING:
    import pyarrow as pa

    from .lake.lake import DeltaLake
    from .python_functions.modules import Modules
    from .session import Session

StageState = Literal["done", "failed", "not run", "cancelled", "repeat"]


@dataclass(slots=True)
class RunContext:
    """What all stages of one run share.

    Args:
        bundle: what is run.
        session: the session whose forks the stages register their relations in.
        lake: tables and files.
        ledger: where everything is written down.
        progress: who hears of it.
        cancel: asks the run to stop.
        clock: measures seconds.
        redactor: takes secrets out of texts.
        places: where views are defined, by name.
        store: keeps rows of shared stages.
        modules: loads Python functions.
        rows: rows of shared stages that have run, by stage.
        versions: versions that this run's tables stand at, by stage.
        traces: spans of stages that have run, by stage.
    """

    bundle: PlanBundle
    session: Session
    lake: DeltaLake
    ledger: Ledger
    progress: Progress
    cancel: Cancel
    clock: Clock
    redactor: Redactor
    places: Mapping[str, Span]
    store: SharedStore
    modules: Modules
    rows: dict[str, SharedRows] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)

    def earlier(self) -> Earlier:
        """Return what stages that have run left for those that read them."""
        return Earlier(self.rows, self.versions, {stage.name: stage for stage in self.bundle.stages})


def run_clock(bundle: PlanBundle) -> Value:
    """Return the run clock as the engine gets it; a specification without an offset means UTC."""
    instant = datetime.fromisoformat(bundle.spec.as_of)
    return Value(timestamp(zone="UTC"), instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC))


class OpenStage:
    """A stage whose query is planned and not yet pulled; close it when its rows have gone where they go."""

    def __init__(self, run: RunContext, stage: Stage) -> None:
        """Register the stage's relations under names of its own, and plan its query.

        Raises:
            EngineRefusal: the engine does not plan it over the real relations.
            TreadleError: a source can't be read; T6055 when the session is closed already.
        """
        from .python_functions.teach import teach

        if run.session.closed:
            raise error(
                "T6055", f"the rows of `{stage.name}` are asked for after the session was closed", help="read results before you close"
            )
        self._run, self.stage = run, stage
        self._session = run.session.fork()
        try:
            given = bound_values(stage.parameters, run.bundle.values, run_clock(run.bundle))
            values = {name: value for name, value in given.items() if f"${name}" in stage.sql}
            self._functions = teach(self._session, stage, run.bundle.spec, run.modules, run.cancel)
            switch = self._functions.switch if stage.calls else None
            with self._functions.told():
                made = self._planned(values)
                self._scans, self._widths = made.scans, made.widths
                self._execution = made.planned.start(self._session, run.cancel, switch)
        except BaseException:
            self._session.close()
            raise
        preview = 0 if stage.output is None else run.bundle.spec.observe.preview_rows
        batches = self._functions.watched(iter(self._execution))
        self.batches = Watched(stage.name, batches, run.progress, run.cancel, self._last, preview, len(stage.schema))

    def _planned(self, values: Mapping[str, Value]) -> Prepared:
        """Return the stage's relations and its plan, as an earlier query left them where it did."""
        from .engine.bucket_widths import NAME, BucketWidths, works_out_widths
        from .engine.execute import prepare
        from .engine.row_numbers import unfenced

        run, stage, kept = self._run, self.stage, self._session.kept
        known = prepared(kept, stage, values)
        if known is not None:
            return known
        earlier = run.earlier()
        scans = tuple(make_readable(scan, self._session, run.lake, earlier) for scan in stage.scans)
        run.ledger.warn(scan.warning for scan in scans if scan.warning is not None)
        widths = BucketWidths()
        if works_out_widths(stage.sql):
            self._session.teach(NAME, widths.function())
        schema = Schema((*stage.schema, *stage.conditions))
        planned = unfenced(self._session, stage.sql, values, schema)
        if planned is None:
            self._session.fence_rows()
            scans = tuple(make_readable(scan, self._session, run.lake, earlier) for scan in stage.scans)
            planned = prepare(self._session, stage.sql, values, schema)
        made = Prepared(stage, values, scans, planned, widths)
        keep(kept, made)
        return made

    @classmethod
    def unless_cancelled(cls, run: RunContext, stage: Stage) -> OpenStage:
        """Open a stage; raise `Cancelled` and leave nothing open when the run was cancelled meanwhile."""
        opened = cls(run, stage)
        if run.cancel.requested:
            opened.close()
        run.cancel.check()
        return opened

    @property
    def schema(self) -> pa.Schema:
        """Return the schema of the batches."""
        return self._execution.schema

    def reader(self) -> pa.RecordBatchReader:
        """Return the batches as a reader for writers behind C."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, iter(self.batches))

    def measure(self, receipt: StageReceipt) -> StageReceipt:
        """Return the stage's receipt with rows, scans and operators as far as they got."""
        clean = self._run.redactor.text
        operators = tuple(one.model_copy(update={"display": clean(one.display)}) for one in self._execution.operators())
        scans, files = tuple(_cleaned(one.receipt, clean) for one in self._scans), tuple(one.files for one in self._scans)
        found = {"rows": self.batches.rows, "scans": measured(scans, files, operators), "operators": operators}
        found["buckets"] = self._widths.receipts()
        return receipt.model_copy(update={**found, "functions": (*self._functions.receipts(), *self._rewritten())})

    def _rewritten(self) -> tuple[FunctionReceipt, ...]:
        return tuple(FunctionReceipt(name=name, calls=0, rows=0, seconds=0.0, aggregate_path="rewrite") for name in self.stage.rewritten)

    def close(self) -> None:
        """Stop what still runs and forget the stage's relations; repeats do nothing."""
        self._execution.close()
        self._session.close()

    def _last(self) -> None:
        """Check that files without versions are still what was planned; raises T4015."""
        self._run.lake.require_unchanged(tuple(scan.pin for scan in self.stage.scans if scan.pin is not None))


def _cleaned(scan: ScanReceipt, clean: Callable[[str], str]) -> ScanReceipt:
    return scan.model_copy(update={"predicate": tuple(clean(one) for one in scan.predicate)})
