"""Aggregates and windows in every mode equal a plain fold over the rows: in groups, frames, with clauses, cut into any pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle
from treadle.runtime.api import Connection

Row = tuple[int, int, int | None, int | None]
"""Group, order, two arguments."""
NUMBERS = st.one_of(st.none(), st.integers(-3, 3))
ROWS = st.lists(st.tuples(st.integers(0, 2), NUMBERS, NUMBERS), max_size=12).map(
    lambda rows: [(g, at, x, y) for at, (g, x, y) in enumerate(rows)]
)
DECLARED = """
CREATE AGGREGATE FUNCTION weighted(x BIGINT, w BIGINT DEFAULT 1) RETURNS BIGINT RETURN sum(x * w) + max(x) - min(w);
CREATE AGGREGATE FUNCTION total(x BIGINT) RETURNS BIGINT RETURN sum(x);
"""


@treadle.aggregate(vectorized=True, arguments={"x": "BIGINT", "y": "BIGINT"}, returns="VARCHAR", volatility="immutable")
def lists(x: pa.ListArray, y: pa.ListArray) -> pa.Array:
    """Show every row of each group; called for many groups at once."""
    assert x.offsets[0].as_py() == 0 and len(x.values) == x.offsets[-1].as_py(), "lists hold their own values only"
    return pa.array([str(list(zip(a, b, strict=True))) for a, b in zip(x.to_pylist(), y.to_pylist(), strict=True)], pa.string())


@treadle.aggregate
def pairs(x: list[int], y: list[int]) -> str:
    """Show every row without nulls; called for each group."""
    return str(list(zip(x, y, strict=True)))


@treadle.aggregate(arguments={"x": "BIGINT"}, returns="BIGINT", strict=True)
def added(x: pa.Array) -> pa.Scalar:
    """Add a group's values up."""
    return pc.sum(x)


@treadle.window
def reversed_(x: list[int | None]) -> list[int | None]:
    """Turn a partition round."""
    return x[::-1]


@dataclass(frozen=True)
class Case:
    """One aggregate: how it is called, what it gives for some rows, and whether it may be distinct and stand under OVER."""

    call: str
    fold: Callable[[Sequence[Row]], object]
    distinct: bool = False
    windowed: bool = True


def _known(rows: Sequence[Row], *places: int) -> list[Row]:
    return [row for row in rows if all(row[at] is not None for at in places)]


def _weighted(rows: Sequence[Row]) -> int | None:
    x, y = [r[2] for r in _known(rows, 2)], [r[3] for r in _known(rows, 3)]
    both = [r[2] * r[3] for r in _known(rows, 2, 3)]
    return sum(both) + max(x) - min(y) if both else None


def _pick(rows: Sequence[Row], most: bool) -> int | None:
    known = [(row[3], row[2]) for row in _known(rows, 2, 3)]
    return (max(known) if most else min(known))[1] if known else None


def _as_of(rows: Sequence[Row]) -> int | None:
    return max(((row[3], row[2]) for row in _known(rows, 2, 3) if row[3] <= 1), default=(0, None))[1]


def _pairs(rows: Sequence[Row]) -> str | None:
    return str([(row[2], row[3]) for row in _known(rows, 2, 3)]) if _known(rows, 2, 3) else None


CASES = [
    Case("weighted({x}, {y})", _weighted),
    Case("total({x})", lambda rows: sum(r[2] for r in _known(rows, 2)) if _known(rows, 2) else None, distinct=True),
    Case("arg_max({x}, {y})", lambda rows: _pick(rows, True)),
    Case("arg_min({x}, {y})", lambda rows: _pick(rows, False)),
    Case("asof_select({x}, {y}, 1)", _as_of),
    Case("count_if({x} > 0)", lambda rows: sum(r[2] is not None and r[2] > 0 for r in rows)),
    Case("collect_set({x})", lambda rows: sorted({r[2] for r in _known(rows, 2)})),
    Case("list_unique({x})", lambda rows: sorted({r[2] for r in _known(rows, 2)}) or None, distinct=True),
    Case("any_value_det({x})", lambda rows: min((r[2] for r in _known(rows, 2)), default=None), distinct=True),
    Case("count_distinct_agg({x})", lambda rows: len({r[2] for r in _known(rows, 2)}), distinct=True),
    Case("added({x})", lambda rows: sum(r[2] for r in _known(rows, 2)) if _known(rows, 2) else None),
    Case("lists({x}, {y} ORDER BY o)", lambda rows: str([(r[2], r[3]) for r in rows]), windowed=False),
    Case("pairs({x}, {y} ORDER BY o)", _pairs, windowed=False),
]  # fmt: skip
ORDERED = [
    Case("lists({x}, {y})", CASES[-2].fold),
    Case("pairs({x}, {y})", CASES[-1].fold),
    *(case for case in CASES if case.windowed),
]
FRAMES: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "ORDER BY o": lambda at, size: (0, at + 1),
    "ORDER BY o ROWS BETWEEN 1 PRECEDING AND CURRENT ROW": lambda at, size: (max(at - 1, 0), at + 1),
    "ORDER BY o ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING": lambda at, size: (min(at + 1, size), min(at + 3, size)),
    "ORDER BY o ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING": lambda at, size: (0, size),
}


