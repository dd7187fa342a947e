"""One consistent cut while two other processes write: what each of them keeps true over two tables is true in every run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

import treadle
from tests.support.pair_writer import PairWriter, create
from treadle.runtime.lake import lake
from treadle.runtime.receipt import Receipt

BATCHES = int(os.environ.get("TREADLE_BATCHES", "12"))
WRITERS = ("one", "two")
PROJECT = """
CREATE SOURCE a FROM DELTA 'lake/a';
CREATE SOURCE b FROM DELTA 'lake/b';
CREATE VIEW both_tables AS SELECT 'a' AS t, w, n FROM a UNION ALL SELECT 'b' AS t, w, n FROM read_delta('lake/b');
CREATE MATERIALIZED VIEW counts INTO 'out/counts' AS SELECT t, w, count(*) AS c FROM both_tables GROUP BY t, w;
CREATE MATERIALIZED VIEW counts_again INTO 'out/counts_again' AS
  SELECT 'a' AS t, w, count(*) AS c FROM read_delta('lake/a') GROUP BY w UNION ALL SELECT 'b' AS t, w, count(*) AS c FROM b GROUP BY w;
CREATE MATERIALIZED VIEW from_changes INTO 'out/from_changes' AS
  SELECT 'a' AS t, w, count(*) AS c FROM read_delta_cdf('lake/a', start_version => 0) WHERE _change_type = 'insert' GROUP BY w
  UNION ALL SELECT 'b' AS t, w, count(*) AS c FROM read_delta_cdf(b, start_version => 0) WHERE _change_type = 'insert' GROUP BY w;
CREATE MATERIALIZED VIEW versions INTO 'out/versions' AS
  SELECT 'a' AS t, max(version) AS v FROM delta_history(a) UNION ALL SELECT 'b' AS t, max(version) AS v FROM delta_history('lake/b');
CREATE MATERIALIZED VIEW records INTO 'out/records' AS
  SELECT 'a' AS t, "numRecords" AS c FROM delta_snapshot('lake/a') UNION ALL SELECT 'b' AS t, "numRecords" AS c FROM delta_snapshot(b);
CREATE MATERIALIZED VIEW later INTO 'out/later' AS SELECT t, sum(c) AS c FROM counts GROUP BY t;
"""
OUTPUTS = ("counts", "counts_again", "from_changes", "versions", "records", "later")
Counts = dict[tuple[str, str], int]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[treadle.Project]:
    create(tmp_path)
    (tmp_path / "treadle.toml").write_text("")
    (tmp_path / "views.sql").write_text(PROJECT)
    with treadle.open(tmp_path) as found:
        yield found


def test_many_runs_while_both_write(project: treadle.Project) -> None:
    """Every run, by a project that stays open and by one that is opened anew, sees each writer between two batches or within one."""
    with PairWriter(project.root, "one") as one, PairWriter(project.root, "two") as two:
        seen = [_require_one_cut(project, project.run().receipt)]
        busy = [one, two]
        for writer in busy:
            writer.order(f"run {BATCHES}")
        while busy:
            busy = [writer for writer in busy if not writer.is_done()]
            with treadle.open(project.root) as fresh:
                for opened in (project, fresh):
                    seen.append(_require_one_cut(opened, opened.run().receipt))
    assert seen[0] == {}
    assert seen[-1] == {(t, w): BATCHES for t in "ab" for w in WRITERS}


def test_one_long_run_stays_at_its_cut(project: treadle.Project) -> None:
    """A writer commits to one table or the other whenever a stage starts or ends: the run is where it was pinned."""

    class Meanwhile:
        orders = 0

        def on_stage(self, name: str, kind: str, index: int, total: int) -> None:
            self.orders += 1
            writer.do("half")

        def on_rows(self, name: str, rows: int, bytes: int) -> None:
            """Leave it alone."""

        def on_done(self, name: str, state: str, rows: int, seconds: float) -> None:
            self.orders += 1
            writer.do("half")

        def on_message(self, name: str, text: str) -> None:
            """Leave it alone."""

    with PairWriter(project.root, "one") as writer:
        writer.do("run 2")
        writer.do("half")
        meanwhile = Meanwhile()
        receipt = project.run(progress=meanwhile).receipt
        assert meanwhile.orders >= len(OUTPUTS)
    assert _require_one_cut(project, receipt) == {("a", "one"): 3, ("b", "one"): 2}
    assert receipt.cut == "heads"
    assert DeltaTable(str(project.root / "lake" / "a")).version() > max(p.version or 0 for p in receipt.pins if p.location == "lake/a")


def test_heads_that_never_rest_are_cut_by_time(project: treadle.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process commits after each reading of a head: no two readings agree, and the cut still keeps its promise."""
    real = lake.open_table
    with PairWriter(project.root, "one") as writer:

        def opened(path: Path, text: str, version: int | None, *base: Any) -> Any:
            found = real(path, text, version, *base)
            if version is None and path.parent.name == "lake":
                writer.do("half")
            return found

        project.check()
        writer.do("half")
        monkeypatch.setattr(lake, "open_table", opened)
        receipt = project.run().receipt
    monkeypatch.undo()
    assert receipt.cut == "commit timestamps"
    counts = _require_one_cut(project, receipt)
    assert counts[("a", "one")] > 0


def _require_one_cut(project: treadle.Project, receipt: Receipt) -> Counts:
    """Assert that all outputs of a run are of one cut that keeps the writers' promise, and return what it counted."""
    assert receipt.status == "done", receipt.diagnostics
    assert receipt.cut in ("heads", "commit timestamps")
    pins = {(pin.location, pin.version) for pin in receipt.pins}
    assert {location for location, _ in pins} == {"lake/a", "lake/b"} and len(pins) == 2, pins
    written = {one.view: _rows(project.root / "out" / one.view, one.version) for one in receipt.outputs}
    assert set(written) == set(OUTPUTS)
    counts = {(row["t"], row["w"]): row["c"] for row in written["counts"]}
    for writer in WRITERS:
        ahead = counts.get(("a", writer), 0) - counts.get(("b", writer), 0)
        assert ahead in (0, 1), f"{receipt.cut}: {counts}, pinned {pins}"
    for name in ("counts_again", "from_changes"):
        assert {(row["t"], row["w"]): row["c"] for row in written[name]} == counts, name
    assert {(f"lake/{row['t']}", row["v"]) for row in written["versions"]} == pins
    totals = {t: sum(count for (table, _), count in counts.items() if table == t) for t in "ab"}
    assert {row["t"]: row["c"] for row in written["records"]} == totals
    assert {row["t"]: row["c"] for row in written["later"]} == {t: total for t, total in totals.items() if total}
    return counts


def _rows(path: Path, version: int | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.table(DeltaTable(str(path), version=version).scan()).to_pylist()
    return found
