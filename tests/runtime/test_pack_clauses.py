"""Every clause around every aggregate and window of the packs is carried, so that its answer changes as it must, or refused by name."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pyarrow as pa
import pytest
from sqlglot import exp

import treadle
from treadle import TreadleError
from treadle.dialect import parse_expression
from treadle.planner.functions.packs import pack_functions
from treadle.planner.functions.packs.base import Function
from treadle.runtime.api import Connection

AGGREGATES = [one for forms in pack_functions().values() for one in forms if one.kind == "aggregate"]
WINDOWS = [one for forms in pack_functions().values() for one in forms if one.kind == "window"]
REFUSED = {"T2130", "T2132", "T2036", "T2034", "T3001"}
SAME = {
    **dict.fromkeys(("arg_max", "arg_min", "asof_select", "any_value_det"), {"DISTINCT"}),
    **dict.fromkeys(("count_distinct_agg", "list_unique", "collect_set"), {"DISTINCT"}),
}
"""Clauses that are taken and change nothing, since the answer is the same by its definition."""
SORTING = ("session_id", "dedupe_best_by_score")
"""Windows that sort by themselves; ORDER BY of theirs settles ties."""
ARGUMENTS = {"geomean": ["n"], "mode": ["iff(n = 5, 'a', 'b')"], "approx_percentile": ["n", "0.5"]}
"""What is given instead of an example's arguments, where those give one value for any rows."""
EXACT_OVER_ROWS = {"approx_percentile": "percentile_cont(n, 0.5)"}
"""What aggregates are over frames that are about right over groups."""
ROWS = pa.table(
    {
        "o": pa.array(range(8), pa.int64()),
        "n": pa.array([2, 2, 5, None, 3, 1, 1, 7], pa.int64()),
        "x": pa.array([1.5, 1.5, None, 8.0, 0.5, 4.0, 4.0, 2.5], pa.float64()),
        "s": pa.array(["UA", "UA", "DL", "AA", None, "AA", "AA", "B6"], pa.string()),
        "k": pa.array(["a", "a", "b", "c", "b", "d", "d", None], pa.string()),
        "b": pa.array([True, True, False, None, True, False, False, True], pa.bool_()),
    }
)
WINDOWED = {
    "": lambda at: (0, len(ROWS)),
    "ORDER BY o": lambda at: (0, at),
    "ORDER BY o ROWS 2 PRECEDING": lambda at: (at - 2, at),
    "ORDER BY o ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING": lambda at: (at + 1, at + 2),
    "ORDER BY o RANGE 1 PRECEDING": lambda at: (at - 1, at),
}
"""Windows, with the first and last row of each row's frame."""
FRAMES = [(w, at, *bounds(at)) for w, bounds in enumerate(WINDOWED.values()) for at in range(len(ROWS))]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Treadle with the table `t`, which has repeated rows and nulls."""
    with treadle.connect(tmp_path_factory.mktemp("clauses")) as made:
        made.register("t", ROWS)
        made.register("frames", pa.table(dict(zip(("w", "i", "low", "high"), map(list, zip(*FRAMES, strict=True)), strict=True))))
        yield made


def _arguments(entry: Function) -> list[str]:
    if entry.name in ARGUMENTS:
        return ARGUMENTS[entry.name]
    call = parse_expression(entry.example)
    values = [one.expression if isinstance(one, exp.Kwarg) else one for one in call.expressions]
    return [entry.example[slice(*one.meta["span"])] for one in values]


def _told(connection: Connection, sql: str) -> list[object] | None:
    """Return the column that a query gives, or None when it is refused by name."""
    try:
        found = connection.query(sql).to_arrow()["r"].to_pylist()
    except TreadleError as error:
        assert {one.code for one in error.diagnostics} <= REFUSED, str(error)
        return None
    return [_near(one) for one in found]


def _near(value: object) -> object:
    """Return a value that equals those of sums in another order."""
    if isinstance(value, float):
        return value if math.isnan(value) or math.isinf(value) else round(value, 9)
    return [_near(one) for one in value] if isinstance(value, list) else value


def _one(connection: Connection, call: str, rows: str) -> object:
    return (_told(connection, f"SELECT {call} AS r FROM ({rows}) AS t") or [None])[0]


@pytest.mark.parametrize("entry", AGGREGATES, ids=lambda one: one.shown)
def test_a_clause_of_an_aggregate_is_carried_or_refused(entry: Function, connection: Connection) -> None:
    arguments = _arguments(entry)
    given = ", ".join(arguments)
    call = f"{entry.name}({given})"
    varying = [one for one in arguments if list(parse_expression(one).find_all(exp.Column))]
    columns = ", ".join(f"{one} AS d{at}" for at, one in enumerate(varying))
    again = ", ".join(f"d{varying.index(one)}" if one in varying else one for one in arguments)
    plain = _one(connection, call, "SELECT * FROM t")
    wanted = {
        f"{entry.name}(DISTINCT {given})": ("DISTINCT", f"{entry.name}({again})", f"SELECT DISTINCT {columns} FROM t"),
        f"{call} FILTER (WHERE o = 2)": ("FILTER", call, "SELECT * FROM t WHERE o = 2"),
    }
    for asked, (clause, meant, rows) in wanted.items():
        found = _told(connection, f"SELECT {asked} AS r FROM t")
        if found is not None:
            assert _unordered(found[0]) == _unordered(_one(connection, meant, rows)), asked
            assert found[0] != plain or clause in SAME.get(entry.name, ()), f"{asked} changes nothing"
    up, down = (_told(connection, f"SELECT {entry.name}({given} ORDER BY o {way}) AS r FROM t") for way in ("ASC", "DESC"))
    assert up is None and down is None or up != down, "ORDER BY changes nothing"
    for words in ("IGNORE NULLS", "RESPECT NULLS"):
        assert _told(connection, f"SELECT {call} {words} AS r FROM t") is None, words


def _unordered(value: object) -> object:
    """Return texts that were put together in any order in one that is always the same."""
    return sorted(value) if isinstance(value, str) else value


@pytest.mark.parametrize("entry", AGGREGATES, ids=lambda one: one.shown)
def test_an_aggregate_over_frames_is_that_of_their_over_rowsor_refused(entry: Function, connection: Connection) -> None:
    call = f"{entry.name}({', '.join(_arguments(entry))})"
    items = ", ".join(f"[{call} OVER ({window})]" for window in WINDOWED)
    found = _told(connection, f"SELECT o AS i, array_concat({items}) AS r FROM t ORDER BY i")
    if found is None:
        assert [_told(connection, f"SELECT {call} OVER ({window}) AS r FROM t") for window in WINDOWED] == [None] * len(WINDOWED)
        return
    over_rows = EXACT_OVER_ROWS.get(entry.name, call)
    grouped = f"SELECT w, i, {over_rows} AS g FROM frames JOIN t ON o BETWEEN low AND high GROUP BY w, i"
    empty = f"SELECT {over_rows} AS e FROM t WHERE o < 0"
    wanted = f"SELECT coalesce(g, e) AS r FROM frames AS f LEFT JOIN ({grouped}) AS q ON f.w = q.w AND f.i = q.i CROSS JOIN ({empty}) AS p"
    flat = _told(connection, f"{wanted} ORDER BY f.i, f.w") or []
    rows = [[_unordered(value) for value in row] for row in found if isinstance(row, list)]
    assert rows == [[_unordered(value) for value in flat[at : at + len(WINDOWED)]] for at in range(0, len(flat), len(WINDOWED))]
    assert _told(connection, f"SELECT {call} IGNORE NULLS OVER (ORDER BY o) AS r FROM t") is None


@pytest.mark.parametrize("entry", WINDOWS, ids=lambda one: one.shown)
def test_a_clause_of_a_window_is_carried_or_refused(entry: Function, connection: Connection) -> None:
    given = ", ".join(_arguments(entry))
    call = f"{entry.name}({given})"

    def over(asked: str, window: str, rows: str = "t") -> list[object] | None:
        return _told(connection, f"SELECT o AS i, {asked} OVER ({window}) AS r FROM {rows} ORDER BY i")

    plain = over(call, "ORDER BY o")
    assert plain is not None
    parts = [over(call, "ORDER BY o", f"(SELECT * FROM t WHERE o {side} 4) AS t") for side in ("<", ">=")]
    assert over(call, "PARTITION BY o < 4 ORDER BY o") == [*(parts[0] or ()), *(parts[1] or ())]
    assert over(call, "ORDER BY o DESC") != plain or entry.name in SORTING
    assert over(f"{entry.name}(DISTINCT {given})", "ORDER BY o") is None
    assert over(f"{entry.name}({given} ORDER BY o)", "ORDER BY o") is None
    for asked in (f"{call} FILTER (WHERE o % 2 = 0)", f"{call} RESPECT NULLS"):
        assert over(asked, "ORDER BY o") != plain, f"{asked} changes nothing"
    for frame in ("ROWS 1 PRECEDING", "RANGE 1 PRECEDING", "ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING"):
        assert over(call, f"ORDER BY o {frame}") != plain, f"{frame} changes nothing"
    assert over(f"{call} IGNORE NULLS", "ORDER BY o") != plain or entry.name == "forward_fill", "IGNORE NULLS changes nothing"
