"""Owns how relations become readable: `register` makes a scan's files, changes or rows known under its name.

In: a `ScanPlan`, or rows of a shared stage. Out: a relation of exactly the scan's columns in
the session, and `Registered`, which says how it is read. Pass two of planning runs over these.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from ...dialect.diagnostics import Bug, error
from ...dialect.types import BIGINT, FLOATS, NULL, Field, Schema, quote, timestamp
from ...planner.bundle import ScanPlan
from ...planner.literal import literal_sql
from ...planner.ports import DataFile, EngineRefusal, FileSelection, PinnedSource
from ...planner.values import Value
from ..session import Session
from .arrow_types import arrow_schema, same_columns, schema
from .coarse_times import cuts_times
from .declare import declarable, declared_type, external_table
from .drafts import Draft, is_marked
from .errors import refusals
from .library_relations import provider
from .partitions import parts_of
from .rows import register_batches
from .text_relations import register_text

AGAIN = "run again; where it stays so, read a later version, or restore the files"
COUNTED = 1 << 16
"""Rows of one batch, of which as many are registered as rows are to be counted: they share their memory."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A relation that is readable now.

    Args:
        relation: its name in the stage's SQL.
        how: how it is read, for receipts: `files`, `one partition`, `csv`, …
        files: how many files it reads.
    """

    relation: str
    how: str
    files: int


def register(session: Session, scan: ScanPlan) -> Registered:
    """Make the relation of a scan readable under its name, in place of an older one.

    Args:
        session: where the stage's SQL will be planned.
        scan: a scan of a pinned source with its files; one of an earlier stage's output
            has been given the pin and files that it came to.

    Raises:
        TreadleError: T4008, a file went missing since planning; T6065; what reading changes raises.
        EngineRefusal: the engine would not take it.
        Bug: it came out with other columns than planning promised.
    """
    if scan.pin is None or scan.selection is None:
        raise Bug(f"the scan `{scan.relation}` has no files yet; rows of a stage are registered with `register_batches`")
    how = _readers(scan.selection, scan.pin)(session, scan, scan.pin, scan.selection)
    check(session, scan.relation, scan.schema)
    return Registered(scan.relation, how, len(scan.selection.files))


Reader = Callable[[Session, ScanPlan, PinnedSource, FileSelection], str]


def _readers(selection: FileSelection, pin: PinnedSource) -> Reader:
    if selection.reader == "native":
        return _native if selection.files else _empty
    if selection.reader == "provider":
        return lambda session, scan, pin, _: provider(session, scan.relation, scan.schema, pin)
    if selection.reader == "series":
        return _series
    raise Bug(f"there is no reader `{selection.reader}`")


def _empty(session: Session, scan: ScanPlan, pin: PinnedSource, selection: FileSelection) -> str:
    register_batches(session, scan.relation, scan.schema, ())
    return "no files"


def _native(session: Session, scan: ScanPlan, pin: PinnedSource, selection: FileSelection) -> str:
    require_files(selection.files)
    paths = [file.path for file in selection.files]
    if pin.ref.kind in ("csv", "json"):
        return register_text(session, scan.relation, pin.ref.kind, scan.schema, paths, dict(pin.ref.options))
    if counted(scan):
        return _rows_alone(session, scan, selection.files)
    if not cuts_times(scan.predicate, scan.schema, paths):
        return register_parquet(session, scan.relation, scan.schema, selection.files, selection.stored, scan.columns)
    private = session.private("times")
    how = register_parquet(session, private, scan.schema, selection.files, selection.stored, scan.columns)
    session.define(scan.relation, f"SELECT {', '.join(map(_above_scan, scan.schema))} FROM {quote(private)}")
    session.drop(private)
    return how


def counted(scan: ScanPlan) -> bool:
    """Say whether a plan asks of a scan only how many rows it has, and the log knows although rows are marked as deleted."""
    files = () if scan.selection is None else scan.selection.files
    if scan.columns or scan.predicate is not None or scan.conjuncts or not any(one.without for one in files):
        return False
    return all(one.rows is not None and len(one.without) <= 1 and one.only is None for one in files)


def _rows_alone(session: Session, scan: ScanPlan, files: Sequence[DataFile]) -> str:
    """Make as many rows of nulls readable as the files have rows that stay: nothing of them is read, by the plan."""
    left = sum((one.rows or 0) - sum(vector.cardinality for vector in one.without) for one in files)
    columns = Schema(tuple(replace(column, nullable=True) for column in scan.schema))
    chunk = pa.RecordBatch.from_arrays([pa.nulls(COUNTED, kind) for kind in arrow_schema(columns).types], schema=arrow_schema(columns))
    whole, rest = divmod(left, COUNTED)
    register_batches(session, scan.relation, columns, [*[chunk] * whole, chunk.slice(0, rest)])
    return "counted by the log"


def _above_scan(column: Field) -> str:
    """Return what to select of a column, so that conditions on times hold above the scan, where they are compared as they are."""
    name = quote(column.name)
    return f"nullif({name}, NULL) AS {name}" if column.type.name == "TIMESTAMP" else name


def register_parquet(
    session: Session,
    name: str,
    columns: Schema,
    files: Sequence[DataFile],
    stored: Schema | None = None,
    read: Sequence[str] | None = None,
) -> str:
    """Make Parquet files readable under a name; return how, for people.

    Args:
        session: where the name is.
        name: the relation's name.
        columns: its columns; those that a file lacks are null, narrower ones are widened.
        files: at least one; values from the log, where a file has them, replace its own columns, and marked rows go.
        stored: the same columns under the names that the files have; None where those are the same.
        read: the columns that the plan reads; None for all.

    Raises:
        TreadleError: T4008, T4018, a deletion vector is missing or damaged.
    """
    session.drop(name)
    if stored is None and _is_plain(columns, files):
        external_table(session, name, "PARQUET", columns.fields, [file.path for file in files], {})
        return "files"
    draft = Draft(session)
    parts = parts_of(draft, columns, stored, files, read)
    draft.define(name, [branch for part in parts for branch in part.branches])
    return "; ".join(part.how for part in parts)


def _is_plain(columns: Schema, files: Sequence[DataFile]) -> bool:
    """Say whether an external table over the files is the relation itself."""
    if any(file.partition or is_marked(file) or file.stored is not None or file.own is not None for file in files):
        return False
    if len({file.path for file in files}) < len(files):
        return False
    return declarable(columns) and not any(column.type.name in FLOATS for column in columns)


def _series(session: Session, scan: ScanPlan, pin: PinnedSource, selection: FileSelection) -> str:
    given = dict(pin.ref.options)
    names = [name for name in ("start", "stop", "step") if name in given]
    arguments = ", ".join(_bound(given[name]) for name in names)
    column = scan.schema.fields[0]
    value = f"CAST(value AS {declared_type(column.type)}) AS {quote(column.name)}"
    session.define(scan.relation, f"SELECT {value} FROM generate_series({arguments})")
    return "series"


def _bound(value: Value) -> str:
    """Return a bound or step as the engine's series takes them: whole numbers of 64 bits, nanoseconds."""
    kind = value.type if value.value is not None else NULL
    if kind.is_integer:
        kind = BIGINT
    elif kind.name == "TIMESTAMP":
        kind = timestamp(9, kind.zone)
    try:
        return literal_sql(Value(kind, value.value))
    except ValueError as unfit:
        raise EngineRefusal(f"a series can't have the bound {value.value}: {unfit}") from unfit


def require_files(files: Iterable[DataFile]) -> None:
    """Refuse files that went missing since planning (T4008): the engine would read them as empty, silently."""
    missing = [file.path for file in files if "://" not in file.path and not os.path.exists(file.path)]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise error("T4008", f"the file `{missing[0]}`{more} went missing after the run was planned", help=AGAIN)


def check(session: Session, name: str, columns: Schema) -> None:
    """Raise `Bug` when a relation has other columns than promised: the engine drops zones and case without a word."""
    with session.planning({}) as context, refusals("plan"):
        found = schema(context.table(session.qualified(name)).schema())
    if not same_columns(found, columns):
        raise Bug(f"the relation `{name}` was to have the columns {columns.as_json()} and has {found.as_json()}")
