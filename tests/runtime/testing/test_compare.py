"""Tables are compared as multisets, floats within a tolerance; what is left over pairs up by likeness."""

from __future__ import annotations

import math
import random
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.support.tree import ROOT
from treadle.runtime.cli.difference_table import MOST_ROWS, difference_lines
from treadle.runtime.cli.text import Paint, cells
from treadle.runtime.testing.compare import Difference, compare

NAN = math.nan


def floats(*values: float | None, kind: pa.DataType | None = None) -> pa.Table:
    return pa.table({"x": pa.array(values, kind or pa.float64())})


def left_over(expected: pa.Table, found: pa.Table) -> tuple[int, int] | None:
    difference = compare(expected, found)
    if difference is None:
        return None
    return len(difference.missing) + len(difference.changed), len(difference.unexpected) + len(difference.changed)


@pytest.mark.parametrize(
    ("expected", "found", "wanted"),
    [
        ((1.0,), (1.0 + 5e-10,), None),
        ((1.0,), (1.0 + 5e-9,), (1, 1)),
        ((1e300,), (1e300 * (1 + 5e-10),), None),
        ((0.0,), (5e-17,), None),
        ((0.0,), (-0.0,), None),
        ((0.0,), (1e-11,), (1, 1)),
        ((NAN, None), (None, NAN), None),
        ((NAN,), (None,), (1, 1)),
        ((NAN,), (1.0,), (1, 1)),
        ((math.inf, -math.inf), (-math.inf, math.inf), None),
        ((math.inf,), (1e308,), (1, 1)),
        ((1.0, 1.0, 2.0), (1.0, 2.0, 2.0), (1, 1)),
        ((1.0, 1.0), (1.0,), (1, 0)),
        ((), (1.0, 2.0), (0, 2)),
        ((), (), None),
        # the middle one is close to both neighbours, which are not close to each other: only one way pairs all
        ((1.0, 1.0 + 9e-10), (1.0 + 9e-10, 1.0 + 18e-10), None),
        ((1.0, 1.0 + 9e-10, 5.0), (1.0 + 9e-10, 1.0 + 18e-10, 6.0), (1, 1)),
        ((1.0, 1.0 + 9e-10, 1.0 + 18e-10), (1.0 - 9e-10, 1.0, 1.0 + 9e-10), None),
    ],
)
def test_floats(expected: tuple[float, ...], found: tuple[float, ...], wanted: tuple[int, int] | None) -> None:
    assert left_over(floats(*expected), floats(*found)) == wanted
    assert left_over(floats(*reversed(expected)), floats(*found)) == wanted


def test_single_precision_has_seven_digits() -> None:
    one, close, far = (floats(x, kind=pa.float32()) for x in (0.1, 0.1 + 5e-9, 0.1001))
    assert compare(one, close) is None and compare(one, far) is not None


def test_every_way_to_shuffle_rows_is_equal() -> None:
    rows = [
        {"a": i % 3, "x": i / 7, "s": None if i % 4 else "x", "d": Decimal(i), "l": [i, None], "m": [("k", float(i))]} for i in range(40)
    ]
    schema = pa.schema(
        {"a": pa.int32(), "x": pa.float64(), "s": pa.string(), "d": pa.decimal128(9, 2), "l": pa.list_(pa.int64()),
         "m": pa.map_(pa.string(), pa.float64())}
    )  # fmt: skip
    ordered = pa.Table.from_pylist(rows, schema=schema)
    for seed in range(5):
        mixed = random.Random(seed).sample(rows, len(rows))
        assert compare(ordered, pa.Table.from_pylist(mixed, schema=schema)) is None
    mixed[3] = {**mixed[3], "m": [("k", -1.0)]}
    difference = compare(ordered, pa.Table.from_pylist(mixed, schema=schema))
    assert difference is not None and [pair.columns for pair in difference.changed] == [(5,)]


def test_maps_have_no_order_and_nanoseconds_count() -> None:
    kind = pa.map_(pa.string(), pa.int64())
    one, other = (pa.table({"m": pa.array([pairs], kind)}) for pairs in ([("a", 1), ("b", 2)], [("b", 2), ("a", 1)]))
    assert compare(one, other) is None
    instants = [pa.table({"t": pa.array([ticks], pa.timestamp("ns"))}) for ticks in (1, 2)]
    assert compare(instants[0], instants[0]) is None and compare(*instants) is not None


def test_rows_pair_up_by_most_equal_cells() -> None:
    expected = pa.table({"k": ["a", "b", "c"], "n": [1, 2, 3], "x": [1.0, 2.0, 3.0]})
    found = pa.table({"k": ["b", "a", "z"], "n": [2, 1, 9], "x": [2.5, 1.5, 9.0]})
    difference = compare(expected, found)
    assert difference is not None
    assert [(p.expected, p.found, p.columns) for p in difference.changed] == [(0, 1, (2,)), (1, 0, (2,))]
    assert (difference.missing, difference.unexpected) == ((2,), (2,))
    told = difference.as_json()
    assert told["missing"] == [{"k": "c", "n": 3, "x": 3.0}] and told["columns"] == ["k", "n", "x"]


def test_a_row_of_one_column_is_never_called_alike() -> None:
    difference = compare(floats(1.0), floats(2.0))
    assert difference is not None and difference.changed == ()


def test_many_rows_are_compared_in_time() -> None:
    """A million rows against one; and thousands that are nearly equal, of which one is not."""
    many = pa.table({"a": pa.array(range(300_000))})
    assert left_over(pa.table({"a": [5]}), many) == (0, 299_999)
    near = [i * 1e-3 for i in range(3_000)]
    assert left_over(floats(*near, 7.5), floats(*(x * (1 + 1e-10) for x in near), 8.5)) == (1, 1)


@pytest.mark.parametrize("width", [40, 60, 100])
def test_lines_fit_the_width(width: int) -> None:
    """Wide and strange values, more columns and rows than there is room for: nothing passes the edge, what differs is shown."""
    names = [f"column_{at}" for at in range(12)]
    expected = pa.table({name: [f"value {at} 表\n" for at in range(30)] for name in names})
    found = expected.set_column(11, names[11], pa.array(["other"] * 30))
    difference = compare(expected, found)
    assert isinstance(difference, Difference)
    lines = difference_lines(difference, width, Paint(False))
    assert max(cells(line) for line in lines) <= width
    assert "column_11" in lines[0] and "… and 15 more rows" in "\n".join(lines)
    assert sum(line.startswith("  ~  value") for line in lines) == MOST_ROWS
    painted = difference_lines(difference, width, Paint(True))
    assert any("\x1b[33m" in line for line in painted)


def test_docs_say_the_tolerances() -> None:
    text = (ROOT / "docs" / "testing.md").read_text("utf-8")
    assert "billionth" in text and "1e-12" in text and "millionth" in text and "1e-9" in text
