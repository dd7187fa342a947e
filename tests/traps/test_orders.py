"""Orders that the engine takes for given: windows read backwards turn lists round or fail, and logarithms are not sorted."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from datafusion import SessionConfig, SessionContext

import treadle

ROWS = pa.table({"h": [2, 1, 3, None], "f": [1.5, 0.5, -1.0, 3.0], "s": ["b", "a", "c", None]})
ASCENDING = "(SELECT * FROM t ORDER BY h LIMIT 9) AS q"
FALLING = "(SELECT * FROM t ORDER BY f LIMIT 9) AS q"
CASES = (
    ("array_agg(h) OVER (ORDER BY h DESC)", [[None], [None, 3], [None, 3, 2], [None, 3, 2, 1]]),
    ("array_agg(h) OVER (ORDER BY h DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", [[None], [None, 3], [3, 2], [2, 1]]),
    ("array_agg(h) FILTER (WHERE h > 1) OVER w", [None, [3], [3, 2], [3, 2]]),
    ("string_agg(s, '-') OVER (ORDER BY h DESC)", [None, "c", "c-b", "c-b-a"]),
    ("bool_and(h > 1) OVER (ORDER BY h DESC)", [None, True, True, False]),
    ("bool_or(h < 2) OVER (ORDER BY h DESC)", [None, False, False, True]),
    ("bit_and(h) OVER (ORDER BY h DESC)", [None, 3, 2, 0]),
    ("bit_or(h) OVER (ORDER BY h DESC)", [None, 3, 3, 3]),
)


@pytest.fixture
def connection(tmp_path: Path) -> treadle.Connection:
    made = treadle.connect(tmp_path)
    made.register("t", ROWS)
    return made


@pytest.mark.parametrize(("call", "wanted"), CASES)
def test_windows_over_rows_that_lie_the_other_way(connection: treadle.Connection, call: str, wanted: list[object]) -> None:
    sql = f"SELECT h, v FROM (SELECT h, {call} AS v FROM {ASCENDING} WINDOW w AS (ORDER BY h DESC)) AS r ORDER BY h DESC"
    assert [row[1] for row in connection.query(sql).fetchall()] == wanted


def test_logarithms_are_sorted(connection: treadle.Connection) -> None:
    found = connection.query(f"SELECT log(0.5, f) AS r, log(0.5, log(0.5, f)) AS s FROM {FALLING} WHERE f > 0 ORDER BY r").to_arrow()
    assert [round(one, 3) for one in found["r"].to_pylist()] == [-1.585, -0.585, 1.0]


def test_the_engine_still_takes_them_for_given() -> None:
    """Where this fails, the rule `true_orders` may be needless: `make governance` says what has changed."""
    context = SessionContext(SessionConfig().with_target_partitions(1))
    context.from_arrow(ROWS, "t")
    turned = context.sql(f"SELECT h, array_agg(h) OVER (ORDER BY h DESC) AS v FROM {ASCENDING}").to_pydict()
    assert turned["v"][turned["h"].index(3)] != [None, 3]
    with pytest.raises(Exception, match="retract_batch"):
        context.sql(f"SELECT bool_and(h > 1) OVER (ORDER BY h DESC) AS v FROM {ASCENDING}").collect()
    logs = context.sql(f"SELECT log(0.5, f) AS r FROM {FALLING} WHERE f > 0 ORDER BY r").to_pydict()["r"]
    assert logs != sorted(logs)
