"""A file that holds a row for which a predicate is true is never dropped, however poor its statistics."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.file_statistics import KINDS, Row, Writer, predicates, rows, statistics, truth
from tests.support.pruning import ColumnStats, FileStats, keep
from treadle.dialect.types import BIGINT, DOUBLE, INT, VARCHAR, DataType
from treadle.planner.predicates import And, Compare, InValues, IsNull, Not, Or, Predicate, StartsWith, Unknown, columns_of
from treadle.planner.values import Value


@given(rows, predicates, st.builds(Writer, st.booleans(), st.booleans(), st.booleans()), st.none() | st.sampled_from(sorted(KINDS)))
def test_needed_files_stay(found: list[Row], predicate: Predicate, writer: Writer, partition: str | None) -> None:
    if partition is not None:
        found = [{**r, partition: found[0][partition]} for r in found]
    if any(truth(predicate, row) for row in found):
        assert keep(predicate, statistics(found, writer, partition))


KNOWN = FileStats(
    10,
    {
        ("i",): ColumnStats(INT, 1, 5, 0),
        ("s",): ColumnStats(VARCHAR, "b", "d", 2),
        ("f",): ColumnStats(DOUBLE, 1.0, 2.0, 0),
        ("p",): ColumnStats(VARCHAR, "UA", "UA", 0, exact=True),
        ("q",): ColumnStats(VARCHAR, exact=True),
        ("e",): ColumnStats(BIGINT, None, None, 10),
    },
)


def is_(column: str, operator: str, value: Any, type_: DataType = VARCHAR) -> Compare:
    return Compare((column,), operator, Value(type_, value))


@pytest.mark.parametrize(
    "predicate",
    [
        is_("i", ">", 5, INT),
        is_("i", "=", 0, INT),
        Not(is_("i", "<=", 5, INT)),
        InValues(("i",), (Value(INT, 7), Value(INT, -1))),
        is_("s", "<", "b"),
        is_("s", "=", "e"),
        StartsWith(("s",), "a"),
        is_("f", "<", 1.0, DOUBLE),
        is_("p", "!=", "UA"),
        Not(InValues(("p",), (Value(VARCHAR, "UA"), Value(VARCHAR, "AA")))),
        IsNull(("p",)),
        IsNull(("q",), negated=True),
        is_("q", "=", "UA"),
        is_("e", "=", 1, BIGINT),
        is_("i", "=", None, INT),
        And((Unknown("x"), is_("i", ">", 5, INT))),
        Or((is_("i", ">", 5, INT), is_("p", "=", "AA"))),
    ],
)
def test_files_without_a_row_go(predicate: Predicate) -> None:
    assert not keep(predicate, KNOWN)


@pytest.mark.parametrize(
    "predicate",
    [
        is_("f", ">", 9.0, DOUBLE),  # NaN is in no statistics, and is greater
        is_("s", "!=", "b"),
        is_("unseen", "=", 1, INT),
        is_("i", "=", "3"),  # of another type: not comparable
        Unknown("random() > 0.5"),
        None,
    ],
)
def test_what_is_not_known_keeps_the_file(predicate: Predicate | None) -> None:
    assert keep(predicate, KNOWN)


def test_columns_of_a_predicate() -> None:
    predicate = And((is_("a", "=", 1), Not(Or((IsNull(("b", "c")), Unknown("x"))))))
    assert columns_of(predicate) == {("a",), ("b", "c")}
