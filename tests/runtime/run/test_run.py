"""Running bundles over real Delta tables: writes, repeats, failures, shared rows, results."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bundles import Bench, replace
from treadle.dialect.diagnostics import TreadleError
from treadle.dialect.source import Source
from treadle.dialect.types import BIGINT, VARCHAR
from treadle.planner.ports import SourceRef
from treadle.planner.spec import Observe
from treadle.planner.values import Value
from treadle.runtime.run import Run
from treadle.runtime.store import ReceiptStore, from_json, to_json

LATE = 'SELECT "origin", count(*) AS n FROM "r0" WHERE "delay" > 10 GROUP BY "origin"'
BROKEN = 'SELECT 1 / ("id" - 2) AS x FROM "r0"'


def states(done: Run) -> dict[str, str]:
    return {output.view: output.state for output in done.receipt.outputs}


def test_one_write_makes_a_table_and_a_receipt(at: Bench, tmp_path: Path) -> None:
    store = ReceiptStore(tmp_path)
    done = at.run(at.stage("late", "write", LATE, [at.delta("r0", "flights")]), store=store)
    receipt = done.receipt
    assert done.finished and receipt.status == "done" and receipt.diagnostics == ()
    assert at.rows("late") == [{"origin": "EWR", "n": 1}, {"origin": "LGA", "n": 1}]
    output, stage = receipt.outputs[0], receipt.stages[0]
    assert (output.state, output.version, output.previous_version, output.rows, output.files_added) == ("written", 0, None, 2, 1)
    assert (stage.state, stage.rows, stage.scans[0].files_read) == ("done", 2, 1)
    assert stage.scans[0].rows == receipt.totals.rows_read and receipt.totals.rows_read > 0
    assert receipt.totals.rows_written == 2 and receipt.totals.bytes_read > 0
    assert any(one.name == "DataSourceExec" and one.output_rows for one in stage.operators)
    assert store.get("last") == receipt == from_json(to_json(receipt))


def test_a_repeat_writes_nothing_and_something_new_does(at: Bench) -> None:
    late = at.stage("late", "write", LATE, [at.delta("r0", "flights")])
    assert states(at.run(late)) == {"late": "written"}
    again = at.run(late)
    assert states(again) == {"late": "repeat"} and again.receipt.outputs[0].version == 0
    assert again.receipt.stages[0].state == "repeat" and again.receipt.status == "done"
    assert at.version("late") == 0
    at.table("flights", {"id": [5], "origin": ["LGA"], "delay": [99.0]}, mode="append")
    assert states(at.run(at.stage("late", "write", LATE, [at.delta("r0", "flights")]))) == {"late": "written"}
    assert at.rows("late") == [{"origin": "EWR", "n": 1}, {"origin": "LGA", "n": 2}]


def test_somebody_elses_commit_ends_a_repeat(at: Bench) -> None:
    late = at.stage("late", "write", LATE, [at.delta("r0", "flights")])
    at.run(late)
    at.table("late", {"origin": ["XXX"], "n": [1]}, mode="append")
    assert states(at.run(late)) == {"late": "written"}
    assert [row["origin"] for row in at.rows("late")] == ["EWR", "LGA"]


def test_what_is_new_each_time_is_never_a_repeat(at: Bench) -> None:
    late = at.stage("late", "write", LATE, [at.delta("r0", "flights")])
    at.run(late, volatile=["late"])
    assert states(at.run(late, volatile=["late"])) == {"late": "written"}


def test_a_repeat_runs_none_of_the_stages_below_it(at: Bench) -> None:
    shared = at.stage("base", "shared", 'SELECT * FROM "r0"', [at.delta("r0", "flights")])
    late = at.stage("late", "write", LATE, [at.earlier("r0", shared)])
    at.run(shared, late)
    again = at.run(shared, late)
    assert {stage.name: stage.state for stage in again.receipt.stages} == {"base": "not run", "late": "repeat"}


def test_a_failure_leaves_its_table_and_lets_the_others_finish(at: Bench) -> None:
    at.table("broken", {"x": [7]})
    flights = at.delta("r0", "flights")
    broken = at.stage("broken", "write", BROKEN, [flights])
    needs = at.stage("needs", "write", 'SELECT * FROM "r0"', [at.earlier("r0", broken)])
    further = at.stage("further", "write", 'SELECT * FROM "r0"', [at.earlier("r0", needs)])
    late = at.stage("late", "write", LATE, [flights])
    source = Source("views.sql", "CREATE VIEW broken AS …")
    done = at.run(broken, needs, further, late, places={"broken": source.span(12, 18)})
    assert states(done) == {"broken": "failed", "needs": "not run", "further": "not run", "late": "written"}
    assert done.receipt.status == "failed"
    assert [output.reason for output in done.receipt.outputs[1:3]] == ["it needs `broken`, which failed"] * 2
    (fault,) = done.diagnostics
    assert fault.code == "T6050" and fault.span is not None and fault.span.text == "broken"
    assert fault.cause is not None and "ivide by zero" in fault.cause
    assert at.rows("broken") == [{"x": 7}] and at.version("broken") == 0
    assert at.version("needs") is None and at.version("further") is None


def test_an_output_that_cant_be_written_is_refused_before_anything_is_read(at: Bench) -> None:
    (at.root / "lake" / "taken").write_text("a file")
    flights = at.delta("r0", "flights")
    taken = at.stage("taken", "write", LATE, [flights])
    late = at.stage("late", "write", LATE, [flights])
    done = at.run(taken, late)
    assert states(done) == {"taken": "failed", "late": "written"}
    assert [one.code for one in done.diagnostics] == ["T4030"]
    assert done.receipt.stages[0].operators == ()


def test_a_later_stage_reads_what_was_just_committed(at: Bench) -> None:
    first = at.stage("first", "write", 'SELECT "id", "origin" FROM "r0"', [at.delta("r0", "flights")])
    at.table("first", {"id": [100], "origin": ["old"]})
    second = at.stage("second", "write", 'SELECT max("id") AS top FROM "r0"', [at.earlier("r0", first)])
    done = at.run(first, second)
    assert states(done) == {"first": "written", "second": "written"}
    assert at.rows("second") == [{"top": 4}]


def test_a_table_wider_than_its_view_is_read_as_the_view(at: Bench) -> None:
    at.table("first", {"origin": ["old"], "n": [100]})
    first = at.stage("first", "write", 'SELECT CAST("id" AS INT) AS n, "origin" FROM "r0"', [at.delta("r0", "flights")])
    second = at.stage("second", "write", 'SELECT "n", "origin" FROM "r0" WHERE "n" = 1', [at.earlier("r0", first)])
    assert states(at.run(first, second)) == {"first": "written", "second": "written"}
    assert at.rows("second") == [{"n": 1, "origin": "JFK"}]


@pytest.mark.parametrize(("budget", "reader"), [(1 << 28, "memory"), (0, "disk")])
def test_shared_rows_give_the_same_wherever_they_are_kept(at: Bench, tmp_path: Path, budget: int, reader: str) -> None:
    sql = 'SELECT *, interval \'1 day\' AS step, to_timestamp_seconds("id") AS at FROM "r0"'
    base = at.stage("base", "shared", sql, [at.delta("r0", "flights")])
    one = at.stage("one", "write", 'SELECT sum("id") AS s, count("step") AS c, max("at" + "step") AS m FROM "r0"', [at.earlier("r0", base)])
    two = at.stage("two", "write", LATE, [at.earlier("r0", base)])
    done = at.run(base, one, two, budget=budget, store=ReceiptStore(tmp_path))
    assert states(done) == {"one": "written", "two": "written"}, done.diagnostics
    (row,) = at.rows("one")
    assert (row["s"], row["c"], str(row["m"])[:19]) == (10, 4, "1970-01-02 00:00:04")
    assert at.rows("two") == [{"origin": "EWR", "n": 1}, {"origin": "LGA", "n": 1}]
    assert {stage.scans[0].reader for stage in done.receipt.stages if stage.kind == "write"} == {reader}
    assert done.receipt.totals.rows_read == 4
    assert not list((tmp_path / ".treadle").glob("tmp/*"))


def test_a_result_runs_when_it_is_read(at: Bench, tmp_path: Path) -> None:
    store = ReceiptStore(tmp_path)
    base = at.stage("base", "shared", 'SELECT * FROM "r0"', [at.delta("r0", "flights")])
    rows = at.stage("rows", "result", 'SELECT "id" FROM "r0" ORDER BY "id"', [at.earlier("r0", base)])
    done = at.run(base, rows, store=store)
    assert not done.finished and store.list() == ()
    assert {stage.state for stage in done.receipt.stages} == {"not run"}
    table = done.results[0].reader().read_all()
    assert table.to_pydict() == {"id": [1, 2, 3, 4]}
    assert done.finished and states(done) == {"rows": "handed out"} and done.receipt.outputs[0].rows == 4
    assert store.get("last") == done.receipt


def test_a_result_closed_early_says_so(at: Bench) -> None:
    rows = at.stage("rows", "result", "SELECT value FROM generate_series(1, 1000000)")
    done = at.run(rows)
    batches = iter(done.results[0])
    assert next(batches).num_rows > 0
    done.close()
    assert done.finished and done.receipt.outputs[0].reason == "closed before the end"
    unread = at.run(rows)
    unread.close()
    assert unread.finished and unread.receipt.outputs[0].state == "not run"


def test_a_result_that_fails_raises_and_is_told(at: Bench) -> None:
    done = at.run(at.stage("broken", "result", BROKEN, [at.delta("r0", "flights")]))
    with pytest.raises(TreadleError) as problem:
        list(done.results[0])
    assert problem.value.diagnostics[0].code == "T6050"
    assert done.finished and done.receipt.status == "failed" and states(done) == {"broken": "failed"}


def test_a_result_over_a_failed_stage_raises_its_failure(at: Bench) -> None:
    base = at.stage("base", "shared", BROKEN, [at.delta("r0", "flights")])
    done = at.run(base, at.stage("rows", "result", 'SELECT * FROM "r0"', [at.earlier("r0", base)]))
    with pytest.raises(TreadleError) as problem:
        list(done.results[0])
    assert problem.value.diagnostics[0].code == "T6050"
    assert states(done) == {"rows": "not run"} and done.receipt.outputs[0].reason == "it needs `base`, which failed"


def test_values_are_bound_and_secrets_are_nowhere(at: Bench, tmp_path: Path) -> None:
    values = {"airport": Value(VARCHAR, "JFK"), "top": Value(BIGINT, 3)}
    sql = 'SELECT "id", $p1 AS airport FROM "r0" WHERE "origin" = $p1 AND "id" <= $p2'
    rows = at.stage("rows", "result", sql, [at.delta("r0", "flights")], values)
    done = at.run(rows, values=values, secret=["airport"], store=ReceiptStore(tmp_path))
    assert done.results[0].reader().read_all().to_pydict() == {"id": [1, 3], "airport": ["JFK", "JFK"]}
    assert done.receipt.parameters == {"airport": "<secret>", "top": "3"}
    assert "JFK" not in to_json(done.receipt) and "<secret>" in str(done.receipt.stages)


def test_secrets_stay_out_of_diagnostics(at: Bench) -> None:
    values = {"word": Value(VARCHAR, "hunter2")}
    sql = 'SELECT CAST(concat($p1, "origin") AS INT) AS x FROM "r0"'
    done = at.run(at.stage("v", "write", sql, [at.delta("r0", "flights")], values), values=values, secret=["word"])
    assert done.receipt.status == "failed" and "hunter2" not in to_json(done.receipt)
    assert "<secret>" in str(done.diagnostics[0].cause)


def test_files_that_change_during_the_run_fail_their_output(at: Bench) -> None:
    path = at.root / "more.csv"
    path.write_text("id\n1\n2\n")
    more = at.scan("r0", "more", SourceRef("csv", str(path)))
    copied = at.stage("copied", "write", 'SELECT "id" FROM "r0"', [more])
    late = at.stage("late", "write", LATE, [at.delta("r0", "flights")])

    class Meddler:
        def on_stage(self, name: str, kind: str, index: int, total: int) -> None: ...

        def on_done(self, name: str, state: str, rows: int, seconds: float) -> None: ...

        def on_message(self, name: str, text: str) -> None: ...

        def on_rows(self, name: str, rows: int, bytes: int) -> None:
            if name == "copied":
                path.write_text("id\n1\n2\n3\n")

    done = at.run(copied, late, progress=Meddler())
    assert states(done) == {"copied": "failed", "late": "written"}
    assert [one.code for one in done.diagnostics] == ["T4015"]
    assert at.version("copied") is None


def test_previews_are_kept_when_asked_for(at: Bench) -> None:
    late = at.stage("late", "write", LATE + ' ORDER BY "origin"', [at.delta("r0", "flights")])
    done = at.run(late, observe=Observe(preview_rows=1))
    assert done.receipt.outputs[0].preview == ({"origin": "EWR", "n": "1"},)
    assert at.run(replace(late, digest="other")).receipt.outputs[0].preview == ()


def test_progress_hears_of_every_stage(at: Bench) -> None:
    heard: list[tuple[object, ...]] = []

    class Listener:
        def on_stage(self, name: str, kind: str, index: int, total: int) -> None:
            heard.append(("stage", name, kind, index, total))

        def on_rows(self, name: str, rows: int, bytes: int) -> None:
            heard.append(("rows", name, rows, bytes > 0))

        def on_done(self, name: str, state: str, rows: int, seconds: float) -> None:
            heard.append(("done", name, state, rows))

        def on_message(self, name: str, text: str) -> None:
            heard.append(("message", name))

    base = at.stage("base", "shared", 'SELECT * FROM "r0"', [at.delta("r0", "flights")])
    copy = at.stage("copy", "write", 'SELECT * FROM "r0"', [at.earlier("r0", base)])
    at.run(base, copy, budget=0, progress=Listener())
    assert [one for one in heard if one[0] != "rows"] == [
        ("stage", "base", "shared", 1, 2),
        ("message", "base"),
        ("done", "base", "done", 4),
        ("stage", "copy", "write", 2, 2),
        ("done", "copy", "done", 4),
    ]
    assert ("rows", "base", 4, True) in heard and ("rows", "copy", 4, True) in heard
