"""Runs of real projects, planned by treadle itself: values, repeats, failures, secrets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

import treadle
from treadle.runtime.store import ReceiptStore

PROJECT = """
PARAM airport VARCHAR DEFAULT 'JFK';
CREATE SOURCE flights FROM DELTA 'lake/flights';
CREATE VIEW chosen AS SELECT * FROM flights WHERE origin = PARAM airport;
CREATE MATERIALIZED VIEW late INTO 'lake/late' AS SELECT origin, count(*) AS n FROM chosen WHERE delay > 10 GROUP BY origin;
CREATE MATERIALIZED VIEW more INTO 'lake/more' AS SELECT n + 1 AS m FROM late;
"""


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], treadle.Project]:
    """Return what opens a project of some SQL over a small table of flights."""
    rows = {"id": [1, 2, 3], "origin": ["JFK", "LGA", "JFK"], "delay": [1.0, 20.0, 30.0]}
    write_deltalake(str(tmp_path / "lake" / "flights"), pa.table(rows))
    (tmp_path / "treadle.toml").write_text("")

    def opened(sql: str) -> treadle.Project:
        (tmp_path / "views.sql").write_text(sql)
        return treadle.open(tmp_path)

    return opened


def states(run: treadle.Run) -> dict[str, str]:
    return {one.view: one.state for one in run.receipt.outputs}


def rows(root: Path, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = DeltaTable(str(root / "lake" / name)).to_pyarrow_table().to_pylist()
    return found


def test_another_value_is_no_repeat_and_the_same_is(project: Callable[[str], treadle.Project], tmp_path: Path) -> None:
    with project(PROJECT) as opened:
        assert states(opened.run()) == {"late": "written", "more": "written"}
        assert states(opened.run()) == {"late": "repeat", "more": "repeat"}
        assert states(opened.run(airport="LGA")) == {"late": "written", "more": "written"}
        assert rows(tmp_path, "late") == [{"origin": "LGA", "n": 1}]
        assert states(opened.run(airport="LGA")) == {"late": "repeat", "more": "repeat"}
        assert states(opened.run()) == {"late": "written", "more": "written"}
    assert [one.status for one in ReceiptStore(tmp_path).list()] == ["done"] * 5


def test_the_run_clock_makes_another_run(project: Callable[[str], treadle.Project], tmp_path: Path) -> None:
    with project("CREATE MATERIALIZED VIEW stamped INTO 'lake/stamped' AS SELECT now() AS at, 1 AS n;") as opened:
        assert [states(opened.run()) for _ in range(2)] == [{"stamped": "written"}] * 2
    assert DeltaTable(str(tmp_path / "lake" / "stamped")).version() == 1


def test_a_failure_names_the_view_where_it_stands(project: Callable[[str], treadle.Project], tmp_path: Path) -> None:
    sql = PROJECT + "CREATE MATERIALIZED VIEW broken INTO 'lake/broken' AS SELECT 1 / (id - 2) AS x FROM flights;"
    with project(sql) as opened:
        run = opened.run()
    assert states(run) == {"broken": "failed", "late": "written", "more": "written"}
    (fault,) = run.diagnostics
    assert fault.code == "T6050" and fault.span is not None and fault.span.source.name == "views.sql"
    assert not (tmp_path / "lake" / "broken").exists()


def test_a_secret_is_in_nothing_that_is_kept(project: Callable[[str], treadle.Project], tmp_path: Path) -> None:
    sql = """
    PARAM word VARCHAR SECRET;
    CREATE SOURCE flights FROM DELTA 'lake/flights';
    CREATE MATERIALIZED VIEW chosen INTO 'lake/chosen' AS SELECT id FROM flights WHERE origin = PARAM word;
    """
    with project(sql) as opened:
        run = opened.run(word="LGA-hunter2")
    assert run.receipt.status == "done" and run.receipt.parameters == {"word": "<secret>"}
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "history.sqlite" for path in kept)
    assert [path for path in kept if b"hunter2" in path.read_bytes()] == []
