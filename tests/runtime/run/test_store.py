"""The history of a project: kept, found, bounded, shared between writers, and a warning where it can't be written."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from treadle.dialect.diagnostics import TreadleError
from treadle.runtime.receipt import OutputReceipt, Receipt, ScanReceipt, StageReceipt, Totals
from treadle.runtime.store import ReceiptStore, from_json, to_json


def receipt(run_id: str, started_at: str = "2013-01-01T00:00:00.000000+00:00") -> Receipt:
    scan = ScanReceipt(relation="r0", source="flights", reader="native", files_total=3, files_after_partitions=2, files_read=1, rows=7)
    stage = StageReceipt(name="late", kind="write", state="done", digest="d", seconds=0.5, rows=7, scans=(scan,))
    output = OutputReceipt(view="late", mode="OVERWRITE", location="lake/late", state="written", version=3, previous_version=2, rows=7)
    return Receipt(
        run_id=run_id,
        status="done",
        project_digest="p",
        spec_digest="s",
        envelope_digest="e",
        rules_fingerprint="f",
        started_at=started_at,
        finished_at=started_at,
        as_of=started_at,
        cut="heads",
        profile={"name": "small"},
        engines={"datafusion": "55.0.0"},
        parameters={"since": "2013-01-01"},
        pins=(),
        stages=(stage,),
        outputs=(output,),
        warnings=(),
        totals=Totals(rows_read=7, seconds=0.5),
    )


def code(problem: pytest.ExceptionInfo[TreadleError]) -> str:
    return problem.value.diagnostics[0].code


def test_receipts_survive_json_and_the_store(tmp_path: Path) -> None:
    one = receipt("20130101-000000000-aaaaaaaa")
    assert from_json(to_json(one)) == one
    store = ReceiptStore(tmp_path)
    assert store.save(one) is None
    assert store.get(one.run_id) == one
    assert (tmp_path / ".treadle" / ".gitignore").read_text() == "*\n"


def test_a_run_is_found_by_its_beginning_and_as_last(tmp_path: Path) -> None:
    store = ReceiptStore(tmp_path)
    for day, name in (("02", "run-b1"), ("01", "run-a1"), ("03", "run-b2")):
        store.save(receipt(name, f"2013-01-{day}T00:00:00.000000+00:00"))
    assert store.get("last").run_id == "run-b2"
    assert store.get("run-a").run_id == "run-a1"
    assert [one.run_id for one in store.list()] == ["run-b2", "run-b1", "run-a1"]
    assert [one.run_id for one in store.list(1)] == ["run-b2"]
    with pytest.raises(TreadleError) as several:
        store.get("run-b")
    assert code(several) == "T6042"
    with pytest.raises(TreadleError) as none:
        store.get("rum-a1")
    assert code(none) == "T6041"
    assert "`run-a1`" in str(none.value.diagnostics[0].help)


@pytest.mark.parametrize("name", ["", "%", "run_", "'; DROP TABLE runs; --"])
def test_what_is_no_beginning_of_an_id_finds_nothing(tmp_path: Path, name: str) -> None:
    store = ReceiptStore(tmp_path)
    store.save(receipt("run-a1"))
    with pytest.raises(TreadleError) as problem:
        store.get(name)
    assert code(problem) == "T6041"
    assert len(store.list()) == 1


def test_the_history_is_bounded(tmp_path: Path) -> None:
    store = ReceiptStore(tmp_path, keep=3)
    for day in range(1, 6):
        store.save(receipt(f"run-{day}", f"2013-01-0{day}T00:00:00.000000+00:00"))
    assert [one.run_id for one in store.list()] == ["run-5", "run-4", "run-3"]


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    warnings: list[object] = []
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait()
        for turn in range(5):
            warnings.append(ReceiptStore(tmp_path).save(receipt(f"run-{number}-{turn}")))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings == [None] * 40
    assert len(ReceiptStore(tmp_path).list(100)) == 40


def test_a_project_without_history_lists_nothing(tmp_path: Path) -> None:
    assert ReceiptStore(tmp_path).list() == ()
    assert not (tmp_path / ".treadle").exists()
    with pytest.raises(TreadleError) as problem:
        ReceiptStore(tmp_path).get("last")
    assert code(problem) == "T6041"


def test_a_folder_that_cant_be_made_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".treadle").write_text("a file stands where the folder would be")
    warning = ReceiptStore(tmp_path).save(receipt("run-1"))
    assert warning is not None and warning.code == "T6044" and warning.context["cause"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes into read-only folders")
def test_a_read_only_folder_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        warning = ReceiptStore(tmp_path).save(receipt("run-1"))
    finally:
        tmp_path.chmod(0o755)
    assert warning is not None and warning.code == "T6044"


def test_a_damaged_or_newer_history_is_told(tmp_path: Path) -> None:
    store = ReceiptStore(tmp_path)
    store.save(receipt("run-1"))
    with sqlite3.connect(store.path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(TreadleError) as newer:
        store.get("last")
    assert code(newer) == "T6043" and "99" in newer.value.diagnostics[0].message
    damaged = ReceiptStore(tmp_path / "damaged")
    damaged.folder.mkdir(parents=True)
    damaged.path.write_bytes(b"no database, but long enough to look like one" * 100)
    warning = damaged.save(receipt("run-1"))
    assert warning is not None and warning.code == "T6044"
    with pytest.raises(TreadleError) as broken:
        damaged.list()
    assert code(broken) == "T6043"
