"""A materialised view that is not computed is its table; whether that is behind its sources is said, and only then."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

import treadle

VIEWS = """
CREATE SOURCE s FROM DELTA 'lake/s';
CREATE SOURCE first FROM DELTA 'lake/s' VERSION AS OF 0;
CREATE MATERIALIZED VIEW m INTO 'out/m' AS SELECT s.a FROM s JOIN first AS f ON f.a = 1;
"""


def warned(project: treadle.Project) -> list[str]:
    """Return the warnings of reading the table."""
    result = project.query("SELECT a FROM m")
    assert result.fetchall()
    return [one.message for one in result.warnings]


def test_a_table_that_is_behind_says_which_source_moved_on(tmp_path: Path) -> None:
    source = str(tmp_path / "lake" / "s")
    write_deltalake(source, pa.table({"a": [1]}))
    (tmp_path / "v.sql").write_text(VIEWS)
    project = treadle.open(tmp_path)
    assert project.run().receipt.status == "done"
    assert warned(project) == []
    write_deltalake(source, pa.table({"a": [2]}), mode="append")
    assert warned(project) == ["`m` is read from its table as it stands, version 0; since it was computed `s` went from version 0 to 1"]
    assert project.run().receipt.status == "done"
    assert warned(project) == []


def test_a_table_that_somebody_else_wrote_last_says_so(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "lake" / "s"), pa.table({"a": [1]}))
    (tmp_path / "v.sql").write_text(VIEWS)
    write_deltalake(str(tmp_path / "out" / "m"), pa.table({"a": [7]}))
    assert warned(treadle.open(tmp_path)) == ["`m` is read from its table as it stands, version 0, which no run of treadle wrote"]
