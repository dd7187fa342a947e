"""Owns materialisation: a stream of batches becomes one commit of a Delta table, or nothing at all.

In: a `Target` found by `preflight`, a stream, who commits. Out: `Written`. Rows are staged
first, so a failure or a cancel at any time before the commit leaves the table as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...dialect.diagnostics import error
from ...planner.spec import OutputSpec
from .commit import Order, adopt, move_into_place, rewrite
from .faults import library, writing_fault
from .gate import Gate, pass_gate
from .identity import CommitIdentity, is_repeat
from .log import read_commit
from .opening import open_table
from .proof import Proof
from .stage import Source, Stage, fill, open_stage
from .target import Target, preflight

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CommitIdentity", "Target", "Written", "preflight", "repeat", "write"]


@dataclass(frozen=True, slots=True)
class Written:
    """What a commit did.

    Args:
        version: the version that it made; the previous one where nothing was there to commit.
        previous_version: the head before, or None for a new table.
        rows: rows written.
        files_added, files_removed: data files that the commit added and removed.
        bytes_written: size of the added files.
    """

    version: int
    previous_version: int | None
    rows: int
    files_added: int
    files_removed: int
    bytes_written: int


def repeat(target: Target, identity: CommitIdentity) -> bool:
    """Say whether the target's head is this very output already, so that writing it again would change nothing.

    Args:
        target: the output's table; opened anew if its head moved since.
        identity: who would commit.
    """
    if target.head is None:
        return False
    head = open_table(target.location, target.text, base=target.head)
    return head.version == target.head.version and is_repeat(head, identity, target.mode)


def write(
    target: Target,
    output: OutputSpec,
    reader: pa.RecordBatchReader,
    identity: CommitIdentity,
    *,
    cancelled: Callable[[], bool],
    proof: Proof | None = None,
) -> Written:
    """Write a stream into an output's table with one commit, and say what it did.

    Args:
        target: what `preflight` found.
        output: the mode and its details.
        reader: the rows; columns by the view's names, in any order. Raise in it to stop.
        identity: who commits; goes into the commit.
        cancelled: whether the run was asked to stop; looked at before every batch and
            right before the commit. Ctrl-C in the calling thread counts as well.
        proof: what rows are held to before the commit.

    Raises:
        Cancelled: the run was asked to stop in time; nothing was committed.
        TreadleError: T4034 (another writer), T4035, T4036, T4037 (the table refuses),
            T4038 (disk full), T4039, T4040. The table is as it was.
        BaseException: whatever the reader or the proof raised. The table is as it was.
    """
    gate = Gate(cancelled)
    order = Order(target, output, identity, proof is not None and proof.exact)
    return pass_gate(lambda: _write(order, reader, gate, proof), gate, f"write {identity.view}")


def _write(order: Order, reader: pa.RecordBatchReader, gate: Gate, proof: Proof | None) -> Written:
    target = order.target
    stage = open_stage(target)
    try:
        source = Source(reader, target, gate, proof=proof)
        fill(stage, target, source, order.properties() if target.route == "create" else None)
        _require_condition(order, stage)
        if proof is not None:
            proof.staged(stage.folder, target, gate.check)
        gate.check()
        if order.identity.nothing_new and target.version is not None and not source.rows:
            return Written(target.version, target.version, 0, 0, 0, 0)
        commit = {"create": move_into_place, "adopt": adopt, "library": rewrite}[target.route]
        version = commit(order, stage, gate)
    finally:
        stage.remove()
    return _written(order, version, source.rows)


def _require_condition(order: Order, stage: Stage) -> None:
    """Raise T4035 when staged rows lie outside of the condition of REPLACE WHERE."""
    condition = order.output.replace_where
    if order.output.mode != "REPLACE WHERE" or condition is None:
        return
    import pyarrow as pa

    with library(lambda problem: writing_fault(problem, order.target.text)):
        outside = pa.RecordBatchReader.from_stream(stage.table.scan(predicate=f"({condition}) IS NOT TRUE"))
        rows = sum(batch.num_rows for batch in outside)
    if rows:
        raise error(
            "T4035",
            f"{rows} row(s) of `{order.identity.view}` lie outside of the condition of REPLACE WHERE, `{condition}`",
            help="filter the view by the condition",
        )


def _written(order: Order, version: int, rows: int) -> Written:
    commit = read_commit(order.target.location, version)
    adds = commit.all("add") if commit else ()
    removes = commit.all("remove") if commit else ()
    size = sum(int(add.get("size") or 0) for add in adds)
    return Written(version, order.target.version, rows, len(adds), len(removes), size)
