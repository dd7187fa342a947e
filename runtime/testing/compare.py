"""Owns the comparison of two tables as multisets of rows: floats within a tolerance, everything else exactly.

In: the rows that are expected and those that were found, with the same columns. Out: `Difference`,
which pairs rows that are alike, or None when there is none. NULL equals NULL, NaN equals NaN.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..cells import as_objects

RELATIVE, ABSOLUTE = 1e-9, 1e-12
"""Numbers are equal when they differ by a billionth of the larger one, or by next to nothing."""
SINGLE_RELATIVE, SINGLE_ABSOLUTE = 1e-6, 1e-9
"""The same for `FLOAT`, which has seven digits."""
PAIRED_ROWS = 200
"""Rows of each side that are looked at for likeness; the others stand alone."""
MATCHED_PAIRS = 1_000_000
"""Pairs of floating point rows that are tried exactly; beyond it rows are matched in sorted order."""

Exact = tuple[object, ...]
Floats = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A row that was expected and the found one most like it, by index, with the columns in which they differ."""

    expected: int
    found: int
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How two tables differ.

    Args:
        expected: the rows that were expected.
        found: the rows that were found, with the same columns.
        changed: rows that pair up, in the order of those expected.
        missing: indices of expected rows that nothing found is like.
        unexpected: indices of found rows that are like none expected.
    """

    expected: pa.Table
    found: pa.Table
    changed: tuple[Pair, ...]
    missing: tuple[int, ...]
    unexpected: tuple[int, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns that were compared."""
        return tuple(self.expected.column_names)

    def as_json(self) -> dict[str, object]:
        """Return the rows as objects by column name."""
        expected, found = _objects(self.expected), _objects(self.found)
        return {
            "columns": list(self.columns),
            "changed": [
                {"expected": expected[p.expected], "found": found[p.found], "columns": [self.columns[c] for c in p.columns]}
                for p in self.changed
            ],
            "missing": [expected[i] for i in self.missing],
            "unexpected": [found[i] for i in self.unexpected],
        }


def _objects(table: pa.Table) -> list[dict[str, object]]:
    columns = [as_objects(column) for column in table.columns]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def compare(expected: pa.Table, found: pa.Table) -> Difference | None:
    """Return how two tables differ as multisets of rows, or None when they don't.

    Args:
        expected: the rows that are expected.
        found: the rows that were found; exactly the same columns and types.
    """
    single = any(pa.types.is_float32(kind) for kind in _leaves(expected.schema.types))
    close = Closeness(SINGLE_RELATIVE, SINGLE_ABSOLUTE) if single else Closeness(RELATIVE, ABSOLUTE)
    wanted, given = _rows(expected), _rows(found)
    missing, unexpected = _unmatched(wanted, given, close)
    if not missing and not unexpected:
        return None
    pairs = _pairs(wanted, given, missing, unexpected, close)
    left, right = {p.expected for p in pairs}, {p.found for p in pairs}
    return Difference(expected, found, pairs, tuple(i for i in missing if i not in left), tuple(i for i in unexpected if i not in right))


def _leaves(types: Iterable[pa.DataType]) -> Iterable[pa.DataType]:
    for kind in types:
        inner = [kind.field(i).type for i in range(kind.num_fields)]
        yield from _leaves(inner) if inner else [kind]


@dataclass(frozen=True, slots=True)
class Closeness:
    """When two numbers count as one."""

    relative: float
    absolute: float

    def __call__(self, one: Floats, other: Floats) -> bool:
        """Say whether numbers are pairwise close."""
        return all(math.isclose(a, b, rel_tol=self.relative, abs_tol=self.absolute) for a, b in zip(one, other, strict=True))


def _rows(table: pa.Table) -> list[tuple[object, ...]]:
    """Return a table's rows as comparable values; rows of a table without columns are empty."""
    columns = [_comparable(column) for column in table.columns]
    return list(zip(*columns, strict=True)) if columns else [()] * table.num_rows


def _comparable(column: pa.ChunkedArray) -> list[object]:
    kind = column.type
    if kind.num_fields or pa.types.is_temporal(kind):
        return [_scalar(one) for one in column]
    found: list[object] = column.to_pylist()
    return found


def _scalar(one: Any) -> object:
    if not one.is_valid:
        return None
    kind = one.type
    if isinstance(one, pa.StructScalar):
        return tuple(_scalar(one[i]) for i in range(kind.num_fields))
    if isinstance(one, pa.MapScalar):
        entries = [(_scalar(entry["key"]), _scalar(entry["value"])) for entry in one.values]
        return tuple(sorted(entries, key=lambda entry: repr(entry[0])))
    if kind.num_fields:
        return tuple(_scalar(item) for item in one.values)
    if pa.types.is_interval(kind):
        return tuple(one.as_py())
    return one.value if pa.types.is_temporal(kind) else one.as_py()


