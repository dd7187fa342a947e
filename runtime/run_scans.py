"""Owns making a stage's scans readable: pinned sources, rows of earlier stages, tables that this run committed.

In: a `ScanPlan`. Out: a relation of exactly that name and schema in the stage's own session,
and `ReadableScan`, which the receipt is made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..dialect.diagnostics import Bug
from ..dialect.types import Field, Schema, quote
from ..planner.bundle import ScanPlan, Stage
from ..planner.ports import METADATA, FileSelection, PinnedSource, SourceRef
from ..planner.scans import bind_output_scan
from ..planner.warnings import PlanWarning
from .receipt import ScanReceipt
from .shared_rows import SharedRows
from .totals import DISK, MEMORY

if TYPE_CHECKING:
    import pyarrow as pa

    from .lake.lake import DeltaLake
    from .session import Session


@dataclass(frozen=True, slots=True)
class ReadableScan:
    """A relation that is readable now; `files` are the absolute paths that it reads, `warning` is due if there is one."""

    receipt: ScanReceipt
    files: tuple[str, ...]
    warning: PlanWarning | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier stages of the run left: rows of shared stages, versions of tables written, by stage."""

    rows: Mapping[str, SharedRows]
    versions: Mapping[str, int]
    stages: Mapping[str, Stage]


def make_readable(scan: ScanPlan, session: Session, lake: DeltaLake, earlier: Earlier) -> ReadableScan:
    """Register the relation of a scan.

    Raises:
        EngineRefusal: the engine does not take it.
        TreadleError: its files went away, or its table can't be opened.
    """
    if scan.origin == "stage":
        return _rows(scan, session, earlier.rows[scan.source])
    if scan.origin == "output":
        return _table(scan, session, lake, earlier)
    if scan.pin is None or scan.selection is None:
        raise Bug(f"the scan `{scan.relation}` of `{scan.source}` has no pin")
    if scan.pin.ref.kind == "memory":
        return _frame(scan, session, lake, scan.selection)
    if scan.pin.ref.kind in METADATA:
        return _held(scan, session, lake.metadata(scan.pin), "log", scan.selection)
    return _registered(scan, session, scan.selection)


def _rows(scan: ScanPlan, session: Session, rows: SharedRows) -> ReadableScan:
    from .engine.rows import register_arrow_file, register_batches

    if rows.file is None:
        register_batches(session, scan.relation, scan.schema, rows.batches)
    else:
        register_arrow_file(session, scan.relation, scan.schema, rows.file)
    files = 0 if rows.file is None else 1
    receipt = _receipt(scan, MEMORY if rows.file is None else DISK, files, ())
    return ReadableScan(receipt.model_copy(update={"rows": rows.rows, "bytes_selected": rows.bytes}), ())


def _frame(scan: ScanPlan, session: Session, lake: DeltaLake, selection: FileSelection) -> ReadableScan:
    from .frames import FrameLake

    if not isinstance(lake, FrameLake):
        raise Bug(f"`{scan.source}` is a table in memory, and this lake holds none")
    if scan.pin is None:
        raise Bug(f"the table in memory `{scan.source}` has no pin")
    return _held(scan, session, lake.pinned_frame(scan.pin).table, "frame", selection)


def _held(scan: ScanPlan, session: Session, table: pa.Table, reader: str, selection: FileSelection) -> ReadableScan:
    """Register rows in memory: a table that Python registered, or one made from a log."""
    from .engine.rows import register_batches

    register_batches(session, scan.relation, scan.schema, table.to_batches())
    receipt = _receipt(scan, reader, 0, selection.notes)
    return ReadableScan(receipt.model_copy(update={"rows": table.num_rows, "bytes_selected": table.nbytes}), ())


def _table(scan: ScanPlan, session: Session, lake: DeltaLake, earlier: Earlier) -> ReadableScan:
    """Read the table that an earlier stage of this run committed, at exactly that version."""
    output = earlier.stages[scan.source].output
    if output is None or output.location is None:
        raise Bug(f"`{scan.source}` is read as a table, and is none")
    version = earlier.versions[scan.source]
    pin = lake.cut((SourceRef("delta", str(lake.locate(output.location)), version),)).pins[0]
    bound = bind_output_scan(scan, pin, lake)
    if bound.selection is None:
        raise Bug(f"the table of `{scan.source}` has no files selected")
    found = _as_planned(bound, session, pin, bound.selection)
    return replace(found, warning=fallback(scan.used_by[0] if scan.used_by else scan.source, bound, bound.selection))


def fallback(stage: str, scan: ScanPlan, selection: FileSelection) -> PlanWarning | None:
    """Return the warning that is due when a table of this run is not read natively, as planning gives it for sources."""
    if not selection.fallback:
        return None
    message = f"`{scan.source}` is read by way of `{selection.reader}`, not natively: {'; '.join(selection.notes)}"
    context = {"relation": scan.relation, "source": scan.source, "reader": selection.reader}
    return PlanWarning(code="T3160", stage=stage, message=message, context=context)


def _as_planned(scan: ScanPlan, session: Session, pin: PinnedSource, selection: FileSelection) -> ReadableScan:
    """Register a written table under the view's own columns: the table's may be wider, or in another order."""
    from .engine.arrow_types import same_columns

    if same_columns(pin.schema, scan.schema):
        return _registered(scan, session, selection)
    private = session.private("table")
    found = _registered(replace(scan, relation=private, schema=pin.schema, columns=_in_order(scan, pin.schema)), session, selection)
    session.define(scan.relation, f"SELECT {', '.join(map(_cast, scan.schema))} FROM {quote(private)}")
    session.drop(private)
    return replace(found, receipt=found.receipt.model_copy(update={"relation": scan.relation}))


def _cast(column: Field) -> str:
    """Return a column in its planned type; maps, which have no spelling, are of that type already."""
    from .engine.declare import declared_type

    spelt, name = declared_type(column.type), quote(column.name)
    return name if spelt is None else f"CAST({name} AS {spelt}) AS {name}"


def _in_order(scan: ScanPlan, columns: Schema) -> tuple[str, ...]:
    return tuple(name for name in columns.names if name in scan.columns)


def _registered(scan: ScanPlan, session: Session, selection: FileSelection) -> ReadableScan:
    from .engine.kept_relations import readable

    how = readable(session, scan)
    receipt = _receipt(scan, selection.reader, len(selection.files), (how, *selection.notes))
    sizes = {"files_total": selection.total, "files_after_partitions": selection.after_partitions}
    selected = sum(file.size for file in selection.files)
    marked = sum(one.cardinality for file in selection.files for one in file.without)
    found = {**sizes, "bytes_selected": selected, "rows_deleted": marked}
    return ReadableScan(receipt.model_copy(update=found), tuple(file.path for file in selection.files))


def _receipt(scan: ScanPlan, reader: str, files: int, notes: tuple[str, ...]) -> ScanReceipt:
    return ScanReceipt(
        relation=scan.relation,
        source=scan.source,
        reader=reader,
        files_total=files,
        files_after_partitions=files,
        files_read=files,
        columns=scan.columns,
        predicate=scan.conjuncts,
        notes=notes,
    )
