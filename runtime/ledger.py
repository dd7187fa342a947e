"""Owns the book of one run while it goes on: what happened to stages and outputs, until it is a `Receipt`.

In: one entry per stage and output, warnings, diagnostics. Out: the receipt, at any time; the
last one when everything has ended. Entries may come from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from ..dialect.diagnostics import Diagnostic
from ..planner.bundle import PlanBundle, Stage
from ..planner.warnings import PlanWarning
from .clock import Clock, iso
from .receipt import OutputReceipt, Receipt, StageReceipt
from .redact import shown_parameters
from .totals import totals

Measure = Callable[[StageReceipt], StageReceipt]
"""Returns a stage's receipt with what its operators measured."""


class Ledger:
    """What is known of a run so far; every stage has one entry, replaced as it moves on."""

    def __init__(self, bundle: PlanBundle, run_id: str, clock: Clock, profile: Mapping[str, str]) -> None:
        """Open the book: every stage and output stands in it as not run."""
        self.run_id = run_id
        self._bundle, self._clock = bundle, clock
        self._profile = dict(profile)
        self._started, self._began = clock.now(), clock.seconds()
        self._lock = threading.Lock()
        self._stages = {
            stage.name: StageReceipt(name=stage.name, kind=stage.kind, state="not run", digest=stage.digest) for stage in bundle.stages
        }
        self._outputs = {stage.name: not_run(stage, "not read") for stage in bundle.stages if stage.output is not None}
        self._warnings = list(bundle.warnings)
        self._diagnostics: list[Diagnostic] = []
        self._cancelled = False
        self._measures: dict[str, Measure] = {}
        self._ended: tuple[datetime, float] | None = None

    def enter(self, stage: StageReceipt, output: OutputReceipt | None = None, measure: Measure | None = None) -> None:
        """Write down what became of a stage, and of its output if it has one; what it measured is looked up when it is asked for."""
        with self._lock:
            self._stages[stage.name] = stage
            self._measures.pop(stage.name, None)
            if measure is not None:
                self._measures[stage.name] = measure
            if output is not None:
                self._outputs[stage.name] = output

    def warn(self, warnings: Iterable[PlanWarning]) -> None:
        """Write warnings down that arose while stages ran."""
        with self._lock:
            self._warnings.extend(warnings)

    def fault(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Write down what went wrong; secrets have been taken out."""
        with self._lock:
            self._diagnostics.extend(one for one in diagnostics if one not in self._diagnostics)

    def close(self) -> None:
        """Write down that the run has ended, now."""
        self._ended = (self._clock.now(), self._clock.seconds())

    def cancelled(self) -> None:
        """Write down that the run was cancelled."""
        self._cancelled = True

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return what went wrong so far."""
        with self._lock:
            return tuple(self._diagnostics)

    def receipt(self) -> Receipt:
        """Return the receipt as of now."""
        with self._lock:
            return self._receipt()

    def _receipt(self) -> Receipt:
        for name, measure in tuple(self._measures.items()):
            self._stages[name] = measure(self._stages[name])
            del self._measures[name]
        now, seconds = self._ended or (self._clock.now(), self._clock.seconds())
        spec, digests = self._bundle.spec, self._bundle.digests
        stages, outputs = tuple(self._stages.values()), tuple(self._outputs.values())
        return Receipt(
            run_id=self.run_id,
            environment=spec.environment,
            status="cancelled" if self._cancelled else "failed" if self._diagnostics else "done",
            project_digest=digests.project,
            spec_digest=digests.spec,
            envelope_digest=digests.envelope,
            rules_fingerprint=self._bundle.rules_fingerprint,
            started_at=iso(self._started),
            finished_at=iso(now),
            as_of=spec.as_of,
            cut=spec.cut,
            locked=spec.locked,
            profile=self._profile,
            engines=dict(self._bundle.engines),
            parameters=dict(shown_parameters(self._bundle)),
            pins=spec.pins,
            stages=stages,
            outputs=outputs,
            warnings=tuple(self._warnings),
            diagnostics=tuple(one.as_json() for one in self._diagnostics),
            totals=totals(stages, outputs, seconds - self._began),
        )


def not_run(stage: Stage, reason: str) -> OutputReceipt:
    """Return the entry of an output whose stage has not been run, and why."""
    if stage.output is None:
        raise ValueError(f"the stage `{stage.name}` has no output")
    return OutputReceipt(view=stage.output.view, mode=stage.output.mode, location=stage.output.location, state="not run", reason=reason)