def _split(value: object, floats: list[float]) -> object:
    """Return what of a value is compared exactly; finite floats are put into a list and leave a mark."""
    if isinstance(value, float):
        if math.isfinite(value):
            floats.append(value)
            return _FLOAT
        return "NaN" if math.isnan(value) else value
    return tuple(_split(one, floats) for one in value) if isinstance(value, tuple) else value


_FLOAT = object()


def _unmatched(wanted: Sequence[Exact], given: Sequence[Exact], close: Closeness) -> tuple[list[int], list[int]]:
    """Return the indices of the rows of both sides that have no equal row on the other."""
    groups: dict[object, tuple[list[tuple[Floats, int]], list[tuple[Floats, int]]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((wanted, given)):
        for index, row in enumerate(rows):
            floats: list[float] = []
            exact = _split(row, floats)
            groups[exact][side].append((tuple(floats), index))
    missing: list[int] = []
    unexpected: list[int] = []
    for left, right in groups.values():
        lost, extra = _match(sorted(left), sorted(right), close)
        missing += lost
        unexpected += extra
    return sorted(missing), sorted(unexpected)


def _match(left: list[tuple[Floats, int]], right: list[tuple[Floats, int]], close: Closeness) -> tuple[list[int], list[int]]:
    """Return what is left over of rows that differ in floats at most."""
    if len(left) == len(right) and all(close(a, b) for (a, _), (b, _) in zip(left, right, strict=True)):
        return [], []
    if not left or not right:
        return [i for _, i in left], [i for _, i in right]
    if len(left) * len(right) > MATCHED_PAIRS or not left[0][0]:
        return _in_order(left, right, close)
    near = [[j for j, (b, _) in enumerate(right) if close(a, b)] for a, _ in left]
    partner: dict[int, int] = {}
    for i in range(len(left)):
        _augment(i, near, partner)
    taken = set(partner.values())
    return [index for i, (_, index) in enumerate(left) if i not in taken], [index for j, (_, index) in enumerate(right) if j not in partner]


def _augment(start: int, near: Sequence[Sequence[int]], partner: dict[int, int]) -> None:
    """Give a row a partner, moving others to other partners of theirs where needed (Kuhn's algorithm, breadth first)."""
    came_from: dict[int, int] = {}
    waiting = [start]
    while waiting:
        i = waiting.pop(0)
        for j in near[i]:
            if j in came_from:
                continue
            came_from[j] = i
            if j in partner:
                waiting.append(partner[j])
                continue
            at: int | None = j
            while at is not None:
                row = came_from[at]
                before = next((k for k, owner in partner.items() if owner == row), None)
                partner[at] = row
                at = before
            return


def _in_order(left: list[tuple[Floats, int]], right: list[tuple[Floats, int]], close: Closeness) -> tuple[list[int], list[int]]:
    missing, unexpected, i, j = [], [], 0, 0
    while i < len(left) and j < len(right):
        if close(left[i][0], right[j][0]):
            i, j = i + 1, j + 1
        elif left[i][0] < right[j][0]:
            missing.append(left[i][1])
            i += 1
        else:
            unexpected.append(right[j][1])
            j += 1
    return missing + [index for _, index in left[i:]], unexpected + [index for _, index in right[j:]]


def _pairs(
    wanted: Sequence[Exact], given: Sequence[Exact], missing: Sequence[int], unexpected: Sequence[int], close: Closeness
) -> tuple[Pair, ...]:
    """Return rows that share at least one cell, those that share most first; no row is in two pairs."""
    candidates = []
    for i in missing[:PAIRED_ROWS]:
        for j in unexpected[:PAIRED_ROWS]:
            differing = tuple(c for c, (a, b) in enumerate(zip(wanted[i], given[j], strict=True)) if not _same(a, b, close))
            if len(differing) < len(wanted[i]):
                candidates.append((len(differing), i, j, differing))
    found: dict[int, Pair] = {}
    taken: set[int] = set()
    for _, i, j, differing in sorted(candidates):
        if i not in found and j not in taken:
            found[i] = Pair(i, j, differing)
            taken.add(j)
    return tuple(found[i] for i in sorted(found))


def _same(one: object, other: object, close: Closeness) -> bool:
    left: list[float] = []
    right: list[float] = []
    return _split(one, left) == _split(other, right) and len(left) == len(right) and close(tuple(left), tuple(right))
