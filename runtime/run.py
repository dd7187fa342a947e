"""Owns `run`: a bundle's stages executed in order, outputs committed or handed out, and the receipt of it all.

In: a `PlanBundle`, a session, a lake. Out: `Run`: the receipt, what went wrong, and streams of
the outputs that are handed out. What one output fails of leaves the others alone; what needs
it is not run and says so. After a cancel nothing is committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dialect.diagnostics import Diagnostic
from ..dialect.source import Span
from ..planner.bundle import PlanBundle
from .cancel import Cancel
from .clock import Clock, SystemClock, new_run_id
from .ledger import Ledger
from .progress import Progress, Silent
from .receipt import Receipt
from .redact import redactor
from .result_stream import ResultStream
from .shared_rows import SharedStore
from .stage_run import RunContext
from .steps import Steps
from .store import ReceiptStore

if TYPE_CHECKING:
    from .lake.lake import DeltaLake
    from .python_functions.modules import Modules
    from .session import Session


@dataclass(frozen=True, slots=True)
class Run:
    """A run: finished, unless it hands rows out that have not been read.

    Args:
        results: one stream for each output that is handed out, in the order of stages.
    """

    results: tuple[ResultStream, ...]
    _steps: Steps

    @property
    def receipt(self) -> Receipt:
        """Return the receipt; until the run is finished, as of now."""
        return self._steps.receipt

    @property
    def finished(self) -> bool:
        """Say whether everything has ended, results included, so that the receipt stays as it is."""
        return self._steps.finished

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return what went wrong, with places, without secrets."""
        return self._steps.context.ledger.diagnostics

    def close(self) -> None:
        """Stop handing rows out, which finishes the run; repeats do nothing."""
        for one in self.results:
            one.close()


def run(
    bundle: PlanBundle,
    *,
    session: Session,
    lake: DeltaLake,
    store: ReceiptStore | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    clock: Clock | None = None,
    places: Mapping[str, Span] | None = None,
    modules: Modules | None = None,
) -> Run:
    """Execute exactly the stages of a bundle.

    Outputs that are written are there when this returns, or the receipt says why not. Outputs
    that are handed out wait for their reader: with the last of them read or closed the run is
    finished, and its receipt kept.

    Args:
        bundle: what `planner.plan` made.
        session: an open session with the settings of the bundle; relations go to forks of it.
        lake: where sources and outputs lie.
        store: keeps the receipt; its folder also takes rows of shared stages beyond the memory budget.
        progress: hears of stages and rows.
        cancel: asks the run to stop, from any thread; Ctrl-C in the calling thread does so too.
        clock: tells when the run starts and finishes; the machine's by default.
        places: where views are defined, by name, for diagnostics without a place of their own.
        modules: loads Python functions; without it those of the lake's root.

    Raises:
        Bug: an invariant did not hold. What is wrong with the input or the world is in the
            receipt, and is raised only by the streams of results.
    """
    context = _context(
        bundle, session, lake, progress or Silent(), cancel or Cancel(), clock or SystemClock(), places or {}, store, modules
    )
    steps = Steps(context, store)
    return Run(steps.go(), steps)


def _context(
    bundle: PlanBundle,
    session: Session,
    lake: DeltaLake,
    progress: Progress,
    cancel: Cancel,
    clock: Clock,
    places: Mapping[str, Span],
    store: ReceiptStore | None,
    modules: Modules | None,
) -> RunContext:
    from .python_functions.workspace import modules_of

    return RunContext(
        bundle=bundle,
        session=session,
        lake=lake,
        ledger=Ledger(bundle, new_run_id(clock), clock, session.profile.as_json()),
        progress=progress,
        cancel=cancel,
        clock=clock,
        redactor=redactor(bundle),
        places=places,
        store=SharedStore(None if store is None else store.folder, bundle.spec.cache_policy.memory_budget),
        modules=modules or modules_of(lake.root),
    )
