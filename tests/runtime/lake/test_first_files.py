"""First rows of an order are never in a file that is left out: judged by statistics alone, and over real tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.lake.test_pruning import exact_columns, facts, writers
from tests.support.file_statistics import KINDS, Row, Writer, predicates, rows, statistics, truth
from treadle.dialect.types import BIGINT, BOOLEAN, BYTEA, DATE, DOUBLE, VARCHAR, DataType, decimal, timestamp
from treadle.planner.predicates import And, FirstRows, IsNull, Or, Predicate, Unknown
from treadle.runtime.lake.bounds import Known
from treadle.runtime.lake.first_files import Counts, beside_nulls, leaves_out_nulls, may_be_first
from treadle.runtime.lake.pruning import Facts, outcomes
from treadle.runtime.lake.schemas import arrow_type

orders = st.builds(FirstRows, st.sampled_from(sorted(KINDS)), st.booleans(), st.booleans(), st.integers(1, 6))
deletions = st.lists(st.sets(st.integers(0, 3)), min_size=4, max_size=4)


def kept(first: FirstRows, known: Facts, deleted: list[int], predicate: Predicate | None = None) -> list[bool] | None:
    """Return what stays, as `kept_files` asks for it."""
    others = beside_nulls(predicate, first.column)
    sure = pa.repeat(pa.scalar(True), known.count)
    if others is not None:
        found = outcomes(others, known)
        sure = pa.array([not f and not n for f, n in zip(found.false.to_pylist(), found.null.to_pylist(), strict=True)])
    assert known.rows is not None
    counts = Counts(known.rows, pa.array(deleted, pa.int64()), sure)
    flags = may_be_first(first, known.columns[(first.column,)], counts, leaves_out_nulls(predicate, first.column))
    if flags is None:
        return None
    assert not flags.null_count
    found_: list[bool] = flags.to_pylist()
    return found_


def comes_before(first: FirstRows, one: Any, other: Any) -> bool:
    """Say whether a value comes strictly before another one in an order."""
    if one is None or other is None:
        return (one is None) != (other is None) and (one is None) == first.nulls_first
    return bool(one > other if first.descending else one < other)


@settings(max_examples=50)
@given(st.lists(rows, min_size=2, max_size=4), orders, st.none() | predicates, writers, exact_columns, deletions)
def test_first_rows_are_never_left_out(
    found: list[list[Row]], first: FirstRows, predicate: Predicate | None, writer: Writer, partition: str | None, gone: list[set[int]]
) -> None:
    if partition is not None:
        found = [[{**row, partition: file[0][partition]} for row in file] for file in found]
    known = facts([statistics(file, writer, partition) for file in found])
    left = [[row for at, row in enumerate(file) if at not in none] for file, none in zip(found, gone, strict=False)]
    flags = kept(first, known, [len(file) - len(some) for file, some in zip(found, left, strict=True)], predicate)
    if flags is None or all(flags):
        return
    left = [[row for row in some if predicate is None or truth(predicate, row)] for some in left]
    stay = [row[first.column] for some, stays in zip(left, flags, strict=True) if stays for row in some]
    for some, stays in zip(left, flags, strict=True):
        for row in () if stays else some:
            assert sum(comes_before(first, one, row[first.column]) for one in stay) >= first.count


def column(type_: DataType, *bounds: tuple[object, object], nulls: list[int | None] | None = None, exact: bool = False) -> Facts:
    """Return what is known of files of ten rows each."""
    arrow = arrow_type(type_, "c")
    low, high = (pa.array(list(side), arrow) for side in zip(*bounds, strict=True))
    counted = None if exact else pa.array(nulls or [0] * len(bounds), pa.int64())
    return Facts(len(bounds), pa.array([10] * len(bounds)), {("c",): Known(type_, low, high, counted, exact=exact)})


UP, DOWN = FirstRows("c", False, False, 10), FirstRows("c", True, True, 10)
APART = column(BIGINT, (0, 9), (10, 19), (20, 29))


def at(micros: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=micros)


MORNING = [dt.datetime(2020, 1, 1, hour) for hour in range(4)]


@pytest.mark.parametrize(
    ("first", "known", "stays"),
    [
        (UP, APART, [True, False, False]),
        (DOWN, APART, [False, False, True]),
        (FirstRows("c", False, False, 11), APART, [True, True, False]),
        (FirstRows("c", True, True, 21), APART, [True, True, True]),
        (UP, column(BIGINT, (0, 9), (9, 19), (10, 29)), [True, True, False]),  # a tie may come first by a further key
        (UP, column(BIGINT, (0, 9), (10, 19), (None, None)), [True, False, True]),
        (UP, column(BIGINT, (0, 9), (10, 19), nulls=[1, 0]), [True, True]),
        (UP, column(BIGINT, (0, 9), (None, None), (10, 19), nulls=[0, 10, 0]), [True, False, False]),
        (DOWN, column(BIGINT, (0, 9), (10, 19), (20, 29), nulls=[1, 0, 0]), [True, False, True]),
        (DOWN, column(BIGINT, (0, 9), (None, None), (20, 29), nulls=[1, 10, 0]), [True, True, False]),
        (DOWN, column(BIGINT, (0, 9), (10, 19), nulls=[None, 0]), [True, True]),
        (FirstRows("c", False, True, 2), column(BIGINT, (0, 9), (10, 19), nulls=[1, 1]), [True, True]),
        (FirstRows("c", False, True, 1), column(BIGINT, (0, 9), (10, 19), (20, 29), nulls=[1, None, 0]), [True, True, False]),
        (FirstRows("c", False, True, 3), column(BIGINT, (0, 9), (10, 19), (20, 29), nulls=[1, 1, 0]), [True, True, False]),
        (UP, column(DATE, (dt.date(2020, 1, 1), dt.date(2020, 1, 2)), (dt.date(2020, 1, 3), dt.date(2020, 1, 4))), [True, False]),
        (UP, column(BOOLEAN, (False, False), (True, True)), [True, False]),
        (UP, column(decimal(9, 2), (Decimal("1.00"), Decimal("2.00")), (Decimal("2.01"), Decimal("3.00"))), [True, False]),
        (UP, column(timestamp(), (MORNING[0], MORNING[1]), (MORNING[2], MORNING[3])), [True, False]),
        (DOWN, column(timestamp(), (at(0), at(1000)), (at(1500), at(5000))), [True, True]),  # one may be cut to milliseconds
        (DOWN, column(timestamp(), (at(0), at(1000)), (at(3001), at(5000))), [False, True]),
        (DOWN, column(timestamp(), (at(0), at(1000)), (at(1001), at(1001)), exact=True), [False, True]),
        (UP, column(VARCHAR, ("a", "b"), ("c", "d")), [True, False]),
        (UP, column(VARCHAR, ("a", "b"), ("c" * 40, "d" * 40)), [True, False]),
        (UP, column(VARCHAR, ("a", "b" * 32), ("c", "d")), [True, True]),  # the first file may hold what comes after `c`
        (DOWN, column(VARCHAR, ("a", "b" * 32), ("c", "d")), [True, True]),
        (UP, column(VARCHAR, ("a", "a"), ("b" * 40, "b" * 40), exact=True), [True, False]),
        (UP, column(decimal(38, 2), (Decimal("1.00"), Decimal("1.00")), (Decimal("2.00"), Decimal("2.00")), exact=True), [True, False]),
        (UP, column(BIGINT, (None, None), (1, 1), exact=True), [False, True]),
        (DOWN, column(BIGINT, (None, None), (1, 1), exact=True), [True, False]),
    ],
)
def test_files_that_come_after_go(first: FirstRows, known: Facts, stays: list[bool] | None) -> None:
    assert kept(first, known, [0] * known.count) == stays


@pytest.mark.parametrize(
    "known",
    [
        column(DOUBLE, (0.0, 1.0), (2.0, 3.0)),  # NaN is in no statistics
        column(DataType("FLOAT"), (0.0, 0.0), (2.0, 2.0), exact=True),
        column(decimal(38, 2), (Decimal("1.00"), Decimal("1.00")), (Decimal("2.00"), Decimal("2.00"))),  # of many digits
        column(BYTEA, (b"a", b"b"), (b"c", b"d")),
        column(timestamp(), (dt.datetime(1, 1, 1), MORNING[0]), (MORNING[0], MORNING[1])),  # within a millisecond
    ],
)
@pytest.mark.parametrize("first", [UP, DOWN])
def test_what_is_not_known_keeps_all(first: FirstRows, known: Facts) -> None:
    assert kept(first, known, [0] * known.count) in (None, [True] * known.count)


def test_deleted_rows_are_not_counted() -> None:
    """Beside a deletion vector, a count of some nulls says nothing."""
    assert kept(UP, APART, [1, 0, 0]) == [True, True, False]
    assert kept(UP, APART, [10, 0, 0]) == [True, True, False]
    some = column(BIGINT, (0, 9), (10, 19), (20, 29), nulls=[3, 0, 0])
    assert kept(FirstRows("c", False, False, 7), some, [0, 0, 0]) == [True, False, False]
    assert kept(FirstRows("c", False, False, 7), some, [1, 0, 0]) == [True, True, False]


def test_rows_are_counted_where_all_satisfy_the_predicate() -> None:
    assert kept(UP, APART, [0, 0, 0], Unknown("c % 2 = 0")) is None
    assert kept(UP, APART, [0, 0, 0], IsNull(("c",), negated=True)) == [True, False, False]
    nulls = column(BIGINT, (0, 9), (10, 19), (20, 29), nulls=[1, 1, 0])
    assert kept(FirstRows("c", True, True, 10), nulls, [0, 0, 0]) == [True, True, True]
    assert kept(FirstRows("c", True, True, 10), nulls, [0, 0, 0], IsNull(("c",), negated=True)) == [False, False, True]
    assert kept(FirstRows("c", True, True, 10), nulls, [0, 0, 0], Or((IsNull(("c",), negated=True), Unknown("x")))) == [True, True, True]
    assert kept(FirstRows("c", True, True, 10), nulls, [0, 0, 0], And((IsNull(("c",)),))) is None
