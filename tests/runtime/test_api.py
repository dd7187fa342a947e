"""The Python API on real engines: frames, parameters, results that stream, projects, errors."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import treadle
from treadle.runtime.scaffold import write_project

TABLE = pa.table({"id": [1, 2, 3], "name": ["a", None, "c"], "tags": [["x"], [], None]})


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    """Return a connection whose root is an empty folder, with `TABLE` registered as `items`."""
    with treadle.connect(tmp_path) as found:
        found.register("items", TABLE)
        yield found


@pytest.fixture
def project(tmp_path: Path) -> Any:
    """Return the project that `treadle init` writes, opened."""
    write_project(tmp_path / "shop")
    with treadle.open(tmp_path / "shop") as found:
        yield found


def test_public_names_are_there() -> None:
    for name in treadle.__all__:
        assert getattr(treadle, name) is not None
    with pytest.raises(AttributeError):
        treadle.nothing  # noqa: B018


def test_values_of_python_keep_their_types(connection: Any) -> None:
    sql = "SELECT $a AS a, $b AS b, $c AS c, $d AS d, $e AS e"
    result = connection.query(sql, a=1, b="'; DROP TABLE items; --", c=date(2013, 1, 2), d=[1, 2], e=None)
    assert result.fetchall() == [(1, "'; DROP TABLE items; --", date(2013, 1, 2), [1, 2], None)]


def test_unused_value_is_an_error(connection: Any) -> None:
    with pytest.raises(treadle.TreadleError, match="T7006"):
        connection.query("SELECT $least AS x", least=1, laest=2)


@pytest.mark.parametrize(
    "frame",
    [
        TABLE,
        TABLE.to_batches()[0],
        TABLE.to_reader(),
        {"id": [1, 2, 3], "name": ["a", None, "c"]},
        TABLE.set_column(1, "name", TABLE["name"].dictionary_encode()),
        pa.table({"id": TABLE["id"], "name": TABLE["name"].cast(pa.large_string())}),
    ],
    ids=["table", "batch", "reader", "mapping", "dictionary", "large"],
)
def test_whatever_speaks_arrow_is_a_source(frame: object, connection: Any) -> None:
    connection.register("Some Frame", frame)
    assert connection.query('SELECT id, name FROM "Some Frame" WHERE id <> 2 ORDER BY id').fetchall() == [(1, "a"), (3, "c")]


def test_pandas_both_ways(connection: Any) -> None:
    pandas = pytest.importorskip("pandas")
    connection.register("frame", pandas.DataFrame({"id": [1, 2], "name": ["a", None]}))
    found = connection.query("SELECT id, name FROM frame ORDER BY id").to_pandas()
    assert (list(found["id"]), found["name"].isna().sum()) == ([1, 2], 1)


def test_what_is_no_table_is_refused(connection: Any) -> None:
    with pytest.raises(treadle.TreadleError, match="T7021 a `int`"):
        connection.register("x", 3)


def test_a_name_registered_anew_means_the_new_table(connection: Any) -> None:
    before = connection.query("SELECT count(*) AS n FROM items").fetchall()
    connection.register("items", {"id": [1]})
    assert (before, connection.query("SELECT count(*) AS n FROM items").fetchall()) == ([(3,)], [(1,)])
    connection.unregister("items")
    with pytest.raises(treadle.TreadleError, match="T2002"):
        connection.query("SELECT * FROM items")


def test_replaced_between_plan_and_run_is_told(connection: Any) -> None:
    result = connection.query("SELECT count(*) AS n FROM items")
    connection.register("items", {"id": [1]})
    with pytest.raises(treadle.TreadleError, match="T7026"):
        result.fetchall()


def test_result_is_an_arrow_stream(connection: Any) -> None:
    import duckdb

    rows = connection.query("SELECT id, name FROM items ORDER BY id")
    assert pa.table(rows).to_pydict() == {"id": [1, 2, 3], "name": ["a", None, "c"]}
    stream = pa.RecordBatchReader.from_stream(connection.query("SELECT id FROM items"))  # noqa: F841
    assert duckdb.sql("SELECT sum(id) FROM stream").fetchall() == [(6,)]
    assert sum(batch.num_rows for batch in connection.query("SELECT id FROM items")) == 3


def test_a_join_at_the_root_does_not_hang_as_a_stream(connection: Any) -> None:
    connection.register("big", {"k": list(range(20_000))})
    rows = pa.table(connection.query("SELECT a.k FROM big AS a JOIN big AS b ON a.k = b.k"))
    assert rows.num_rows == 20_000


def test_a_stream_is_read_once_and_a_table_again(connection: Any) -> None:
    once = connection.query("SELECT id FROM items")
    assert len(list(once)) > 0
    with pytest.raises(treadle.TreadleError, match="T7025"):
        list(once)
    kept = connection.query("SELECT id FROM items")
    assert kept.to_arrow() is kept.to_arrow()
    assert len(kept.fetchall()) == len(kept.fetchall()) == 3


def test_looking_takes_no_rows_away(connection: Any) -> None:
    result = connection.query("SELECT id, name FROM items ORDER BY id")
    assert repr(result).splitlines()[2:] == ["1   a", "2   NULL", "3   c"]
    assert ">NULL</span>" in result._repr_html_()
    assert len(result.fetchall()) == 3
    assert "NULL" in repr(result)


def test_receipt_and_missing_library(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    result = connection.query("SELECT id FROM items")
    result.fetchall()
    receipt = result.receipt
    assert (receipt.status, receipt.outputs[0].state, receipt.outputs[0].rows) == ("done", "handed out", 3)
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(treadle.CapabilityUnavailable, match="T3001") as raised:
        result.to_polars()
    assert raised.value.missing.reason == "missing_dependency"


def test_failure_while_reading_is_a_treadle_error(connection: Any) -> None:
    result = connection.query("SELECT CAST(name AS DATE) AS d FROM items")
    with pytest.raises(treadle.TreadleError, match="T6050"):
        result.fetchall()


def test_queries_from_threads(connection: Any) -> None:
    found: dict[int, object] = {}

    def ask(number: int) -> None:
        found[number] = connection.query("SELECT $n + id AS v FROM items ORDER BY v", n=number).fetchall()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {n: [(n + 1,), (n + 2,), (n + 3,)] for n in range(8)}


def test_project_checks_plans_runs_and_answers(project: Any) -> None:
    assert project.check() == ()
    plan = project.plan(minimum=50)
    assert "revenue_by_country → lake/revenue_by_country, overwrite" in str(plan)
    run = project.run(minimum=50)
    assert (run.receipt.status, run.receipt.outputs[0].version, run.diagnostics) == ("done", 0, ())
    assert run.receipt.parameters["minimum"] == "CAST('50.0' AS DOUBLE)"
    assert project.query("SELECT count(*) AS n FROM large_orders").fetchall() == [(5,)]
    assert project.query("SELECT count(*) AS n FROM large_orders", minimum=100).fetchall() == [(2,)]


def test_project_reads_its_files_at_every_call(project: Any) -> None:
    (project.root / "views" / "more.sql").write_text("CREATE VIEW more AS SELECT nothing FROM orders", "utf-8")
    assert [(d.code, d.span.source.name) for d in project.check()] == [("T2001", "views/more.sql")]
    (project.root / "views" / "more.sql").unlink()
    assert project.check() == ()


def test_spec_runs_as_an_object_and_as_a_file(project: Any, tmp_path: Path) -> None:
    spec = project.spec("+revenue_by_country", minimum=50)
    file = tmp_path / "spec.json"
    file.write_text(spec.model_dump_json(), "utf-8")
    assert treadle.run_spec(spec, project.root).receipt.outputs[0].state == "written"
    again = treadle.run_spec(file, project.root).receipt
    assert (again.outputs[0].state, again.spec_digest) == ("repeat", project.plan(minimum=50).bundle.digests.spec)


def test_environment_gives_parameters_locations_and_profile(project: Any) -> None:
    (project.root / "few.csv").write_text("order_id,customer_id,ordered_on,amount,discount\n1,1,2026-01-01,5,0\n", "utf-8")
    (project.root / "treadle.toml").write_text(
        '[project]\npaths = ["views"]\n[env.dev]\nprofile = "small"\nparameters.minimum = 1\n'
        '[env.dev.locations]\norders = "few.csv"\nrevenue_by_country = "dev/revenue"\n',
        "utf-8",
    )
    with treadle.open(project.root, env="dev") as dev:
        spec = dev.spec()
        assert spec.outputs[0].location == "dev/revenue"
        assert (spec.runtime_profile.name, spec.typed_parameters[0].provided_by) == ("small", "environment")
        assert dev.query("SELECT paid FROM large_orders").fetchall() == [(5.0,)]


def test_where_values_come_from_and_which_wins(project: Any) -> None:
    config = '[project]\npaths = ["views"]\n[parameters]\nminimum = 1\n[env.dev.parameters]\nminimum = 2\n'

    def winner(env: str | None = None, **values: object) -> tuple[object, str]:
        with treadle.open(project.root, env=env) as found:
            (one,) = found.spec(**values).typed_parameters
            return one.value.value, one.provided_by

    assert winner() == (20.0, "default")
    (project.root / "treadle.toml").write_text(config, "utf-8")
    assert winner() == (1.0, "treadle.toml")
    assert winner("dev") == (2.0, "environment")
    assert winner("dev", minimum=3) == (3.0, "python")


def test_what_is_wrong_with_the_situation_is_told_on_opening(project: Any) -> None:
    with pytest.raises(treadle.TreadleError, match="T7004"):
        treadle.open(project.root, env="prd")
    with pytest.raises(treadle.TreadleError, match="T7005"):
        treadle.open(project.root, profile="smal")


def test_no_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(treadle.TreadleError, match="T7013"):
        treadle.open(tmp_path / "nowhere")
