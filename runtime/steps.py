"""Owns the course of a run: which stage comes next, what a failure or a cancel means for the others, the end.

`Steps` is the mutable middle of `run`: it walks the stages, writes the ledger, traces, and
finishes once, when the last stage has ended and the last result is read or closed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dialect.diagnostics import Bug, Diagnostic, TreadleError
from ..planner.bundle import Stage
from ..planner.checks import expectations_of
from ..planner.spec import OutputSpec
from .cancel import Cancelled, wakeably
from .damaged_files import damage_named
from .expectations import Expectations
from .failures import told
from .prepared import is_prepared
from .receipt import OutputReceipt, Receipt, StageReceipt
from .result_stream import ResultStream
from .run_outputs import Outlook, identities, look_ahead, needed
from .stage_run import OpenStage, RunContext, StageState
from .stage_traces import commit_event, end_run, end_stage, start_run, start_stage
from .store import ReceiptStore
from .tracing import Trace, current

if TYPE_CHECKING:
    import pyarrow as pa

    from .lake.write import Written

CANCELLED = "the run was cancelled"


@dataclass(slots=True)
class Attempt:
    """One stage being run: its span, when it began, its query once that is planned, what its rows are held to."""

    stage: Stage
    trace: Trace
    began: float
    opened: OpenStage | None = None
    held_to: Expectations | None = None


class Steps:
    """The course of one run."""

    def __init__(self, context: RunContext, store: ReceiptStore | None) -> None:
        """Prepare; `go` starts."""
        self.context = context
        self._store = store
        self._root = start_run(context.bundle, context.ledger.run_id)
        self._identities = identities(context.bundle, context.ledger.run_id)
        self._lock = threading.RLock()
        self._blocked: dict[str, str] = {}
        self._ran: set[str] = set()
        self._waiting: set[str] = set()
        self._seen = Outlook()
        self._ended = False
        self._final: Receipt | None = None

    @property
    def finished(self) -> bool:
        """Say whether everything has ended."""
        return self._ended

    @property
    def receipt(self) -> Receipt:
        """Return the last receipt, or the one as of now."""
        with self._lock:
            if self._ended and self._final is None:
                self._final = self.context.ledger.receipt()
            return self._final or self.context.ledger.receipt()

    def go(self) -> tuple[ResultStream, ...]:
        """Run whatever is written, and return the streams of what is handed out."""
        bundle = self.context.bundle
        results = tuple(stage for stage in bundle.stages if stage.kind == "result")
        self._waiting = {stage.name for stage in results}
        try:
            with current(self._root):
                self._outlook()
                writes = (one.name for one in bundle.stages if one.kind == "write" and one.name not in self._ran | set(self._blocked))
                self._run(needed(bundle, writes))
        except KeyboardInterrupt:
            self.context.cancel.cancel()
            self.context.ledger.cancelled()
        except BaseException as defect:
            self._finish(type(defect).__name__)
            raise
        self._finish_if_done()
        return tuple(self._stream(stage) for stage in results)

    def _outlook(self) -> None:
        """Check all outputs before anything is read: refuse, find repeats, remember targets."""
        run = self.context
        self._seen = look_ahead(run.bundle, run.lake, self._identities, run.places, run.redactor)
        for stage in run.bundle.stages:
            if stage.name in self._seen.refusals:
                attempt = self._start(stage)
                self._fail(attempt, self._seen.refusals[stage.name])
            elif stage.name in self._seen.repeats:
                version = self._seen.repeats[stage.name]
                self._repeat(self._start(stage), version, f"version {version} holds exactly this already")

    def _run(self, stages: tuple[Stage, ...]) -> None:
        for stage in stages:
            if stage.name in self._ran or stage.name in self._blocked or stage.kind == "result":
                continue
            if self._stopped(stage):
                continue
            attempt = self._start(stage)
            try:
                with current(attempt.trace), self._told(stage):
                    self._execute(attempt)
            except TreadleError as problem:
                self._fail(attempt, problem)
            except (Cancelled, KeyboardInterrupt):
                self._cancel(attempt)
            finally:
                if attempt.opened is not None:
                    attempt.opened.close()

    @contextmanager
    def _told(self, stage: Stage) -> Iterator[None]:
        view = stage.name if stage.output is None else stage.output.view
        with told(view, self.context.places.get(view), self.context.redactor, self.context.places), damage_named(stage):
            yield

    def _execute(self, attempt: Attempt) -> None:
        opened = self._open(attempt)
        if attempt.stage.kind == "write":
            self._write(attempt, opened)
        else:
            self._keep(attempt, opened)

    def _open(self, attempt: Attempt) -> OpenStage:
        """Register relations and plan, where Ctrl-C is heard; both may read files."""
        run, stage = self.context, attempt.stage
        run.cancel.check()
        if is_prepared(run.session.kept, stage):  # what is left to do takes no time worth a thread
            attempt.opened = OpenStage.unless_cancelled(run, stage)
            return attempt.opened
        attempt.opened = wakeably(lambda: OpenStage.unless_cancelled(run, stage), run.cancel, f"treadle-open-{stage.name}")
        return attempt.opened

    def _keep(self, attempt: Attempt, opened: OpenStage) -> None:
        """Run a shared stage and keep its rows for later ones."""
        run, stage = self.context, attempt.stage
        run.rows[stage.name] = wakeably(
            lambda: run.store.keep(stage.name, stage.schema, iter(opened.batches)), run.cancel, f"treadle-keep-{stage.name}"
        )
        if run.rows[stage.name].file is not None:
            run.progress.on_message(stage.name, "its rows are kept on disk: they outgrew the memory budget of shared views")
        self._enter(attempt, "done", None)

    def _write(self, attempt: Attempt, opened: OpenStage) -> None:
        """Run a stage into its table; whoever writes looks at the token up to the commit."""
        from .lake.write import write

        run, stage, output = self.context, attempt.stage, _output(attempt.stage)
        target, identity = self._seen.targets[stage.name], self._identities[stage.name]
        attempt.held_to = proof = Expectations(run, stage, output) if expectations_of(output) else None
        try:
            written = write(target, output, opened.reader(), identity, cancelled=lambda: run.cancel.requested, proof=proof)
        except BaseException as raised:
            # Errors that crossed C on their way are only words; the stream kept the thing itself.
            if opened.batches.failure is not None and not isinstance(raised, KeyboardInterrupt | Cancelled):
                raise opened.batches.failure from raised
            raise
        if written.version == written.previous_version:
            return self._repeat(attempt, written.version, "there are no changes since the last run")
        run.versions[stage.name] = written.version
        commit_event(attempt.trace, output, written)
        self._enter(attempt, "done", _written(output, written, opened))

    def _start(self, stage: Stage) -> Attempt:
        stages = self.context.bundle.stages
        self.context.progress.on_stage(stage.name, stage.kind, stages.index(stage) + 1, len(stages))
        links = [self.context.traces[name] for name in stage.after if name in self.context.traces]
        trace = start_stage(self.context.bundle, stage, self._root, links)
        self.context.traces[stage.name] = trace
        return Attempt(stage, trace, self.context.clock.seconds())

    def _repeat(self, attempt: Attempt, version: int, reason: str) -> None:
        output = _output(attempt.stage)
        self.context.versions[attempt.stage.name] = version
        made = _made(output, "repeat", reason).model_copy(update={"version": version, "previous_version": version})
        self._enter(attempt, "repeat", made, reason)

    def _fail(self, attempt: Attempt, problem: TreadleError) -> None:
        """Write a failure down, and what therefore can't run."""
        self.context.ledger.fault(problem.diagnostics)
        reason = _first(problem.diagnostics)
        output = attempt.stage.output
        self._enter(attempt, "failed", None if output is None else _made(output, "failed", reason), reason, problem)
        self._block(attempt.stage.name)

    def _block(self, failed: str) -> None:
        """Mark every stage that needs a failed one, directly or through others, as not run."""
        self._blocked[failed] = failed
        for stage in self.context.bundle.stages:
            cause = next((self._blocked[name] for name in stage.after if name in self._blocked), None)
            if cause is not None and stage.name not in self._blocked and stage.name not in self._ran:
                self._blocked[stage.name] = cause
                self._not_run(stage, f"it needs `{cause}`, which failed")

    def _stopped(self, stage: Stage) -> bool:
        """Say whether the run was cancelled before a stage, and write it down."""
        if self.context.cancel.requested:
            self.context.ledger.cancelled()
            self._not_run(stage, CANCELLED)
        return self.context.cancel.requested

    def _not_run(self, stage: Stage, reason: str) -> None:
        receipt = StageReceipt(name=stage.name, kind=stage.kind, state="not run", digest=stage.digest, reason=reason)
        self.context.ledger.enter(receipt, None if stage.output is None else _made(stage.output, "not run", reason))
        self.context.progress.on_done(stage.name, "not run", 0, 0.0)

    def _cancel(self, attempt: Attempt) -> None:
        self.context.cancel.cancel()
        self.context.ledger.cancelled()
        output = attempt.stage.output
        self._enter(attempt, "cancelled", None if output is None else _made(output, "cancelled", CANCELLED), CANCELLED)

    def _enter(
        self,
        attempt: Attempt,
        state: StageState,
        output: OutputReceipt | None,
        reason: str | None = None,
        problem: TreadleError | None = None,
    ) -> None:
        """Write down how a stage ended, in the ledger, the trace and the progress."""
        stage, run = attempt.stage, self.context
        if output is not None and attempt.held_to is not None:
            output = output.model_copy(update={"expectations": attempt.held_to.receipts()})
        seconds = run.clock.seconds() - attempt.began
        receipt = StageReceipt(name=stage.name, kind=stage.kind, state=state, digest=stage.digest, seconds=seconds, reason=reason)
        self._ran.add(stage.name)
        opened = attempt.opened
        if opened is not None and attempt.trace.span is None:
            run.ledger.enter(receipt, output, opened.measure)
        else:
            receipt = receipt if opened is None else opened.measure(receipt)
            run.ledger.enter(receipt, output)
            end_stage(attempt.trace, receipt, problem)
        run.progress.on_done(stage.name, state, 0 if opened is None else opened.batches.rows, seconds)

    def _stream(self, stage: Stage) -> ResultStream:
        from .engine.arrow_types import arrow_schema

        schema = arrow_schema(stage.schema, views=True)
        return ResultStream(_output(stage).view, schema, lambda: self._hand_out(stage), lambda: self._closed(stage))

    def _hand_out(self, stage: Stage) -> Iterator[pa.RecordBatch]:
        """Run what a result needs and its own stage, batch by batch."""
        with self._lock, current(self._root):
            self._run(needed(self.context.bundle, [stage.name]))
        self._require(stage)
        attempt = self._start(stage)
        try:
            with self._told(stage):
                yield from self._open(attempt).batches
            self._handed_out(attempt, None)
        except TreadleError as problem:
            self._fail(attempt, problem)
            raise
        except (Cancelled, KeyboardInterrupt):
            self._cancel(attempt)
            raise
        except GeneratorExit:
            self._handed_out(attempt, "closed before the end")
            raise
        finally:
            if attempt.opened is not None:
                attempt.opened.close()

    def _require(self, stage: Stage) -> None:
        """Raise what keeps a result from being computed."""
        if stage.name in self._blocked:
            raise TreadleError(*self.context.ledger.diagnostics)
        if self._stopped(stage):
            raise Cancelled(CANCELLED)

    def _handed_out(self, attempt: Attempt, reason: str | None) -> None:
        opened, output = attempt.opened, _output(attempt.stage)
        if opened is not None:
            found = {"rows": opened.batches.rows, "preview": opened.batches.preview()}
            self._enter(attempt, "done", _made(output, "handed out", reason).model_copy(update=found), reason)

    def _closed(self, stage: Stage) -> None:
        with self._lock:
            self._waiting.discard(stage.name)
        self._finish_if_done()

    def _finish_if_done(self) -> None:
        if not self._waiting:
            self._finish(None)

    def _finish(self, defect: str | None) -> None:
        """End the run once: remove its files, keep the receipt, end its span."""
        with self._lock:
            if self._ended:
                return
            run = self.context
            run.store.close()
            run.ledger.close()
            self._ended = True
            if self._store is None and self._root.span is None:
                return  # nobody reads the receipt yet, and most small queries end unread
            self._final = run.ledger.receipt()
            warning = self._store.save(self._final) if self._store is not None and defect is None else None
            if warning is not None:
                self._final = self._final.model_copy(update={"warnings": (*self._final.warnings, warning)})
            end_run(self._root, self._final, defect)


def _output(stage: Stage) -> OutputSpec:
    if stage.output is None:
        raise Bug(f"the stage `{stage.name}` has no output")
    return stage.output


def _made(output: OutputSpec, state: str, reason: str | None) -> OutputReceipt:
    return OutputReceipt.model_validate(
        {"view": output.view, "mode": output.mode, "location": output.location, "state": state, "reason": reason}
    )


def _written(output: OutputSpec, written: Written, opened: OpenStage) -> OutputReceipt:
    facts = {
        "version": written.version,
        "previous_version": written.previous_version,
        "rows": written.rows,
        "files_added": written.files_added,
        "files_removed": written.files_removed,
        "bytes_written": written.bytes_written,
        "preview": opened.batches.preview(),
    }
    return _made(output, "written", None).model_copy(update=facts)


def _first(diagnostics: tuple[Diagnostic, ...]) -> str:
    return f"{diagnostics[0].code} {diagnostics[0].message}"
