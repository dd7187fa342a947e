"""Owns which files of a snapshot rows satisfying a predicate can be in: by partition values first, then by statistics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...dialect.types import DataType
from ...planner.predicates import And, Not, Or, Predicate, Unknown, columns_of
from .active_files import ActiveFiles
from .bounds import Known
from .pruning import Facts, Outcomes, may_hold
from .snapshot import Snapshot

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a table's files: how many after partition values, and the places of those that statistics leave of them."""

    after_partitions: int
    places: pa.Array[Any] | None


def kept_files(snapshot: Snapshot, predicate: Predicate | None) -> Kept:
    """Return the files that rows satisfying a predicate can be in; raises T4007. `places` is None where all files are kept."""
    active = snapshot.active()
    if predicate is None or not len(active):
        return Kept(len(active), None)
    paths = columns_of(predicate)
    values = _values(active, paths)
    judged = judged_by(active.values, predicate)
    places = None if active.groups is None else _by_partition(active, predicate, Facts(active.values.num_rows, None, values, judged))
    statistics = _statistics(snapshot, active, paths)
    after = len(active) if places is None else len(places)
    if not after or not any(column.low is not None or column.nulls is not None for column in statistics.values()):
        return Kept(after, places)
    taken = {path: _taken(column, places) for path, column in statistics.items()}
    rows = active.rows if places is None else active.rows.take(places)
    if active.groups is not None:
        groups = active.groups if places is None else active.groups.take(places)
        taken |= {path: _taken(column, groups) for path, column in values.items()}
        judged = {one: found.take(groups) for one, found in judged.items()}
    left = pc.indices_nonzero(may_hold(predicate, Facts(after, rows, taken, judged)))
    return Kept(after, left if places is None else places.take(left))


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


def _statistics(snapshot: Snapshot, active: ActiveFiles, paths: Iterable[Path]) -> dict[Path, Known]:
    """Return the statistics of all files, for each column that is no partition column; they stand under the files' own names."""
    found = {}
    widened = widens(snapshot)
    for path in paths:
        place = None if path[0] in snapshot.partition_by else stored_column(snapshot, path)
        if place is not None:
            low, high, nulls = (active.statistic(kind, place[0]) for kind in ("min", "max", "null_count"))
            found[path] = Known(place[1], low, high, nulls, widened=widened)
    return found


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


def _taken(column: Known, places: pa.Array[Any] | None) -> Known:
    if places is None:
        return column
    low, high, nulls = (None if part is None else part.take(places) for part in (column.low, column.high, column.nulls))
    return replace(column, low=low, high=high, nulls=nulls)


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
