"""What a receipt says of every scan: files, row groups, pages, rows and bytes, also where several scans read one table."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import WriterProperties, write_deltalake

import treadle
from tests.support.command import inside
from tests.support.deletion_vectors import active, mark
from treadle.runtime.receipt import Receipt, ScanReceipt

FILES, ROWS = 4, 1_000


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four files of a thousand rows, two row groups and ten pages in each; the same by region, and with deleted rows."""
    root = tmp_path_factory.mktemp("scans")
    small = WriterProperties(max_row_group_size=ROWS // 2, data_page_row_count_limit=100, write_batch_size=100)
    for at in range(FILES):
        ids = np.arange(at * ROWS, (at + 1) * ROWS)
        part = pa.table(
            {"id": ids, "region": pa.array((ids % 3).astype(np.int32)), "x": ids * 2, "name": np.char.add("n", ids.astype(str))}
        )
        write_deltalake(root / "plain", part, mode="append", writer_properties=small)
        write_deltalake(root / "regions", part, mode="append", partition_by=["region"])
        write_deltalake(root / "deleted", part, mode="append")
    mark(root / "deleted", {path: [1, 2, 3] for path in active(root / "deleted")})
    tables = ("plain", "regions", "deleted")
    (root / "sources.sql").write_text("".join(f"CREATE SOURCE {one} FROM DELTA '{one}';\n" for one in tables), "utf-8")
    view = "CREATE MATERIALIZED VIEW few INTO 'few' OVERWRITE AS SELECT id, x FROM plain WHERE id BETWEEN 1190 AND 1210;\n"
    (root / "views.sql").write_text(view, "utf-8")
    return root


def asked(project: Path, sql: str) -> tuple[ScanReceipt, ...]:
    """Return the scans of a query that is read to its end."""
    with treadle.open(project) as connection:
        result = connection.query(sql)
        result.to_arrow()
        return result.receipt.stages[-1].scans


def test_files_row_groups_and_pages_are_told_apart(project: Path) -> None:
    (scan,) = asked(project, "SELECT id, name FROM plain WHERE id = 1234")
    assert (scan.files_total, scan.files_after_partitions, scan.files_read) == (4, 4, 1)
    assert (scan.row_groups_read, scan.row_groups_total) == (1, 2)
    assert (scan.pages_read, scan.pages_total) == (1, 5)
    assert scan.rows == 100 and 0 < (scan.bytes_scanned or 0) < scan.bytes_selected


def test_a_whole_scan_reads_every_row_group(project: Path) -> None:
    (scan,) = asked(project, "SELECT sum(x) AS s FROM plain")
    assert (scan.row_groups_read, scan.row_groups_total, scan.rows) == (8, 8, 4_000)


def test_what_metadata_answers_was_not_read(project: Path) -> None:
    (scan,) = asked(project, "SELECT count(*) AS n FROM plain")
    assert (scan.files_read, scan.rows, scan.row_groups_read, scan.bytes_scanned) == (4, None, None, None)


def test_scans_that_share_files_have_their_own_numbers(project: Path) -> None:
    sql = "SELECT a.name, b.x FROM plain AS a JOIN plain VERSION AS OF 1 AS b ON a.id = b.id + 1 WHERE a.id < 10"
    scans = {scan.columns: scan for scan in asked(project, sql)}
    assert (scans["id", "name"].rows, scans["id", "name"].files_read) == (100, 1)
    assert (scans["id", "x"].files_total, scans["id", "x"].files_read) == (2, 2)
    assert 0 < (scans["id", "x"].rows or 0) <= 2_000


def test_branches_of_partitions_are_summed(project: Path) -> None:
    (scan,) = asked(project, "SELECT region, sum(x) AS s FROM regions GROUP BY region")
    assert (scan.files_total, scan.files_read, scan.rows) == (12, 12, 4_000)
    (scan,) = asked(project, "SELECT sum(x) AS s FROM regions WHERE region = 1 AND id < 900")
    assert (scan.files_total, scan.files_after_partitions, scan.files_read) == (12, 4, 1)
    assert scan.rows == 333


def test_rows_that_vectors_mark_are_told(project: Path) -> None:
    (scan,) = asked(project, "SELECT region, sum(x) AS s FROM deleted GROUP BY region")
    assert (scan.reader, scan.rows, scan.rows_deleted, scan.files_read) == ("native", 4_000, 12, 4)
    (scan,) = asked(project, "SELECT sum(x) AS s FROM deleted WHERE id < 1000")
    assert (scan.rows, scan.rows_deleted, scan.files_read) == (1_000, 3, 1)


def test_rows_that_stay_are_counted_by_the_log_alone(project: Path) -> None:
    (scan,) = asked(project, "SELECT count(*) AS n FROM deleted")
    assert (scan.notes, scan.columns, scan.rows, scan.rows_deleted) == (("counted by the log",), (), None, 12)


def test_a_run_keeps_them_and_show_prints_them(project: Path) -> None:
    with treadle.open(project) as connection:
        receipt = connection.run().receipt
    assert (receipt.totals.files_read, receipt.totals.files_total, receipt.totals.rows_read) == (1, 4, 200)
    kept = inside(project, "show", "runs", receipt.run_id, "--json")
    (scan,) = Receipt.model_validate_json(kept.stdout).stages[0].scans
    assert (scan.row_groups_read, scan.row_groups_total, scan.pages_read) == (1, 2, 2)
    shown = inside(project, "show", "runs", receipt.run_id).stdout
    assert "row groups" in shown and "1 of 4" in shown and "1 of 2" in shown


def test_a_second_query_opens_no_footer_again(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project / "plain", tmp_path / "plain")
    (tmp_path / "sources.sql").write_text("CREATE SOURCE plain FROM DELTA 'plain';\n", "utf-8")
    with treadle.open(tmp_path) as connection:
        first = connection.query("SELECT sum(x) AS s FROM plain WHERE id < 3500").fetchall()
        for path in (tmp_path / "plain").glob("*.parquet"):
            _spoil_footer(path)
        assert connection.query("SELECT sum(x) AS s FROM plain WHERE id < 3500").fetchall() == first
        assert connection.query("SELECT sum(x) + 1 AS t FROM plain WHERE id < 3500").fetchall() == [(first[0][0] + 1,)]
    with treadle.open(tmp_path) as connection, pytest.raises(treadle.TreadleError):
        connection.query("SELECT sum(x) AS s FROM plain WHERE id < 3500").fetchall()


def _spoil_footer(path: Path) -> None:
    """Overwrite the footer of a Parquet file in place; size and time of change stay as they were."""
    facts, data = path.stat(), path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    path.write_bytes(data[: -8 - length] + b"\xff" * length + data[-8:])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