@pytest.fixture(scope="module")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Connection]]:
    """Treadle with one, two and seven threads."""
    made = []
    for threads in (1, 2, 7):
        root = tmp_path_factory.mktemp(f"threads_{threads}")
        (root / "treadle.toml").write_text(f'profile = "cut"\n[profiles.cut]\nthreads = {threads}\nbatch_size = 3\n', "utf-8")
        (root / "functions.sql").write_text(DECLARED, "utf-8")
        project = treadle.open(root)
        for one in (lists, pairs, added):
            project.register_function(one)
        project.register_function(reversed_, name="reversed")
        made.append(project)
    yield made
    for one in made:
        one.close()


def _table(rows: Sequence[Row], pieces: int) -> pa.Table:
    schema = pa.schema([("g", pa.int64()), ("o", pa.int64()), ("x", pa.int64()), ("y", pa.int64())])
    columns = list(zip(*rows, strict=True)) if rows else [[], [], [], []]
    whole = pa.table([pa.array(column, pa.int64()) for column in columns], schema=schema)
    size = max(1, -(-len(rows) // pieces))
    return pa.Table.from_batches([b for at in range(0, len(rows), size) for b in whole.slice(at, size).to_batches()], schema)


def _asked(connections: Sequence[Connection], rows: Sequence[Row], pieces: int, sql: str) -> list[tuple[object, ...]]:
    """Return what a query gives over rows in some pieces, with one, two or seven threads."""
    connection = connections[pieces % len(connections)]
    connection.register("t", _table(rows, pieces))
    return connection.query(sql).fetchall()


@given(ROWS, st.integers(1, 6))
@settings(max_examples=5, deadline=None)
def test_groups_equal_a_fold(connections: list[Connection], rows: list[Row], pieces: int) -> None:
    items: list[str] = []
    folds: list[Callable[[list[Row]], object]] = []
    for case in CASES:
        call = case.call.format(x="x", y="y")
        items += [call, f"{call} FILTER (WHERE o % 2 = 0)"]
        folds += [case.fold, lambda part, fold=case.fold: fold([row for row in part if row[1] % 2 == 0])]  # type: ignore[misc]
        if case.distinct:
            items.append(case.call.format(x="DISTINCT x", y="y"))
            folds.append(lambda part, fold=case.fold: fold(list({row[2]: row for row in part}.values())))  # type: ignore[misc]
    listed = ", ".join(f"{item} AS c{at}" for at, item in enumerate(items))
    parts = {group: [row for row in rows if row[0] == group] for group in sorted({row[0] for row in rows})}
    found = _asked(connections, rows, pieces, f"SELECT g, {listed} FROM t GROUP BY g ORDER BY g")
    assert found == [(group, *(fold(part) for fold in folds)) for group, part in parts.items()]
    assert _asked(connections, rows, pieces, f"SELECT {listed} FROM t") == [tuple(fold(rows) for fold in folds)]


@pytest.mark.parametrize("frame", FRAMES)
@given(ROWS, st.integers(1, 6))
@settings(max_examples=3, deadline=None)
def test_frames_equal_a_fold(connections: list[Connection], frame: str, rows: list[Row], pieces: int) -> None:
    over = f"OVER (PARTITION BY g {frame})"
    calls = [case.call.format(x="x", y="y") for case in ORDERED]
    items = [f"{call} {over} AS a{at}, {call} FILTER (WHERE x > 0) {over} AS b{at}" for at, call in enumerate(calls)]
    wanted = []
    for row in rows:
        mine = [one for one in rows if one[0] == row[0]]
        start, end = FRAMES[frame](mine.index(row), len(mine))
        part = mine[start:end]
        kept = [one for one in part if one[2] is not None and one[2] > 0]
        wanted.append((row[1], *(value for case in ORDERED for value in (case.fold(part), case.fold(kept)))))
    assert _asked(connections, rows, pieces, f"SELECT o, {', '.join(items)} FROM t ORDER BY o") == wanted


@given(ROWS, st.integers(1, 6))
@settings(max_examples=6, deadline=None)
def test_windows_and_sessions_equal_a_walk(connections: list[Connection], rows: list[Row], pieces: int) -> None:
    sql = (
        "SELECT o, reversed(x) OVER (PARTITION BY g ORDER BY o) AS a, session_id(x, 1) OVER (PARTITION BY g) AS b,"
        " forward_fill(x) OVER (PARTITION BY g ORDER BY o) AS c, dedupe_best_by_score(x, o) OVER (PARTITION BY g) AS d FROM t ORDER BY o"
    )
    wanted = []
    for row in rows:
        mine = [one for one in rows if one[0] == row[0]]
        sorted_ = sorted(one[2] for one in _known(mine, 2))
        session = None if row[2] is None else 1 + sum(b - a > 1 for a, b in zip(sorted_, sorted_[1:], strict=False) if b <= row[2])
        filled = next((one[2] for one in reversed(mine[: mine.index(row) + 1]) if one[2] is not None), None)
        best = min(mine, key=lambda one: (one[2] is None, -(one[2] or 0), one[1]))
        wanted.append((row[1], mine[::-1][mine.index(row)][2], session, filled, best is row))
    assert _asked(connections, rows, pieces, sql) == wanted
