"""Judging all files at once: as sharp as judging them one by one, and never dropping one that is needed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.file_statistics import KINDS, Row, Writer, predicates, rows, statistics, truth
from tests.support.pruning import FileStats, keep
from treadle.dialect.types import BIGINT, DATE, DOUBLE, INT, VARCHAR, DataType, decimal, timestamp
from treadle.planner.predicates import And, Compare, InValues, IsNull, Not, Or, Predicate, StartsWith, Unknown
from treadle.planner.values import Value
from treadle.runtime.lake.bounds import Known
from treadle.runtime.lake.pruning import FEW, Facts, Outcomes, may_hold
from treadle.runtime.lake.schemas import arrow_type

writers = st.builds(Writer, st.booleans(), st.booleans(), st.booleans())
exact_columns = st.none() | st.sampled_from(sorted(KINDS))


def facts(files: list[FileStats]) -> Facts:
    """Return what is known of files one by one as columns."""

    def known(name: str) -> Known:
        columns = [one.columns[(name,)] for one in files]
        arrow = arrow_type(columns[0].type, name)
        low, high = (pa.array([getattr(c, bound) for c in columns], arrow) for bound in ("low", "high"))
        return Known(columns[0].type, low, high, pa.array([c.nulls for c in columns], pa.int64()), columns[0].exact)

    return Facts(len(files), pa.array([one.rows for one in files], pa.int64()), {(name,): known(name) for name in KINDS})


@given(st.lists(rows, min_size=1, max_size=4), predicates, writers, exact_columns)
def test_files_that_are_needed_stay_and_no_more_than_one_by_one(
    found: list[list[Row]], predicate: Predicate, writer: Writer, partition: str | None
) -> None:
    if partition is not None:
        found = [[{**row, partition: file[0][partition]} for row in file] for file in found]
    files = [statistics(file, writer, partition) for file in found]
    kept = may_hold(predicate, facts(files))
    assert not kept.null_count
    for file, known, stays in zip(found, files, kept.to_pylist(), strict=True):
        if any(truth(predicate, row) for row in file):
            assert stays
        if not reads_decimals(predicate):  # which are blurred a little more
            assert stays == keep(predicate, known)


def reads_decimals(predicate: Predicate) -> bool:
    if isinstance(predicate, And | Or):
        return any(reads_decimals(part) for part in predicate.parts)
    if isinstance(predicate, Not):
        return reads_decimals(predicate.part)
    return not isinstance(predicate, Unknown) and predicate.column == ("n",)


LONG = tuple(Value(INT, number) for number in range(0, 10 * FEW * 3, 10))


def one_file(type_: DataType, low: object, high: object, **more: Any) -> Facts:
    arrow = arrow_type(type_, "c")
    column = Known(type_, pa.array([low], arrow), pa.array([high], arrow), pa.array([0]), **more)
    return Facts(1, pa.array([10]), {("c",): column})


@pytest.mark.parametrize(
    ("type_", "low", "high", "predicate", "stays"),
    [
        (BIGINT, -(2**63), 2**63 - 1, ("=", 2**63 - 1), True),
        (BIGINT, 0, 5, ("<", 2**64), True),
        (BIGINT, 0, 5, (">", 2**64), False),
        (BIGINT, 0, 5, ("<", -(2**70)), False),
        (INT, 1, 3, ("=", Decimal("2.5")), False),
        (INT, 1, 3, (">", Decimal("2.5")), True),
        (INT, 1, 3, (">", Decimal("3.0")), False),
        (decimal(10, 2), Decimal("1.25"), Decimal("2.50"), ("=", Decimal("2.500")), True),
        (decimal(10, 2), Decimal("1.25"), Decimal("2.50"), (">", Decimal("2.5001")), False),
        (decimal(10, 2), Decimal("1.25"), Decimal("2.50"), ("=", Decimal("1.999")), False),
        (decimal(10, 2), Decimal("1.25"), Decimal("2.50"), ("<", 1), False),
        (decimal(38, 2), Decimal("123456789012345678.91"), Decimal("123456789012345678.91"), ("=", Decimal("123456789012345678.90")), True),
        (DATE, dt.date(2013, 1, 1), dt.date(2013, 1, 2), ("=", "2013-01-03"), True),  # nothing is known of other types
        (DATE, dt.date(2013, 1, 1), dt.date(2013, 1, 2), ("=", dt.datetime(2013, 1, 3)), True),
        (timestamp(), dt.datetime.max, dt.datetime.max, (">=", dt.datetime.max), True),
        (timestamp(), dt.datetime(1, 1, 1), dt.datetime(1, 1, 1), ("<", dt.datetime(1, 1, 1)), True),  # cut towards zero
        (VARCHAR, "a" * 32, "a" * 32, (">", "a" * 40), True),
        (VARCHAR, "a" * 31, "a" * 31, (">", "a" * 40), False),
        (DOUBLE, -1.0, 1.0, ("=", Decimal("3")), True),
    ],
)
def test_values_and_bounds(type_: DataType, low: object, high: object, predicate: tuple[str, object], stays: bool) -> None:
    operator, value = predicate
    assert may_hold(Compare(("c",), operator, Value(type_, value)), one_file(type_, low, high)).to_pylist() == [stays]


@pytest.mark.parametrize(("operator", "value"), [("=", 0.10000000149011612), ("<", 0.1), ("<", 0.69999999), ("=", 0.699999988079071)])
def test_floats_that_became_doubles(operator: str, value: float) -> None:
    """Statistics have a FLOAT in its shortest text: 0.1 stands for 0.10000000149011612, and 0.7 for 0.699999988079071."""
    low = high = 0.1 if value < 0.5 else 0.7
    assert may_hold(Compare(("c",), operator, Value(DOUBLE, value)), one_file(DOUBLE, low, high, widened=True)).to_pylist() == [True]
    assert may_hold(Compare(("c",), "<", Value(DOUBLE, 0.05)), one_file(DOUBLE, low, high, widened=True)).to_pylist() == [False]


def test_long_lists() -> None:
    assert may_hold(InValues(("c",), LONG), one_file(INT, 15, 16)).to_pylist() == [True]  # between two neighbours of one range
    assert may_hold(InValues(("c",), LONG), one_file(INT, 10_000, 10_001)).to_pylist() == [False]
    assert may_hold(InValues(("c",), LONG), one_file(INT, 25, 25, exact=True)).to_pylist() == [False]
    assert may_hold(InValues(("c",), LONG, negated=True), one_file(INT, 20, 20, exact=True)).to_pylist() == [False]
    assert may_hold(InValues(("c",), LONG, negated=True), one_file(INT, 20, 20)).to_pylist() == [True]


def test_what_nobody_wrote_down_keeps_the_file() -> None:
    unknown = Facts(2, None, {("c",): Known(VARCHAR, None, None), ("d",): Known(INT, pa.nulls(2), pa.nulls(2))})
    for predicate in (
        StartsWith(("c",), "a"),
        Compare(("c",), "=", Value(VARCHAR, "a")),
        IsNull(("c",)),
        Compare(("d",), "<", Value(INT, 1)),
    ):
        assert may_hold(predicate, unknown).to_pylist() == [True, True]
        assert may_hold(Not(predicate), unknown).to_pylist() == [True, True]


def test_conditions_that_the_engine_judged() -> None:
    flags = [pa.array(part) for part in ([True, False, False], [False, True, False], [False, False, True])]
    condition = Unknown("f(p)")
    known = Facts(3, None, {}, {condition: Outcomes(*flags)})
    assert may_hold(condition, known).to_pylist() == [True, False, False]
    assert may_hold(Not(condition), known).to_pylist() == [False, True, False]
    assert may_hold(Unknown("g(p)"), known).to_pylist() == [True, True, True]
