"""Owns which files of a snapshot needed rows can be in: by partition values first, then by statistics, then by an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.types import DataType
from ...planner.predicates import And, FirstRows, Not, Or, Predicate, Unknown, columns_of
from .active_files import ActiveFiles
from .bounds import Flags, Known, every
from .first_files import Counts, beside_nulls, leaves_out_nulls, may_be_first
from .paths import data_file
from .pruning import Facts, Outcomes, may_hold, outcomes
from .snapshot import Snapshot

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a table's files.

    Args:
        after_partitions: how many after partition values.
        places: of those that statistics, and the order where there is one, leave of them; None for all files.
        beyond: how many the order left out.
    """

    after_partitions: int
    places: pa.Array[Any] | None
    beyond: int = 0


def kept_files(snapshot: Snapshot, predicate: Predicate | None, first: FirstRows | None = None) -> Kept:
    """Return the files that rows satisfying a predicate can be in, or that can be among the first of those; raises T4007."""
    active = snapshot.active()
    if not len(active):
        return Kept(0, None)
    kept = Kept(len(active), None) if predicate is None else _satisfying(snapshot, active, predicate)
    if first is None or (kept.places is not None and not len(kept.places)):
        return kept
    flags = _flags_of_first(snapshot, active, kept.places, predicate, first)
    if flags is None:
        return kept
    left = pc.indices_nonzero(flags)
    return replace(kept, places=left if kept.places is None else kept.places.take(left), beyond=len(flags) - len(left))


def _satisfying(snapshot: Snapshot, active: ActiveFiles, predicate: Predicate) -> Kept:
    paths = columns_of(predicate)
    values = _values(active, paths)
    judged = judged_by(active.values, predicate)
    places = None if active.groups is None else _by_partition(active, predicate, Facts(active.values.num_rows, None, values, judged))
    after = len(active) if places is None else len(places)
    taken = _statistics(snapshot, active, paths, places) if after else {}
    if not any(column.low is not None or column.nulls is not None for column in taken.values()):
        return Kept(after, places)
    left = pc.indices_nonzero(may_hold(predicate, _facts(active, places, taken, values, judged)))
    return Kept(after, left if places is None else places.take(left))


def _facts(
    active: ActiveFiles,
    places: pa.Array[Any] | None,
    statistics: Mapping[Path, Known],
    values: Mapping[Path, Known],
    judged: Mapping[Unknown, Outcomes],
) -> Facts:
    """Return what is known of the files at some places, from their statistics, and what is known of all groups of partition values."""
    taken = dict(statistics)
    rows = active.rows if places is None else active.rows.take(places)
    if active.groups is not None:
        groups = active.groups if places is None else active.groups.take(places)
        taken |= {path: column.at(groups) for path, column in values.items()}
        judged = {one: found.take(groups) for one, found in judged.items()}
    return Facts(len(rows), rows, taken, judged)


def _flags_of_first(
    snapshot: Snapshot, active: ActiveFiles, places: pa.Array[Any] | None, predicate: Predicate | None, first: FirstRows
) -> Flags | None:
    """Say which of the files at some places can hold first rows; None where that can't be told."""
    path = (first.column,)
    without_nulls, others = leaves_out_nulls(predicate, first.column), beside_nulls(predicate, first.column)
    paths = columns_of(others) | {path}
    values, judged = _values(active, paths), {} if others is None else judged_by(active.values, others)
    facts = _facts(active, places, _statistics(snapshot, active, paths, places), values, judged)
    column, rows = facts.columns.get(path), facts.rows
    if column is None or rows is None:
        return None
    sure = every(facts.count)
    if others is not None:
        found = outcomes(others, facts)
        sure = pc.invert(pc.or_(found.false, found.null))
    return may_be_first(first, column, Counts(rows, _deleted(snapshot, active, places), sure), without_nulls)


def _deleted(snapshot: Snapshot, active: ActiveFiles, places: pa.Array[Any] | None) -> pa.Array[Any]:
    """Return how many rows deletion vectors mark in the files at some places."""
    vectors = snapshot.vectors()
    paths = active.paths if places is None else active.paths.take(places)
    if not vectors:
        return pa.repeat(pa.scalar(0, pa.int64()), len(paths))
    found = (vectors.get(data_file(active.table, path)) for path in paths.to_pylist())
    return pa.array([0 if one is None else one.cardinality for one in found], pa.int64())


def _by_partition(active: ActiveFiles, predicate: Predicate, facts: Facts) -> pa.Array[Any]:
    """Return the places of the files whose partition values may satisfy a predicate, judged once per group of equal ones."""
    assert active.groups is not None, "only tables with partition columns are asked"
    return pc.indices_nonzero(may_hold(predicate, facts).take(active.groups))


def _values(active: ActiveFiles, paths: Iterable[Path]) -> dict[Path, Known]:
    found: dict[Path, Known] = {}
    for path in paths:
        field = active.schema.get(path[0])
        if field is not None and len(path) == 1 and path[0] in active.values.column_names:
            column: Any = active.values[path[0]].combine_chunks()
            found[path] = Known(field.type, column, column, exact=True)
    return found


def _statistics(snapshot: Snapshot, active: ActiveFiles, paths: Iterable[Path], places: pa.Array[Any] | None) -> dict[Path, Known]:
    """Return the statistics of the files at these places, for each column that is no partition column."""
    stored = {path: stored_column(snapshot, path) for path in paths if path[0] not in snapshot.partition_by}
    columns = [(path, *place) for path, place in stored.items() if place is not None]
    widened = widens(snapshot)
    return {path: replace(known, widened=widened) for path, known in active.statistics.known(columns, places).items()} if columns else {}


def widens(snapshot: Snapshot) -> bool:
    """Say whether columns may have had narrower types when files were written."""
    return any(feature.startswith("typeWidening") for feature in snapshot.features)


def stored_column(snapshot: Snapshot, path: Path) -> tuple[Path, DataType] | None:
    """Return how files and statistics name a column, or a field of a struct column, and its type.

    None where there is none, and for columns of several parts: writers count the nulls in those differently.
    """
    fields: Iterable[tuple[Any, Any]] = zip(snapshot.schema, snapshot.stored or snapshot.schema, strict=True)
    names, type_ = [], None
    for name in path:
        pair = next((pair for pair in fields if pair[0].name == name), None)
        if pair is None:
            return None
        names.append(pair[1].name)
        type_ = pair[0].type
        fields = zip(type_.fields, pair[1].type.fields, strict=True) if type_.name == "STRUCT" else ()
    return None if type_ is None or type_.fields else (tuple(names), type_)


def judged_by(values: pa.Table, predicate: Predicate) -> dict[Unknown, Outcomes]:
    """Return what the engine says of conditions over columns with one value in each file, for each row of those values."""
    if not values.num_columns:
        return {}
    answers = {one: one.judge(values) for one in _unknown(predicate) if one.judge is not None}
    return {one: _certain(answer) for one, answer in answers.items() if answer is not None}


def _unknown(predicate: Predicate) -> Iterator[Unknown]:
    if isinstance(predicate, And | Or):
        for part in predicate.parts:
            yield from _unknown(part)
    elif isinstance(predicate, Not):
        yield from _unknown(predicate.part)
    elif isinstance(predicate, Unknown):
        yield predicate


def _certain(answer: Any) -> Outcomes:
    return Outcomes(pc.fill_null(answer, False), pc.invert(pc.fill_null(answer, True)), pc.is_null(answer))
