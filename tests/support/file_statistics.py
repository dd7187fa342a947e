"""Rows, predicates over them, and the statistics that writers leave of them, for the tests of pruning."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.support.pruning import ColumnStats, FileStats
from treadle.dialect.types import BOOLEAN, DATE, DOUBLE, INT, VARCHAR, DataType, decimal, timestamp
from treadle.planner.predicates import And, Compare, InValues, IsNull, Not, Or, Predicate, StartsWith, Unknown
from treadle.planner.values import Value

UTC = dt.UTC
Row = dict[str, Any]
KINDS: dict[str, tuple[DataType, st.SearchStrategy[Any]]] = {
    "i": (INT, st.integers(-4, 4)),
    "b": (BOOLEAN, st.booleans()),
    "s": (VARCHAR, st.sampled_from(["", "a", "ab", "b", "é", "a" * 32, "a" * 33, "a" * 32 + "b", "b" * 40])),
    "f": (DOUBLE, st.sampled_from([-1.0, -0.0, 0.0, 1.0, 2.5, math.inf, -math.inf, math.nan])),
    "d": (DATE, st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 5))),
    "t": (timestamp(), st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, 0, 0, 0, 3000))),
    "z": (timestamp(zone="UTC"), st.datetimes(dt.datetime(1969, 12, 31, 23, 59, 59, 998000), dt.datetime(1970, 1, 1, 0, 0, 0, 2000))),
    "n": (decimal(38, 4), st.integers(-2 * 10**20, 2 * 10**20).map(lambda i: Decimal(i) / 10000)),
}
OPERATORS = ("=", "!=", "<", "<=", ">", ">=")


def typed(name: str) -> st.SearchStrategy[Any]:
    values = KINDS[name][1]
    return values.map(lambda v: v.replace(tzinfo=UTC)) if name == "z" else values


def nullable(name: str) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), typed(name))


rows = st.lists(st.fixed_dictionaries({name: nullable(name) for name in KINDS}), min_size=1, max_size=4)


def leaves(name: str) -> st.SearchStrategy[Predicate]:
    value = nullable(name).map(lambda v: Value(KINDS[name][0], v))
    found: list[st.SearchStrategy[Any]] = [
        st.builds(Compare, st.just((name,)), st.sampled_from(OPERATORS), value),
        st.builds(InValues, st.just((name,)), st.lists(value, max_size=3).map(tuple), st.booleans()),
        st.builds(IsNull, st.just((name,)), st.booleans()),
        st.just(Unknown("random() > 0.5")),
    ]
    if name == "s":
        found.append(st.builds(StartsWith, st.just((name,)), st.sampled_from(["", "a", "ab", "c", "a" * 32, "a" * 34])))
    return st.one_of(found)


predicates = st.recursive(
    st.sampled_from(sorted(KINDS)).flatmap(leaves),
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


def order(value: Any) -> Any:
    """Order floats as the engine does: NaN above all, -0.0 below 0.0."""
    if isinstance(value, float):
        return (math.isnan(value), 0.0 if math.isnan(value) else value, math.copysign(1.0, value))
    return value


def compare(operator: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    a, b = order(left), order(right)
    return {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def truth(predicate: Predicate, row: Row) -> bool | None:
    """Judge a predicate over one row as SQL does."""
    if isinstance(predicate, Compare):
        return compare(predicate.operator, row[predicate.column[0]], predicate.value.value)
    if isinstance(predicate, InValues):
        found = any_of([compare("=", row[predicate.column[0]], v.value) for v in predicate.values])
        return (None if found is None else not found) if predicate.negated else found
    if isinstance(predicate, IsNull):
        return (row[predicate.column[0]] is None) != predicate.negated
    if isinstance(predicate, StartsWith):
        value = row[predicate.column[0]]
        return None if value is None else value.startswith(predicate.prefix)
    if isinstance(predicate, Not):
        inner = truth(predicate.part, row)
        return None if inner is None else not inner
    if isinstance(predicate, And):
        parts = [truth(p, row) for p in predicate.parts]
        return False if False in parts else None if None in parts else True
    if isinstance(predicate, Or):
        return any_of([truth(p, row) for p in predicate.parts])
    return True


def any_of(parts: list[bool | None]) -> bool | None:
    return True if True in parts else None if None in parts else False


@dataclass(frozen=True)
class Writer:
    """How poor the statistics are: what is left out, and whether texts are cut with or without a bound above."""

    bounds: bool
    nulls: bool
    rows: bool


def cut(value: Any, up: bool) -> Any:
    """Return a bound as writers shorten it."""
    if isinstance(value, dt.datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(value, str) and len(value) > 32:
        return value[:32] + ("\U0010ffff" if up and value.startswith("b") else "")
    if isinstance(value, Decimal):
        return Decimal(repr(float(value)))
    return value


def statistics(found: list[Row], writer: Writer, exact: str | None) -> FileStats:
    columns = {}
    for name, (type_, _) in KINDS.items():
        values = [r[name] for r in found if r[name] is not None]
        counted = [v for v in values if not (isinstance(v, float) and math.isnan(v))]
        nulls = len(found) - len(values)
        if name == exact:
            columns[(name,)] = ColumnStats(type_, found[0][name], found[0][name], None if nulls else 0, exact=True)
            continue
        low = cut(min(counted), False) if counted and writer.bounds else None
        high = cut(max(counted), True) if counted and writer.bounds else None
        columns[(name,)] = ColumnStats(type_, low, high, nulls if writer.nulls else None)
    return FileStats(len(found) if writer.rows else None, columns)
