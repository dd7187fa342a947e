"""What the machine can do to a run: memory, disk, damaged files, panics, closed sessions; each told with a code."""

from __future__ import annotations

from pathlib import Path

import pytest
from datafusion import SessionContext

from tests.support.bundles import Bench
from treadle.dialect.diagnostics import Bug, TreadleError
from treadle.planner.spec import RuntimeProfile
from treadle.runtime.cancel import Cancelled
from treadle.runtime.failures import told
from treadle.runtime.redact import Redactor
from treadle.runtime.run import run
from treadle.runtime.session import open_session
from treadle.runtime.store import ReceiptStore

COPY = 'SELECT * FROM "r0"'


def test_rows_that_the_disk_wont_take_fail_their_readers(at: Bench, tmp_path: Path) -> None:
    store = ReceiptStore(tmp_path)
    store.folder.mkdir()
    (store.folder / "tmp").write_text("a file stands where the folder would be")
    base = at.stage("base", "shared", COPY, [at.delta("r0", "flights")])
    copy = at.stage("copy", "write", COPY, [at.earlier("r0", base)])
    alone = at.stage("alone", "write", COPY, [at.delta("r0", "flights")])
    done = at.run(base, copy, alone, budget=0, store=store)
    assert [one.code for one in done.diagnostics] == ["T6046"]
    assert {one.view: one.state for one in done.receipt.outputs} == {"copy": "not run", "alone": "written"}


def test_a_query_that_outgrows_the_memory_pool_is_told(at: Bench) -> None:
    wide = "repeat(CAST(a.value AS VARCHAR), 40)"
    sql = f"SELECT array_agg({wide}) AS x FROM generate_series(1, 2000000) AS a"
    stage = at.stage("big", "write", sql)
    with open_session(RuntimeProfile(name="tiny", threads=2, memory=16 * 1024 * 1024)) as session:
        done = run(at.bundle(stage), session=session, lake=at.lake)
    assert [one.code for one in done.diagnostics] == ["T6051"]
    assert at.version("big") is None


def test_a_file_that_went_missing_is_told(at: Bench) -> None:
    stage = at.stage("copy", "write", COPY, [at.delta("r0", "flights")])
    next((at.root / "lake" / "flights").glob("*.parquet")).unlink()
    done = at.run(stage)
    assert [one.code for one in done.diagnostics] == ["T4008"]
    assert at.version("copy") is None


def test_a_damaged_file_is_told(at: Bench) -> None:
    stage = at.stage("copy", "write", COPY, [at.delta("r0", "flights")])
    path = next((at.root / "lake" / "flights").glob("*.parquet"))
    path.write_bytes(b"x" * path.stat().st_size)
    done = at.run(stage)
    assert done.receipt.outputs[0].state == "failed" and at.version("copy") is None
    assert done.diagnostics[0].code in ("T6052", "T6054") and done.diagnostics[0].cause


def test_a_folder_that_cant_be_written_warns_and_the_run_is_done(at: Bench, tmp_path: Path) -> None:
    (tmp_path / ".treadle").write_text("a file stands where the folder would be")
    done = at.run(at.stage("copy", "write", COPY, [at.delta("r0", "flights")]), store=ReceiptStore(tmp_path))
    assert done.receipt.status == "done" and [one.code for one in done.receipt.warnings] == ["T6044"]


def test_a_result_read_after_its_session_was_closed_is_told(at: Bench) -> None:
    done = at.run(at.stage("rows", "result", COPY, [at.delta("r0", "flights")]))
    at.session.close()
    with pytest.raises(TreadleError) as problem:
        list(done.results[0])
    assert problem.value.diagnostics[0].code == "T6055"


def test_a_panic_of_the_engine_is_told() -> None:
    context = SessionContext()
    context.from_pydict({"a": list(range(100))}, name="t")
    plan = context.sql("SELECT a, count(*) FROM t GROUP BY a").execution_plan()
    with pytest.raises(TreadleError) as problem, told("v", None, Redactor()):
        for _ in range(2):  # a plan that repartitions can't run twice
            [list(context.execute(plan, i)) for i in range(plan.partition_count)]
    assert problem.value.diagnostics[0].code == "T6053"


@pytest.mark.parametrize("passing", [Cancelled, KeyboardInterrupt, Bug, ZeroDivisionError])
def test_what_is_no_failure_of_a_view_passes(passing: type[BaseException]) -> None:
    with pytest.raises(passing), told("v", None, Redactor()):
        raise passing("as it is")
