"""Execution: the engine's traps, each on the real engine; cancelling, errors, metrics, threads."""

from __future__ import annotations

import asyncio
import gc
import inspect
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datafusion import udf

from treadle.dialect.diagnostics import Bug
from treadle.dialect.types import BIGINT, DOUBLE, VARCHAR, Field, Schema
from treadle.planner.ports import DataFile, EngineRefusal, ScalarFunction
from treadle.planner.spec import RuntimeProfile
from treadle.planner.values import Value
from treadle.runtime.cancel import Cancel, Cancelled
from treadle.runtime.engine.execute import Execution, execute
from treadle.runtime.engine.relations import register_parquet
from treadle.runtime.engine.rows import register_batches
from treadle.runtime.engine.user_functions import stub
from treadle.runtime.profiles import MIB
from treadle.runtime.session import Session, open_session

R = TypeVar("R")
FACTS = Schema((Field("id", BIGINT), Field("k", BIGINT), Field("x", DOUBLE)))
ROWS = 200_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("facts") / "facts.parquet"
    ids = pa.array(range(ROWS))
    table = pa.table({"id": ids, "k": pa.array([i % 1000 for i in range(ROWS)]), "x": ids.cast(pa.float64())})
    pq.write_table(table, path, row_group_size=20_000)
    return path


@pytest.fixture
def facts(session: Session, file: Path) -> Session:
    for name in ("f", "g"):
        register_parquet(session, name, FACTS, (DataFile(str(file), file.stat().st_size),))
    return session


ONE_ROW = "SELECT sum(f.x * g.x) AS s FROM f CROSS JOIN g WHERE f.x + g.x > 3 AND f.id < 12000 AND g.id < 12000"


def within(seconds: float, work: Callable[[], R]) -> R:
    """Return what work returns; fail when it takes longer, instead of hanging."""
    done: list[R] = []
    thread = threading.Thread(target=lambda: done.append(work()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert done, f"did not end within {seconds} seconds"
    return done[0]


def at_rest(execution: Execution) -> bool:
    """Wait until the engine has let go of everything that an execution asked it for."""
    pulling = execution._pulling
    assert pulling is not None

    def wait() -> bool:
        while len(pulling.waiting):
            time.sleep(0.01)
            assert execution._plan.partition_count  # what the engine lets go of, Python hears of with the next call
        return True

    return within(2, wait)


def test_a_join_at_the_root_streams_from_two_partitions(facts: Session) -> None:
    execution = execute(facts, "SELECT f.id, g.k FROM f JOIN g ON f.id = g.id", {})
    assert within(20, lambda: sum(batch.num_rows for batch in execution.reader())) == ROWS


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT CASE WHEN b THEN i ELSE d END AS x FROM t", [1.0, 2.5]),
        ("SELECT i AS x FROM t UNION ALL SELECT d FROM t", [1.0, 1.0, 0.5, 2.5]),
        ("SELECT x FROM (SELECT i AS x FROM t UNION SELECT d FROM t) AS u ORDER BY x", [0.5, 1.0, 2.5]),
    ],
)
def test_the_schema_of_a_stream_is_that_after_coercion(session: Session, sql: str, expected: list[float]) -> None:
    columns = pa.schema([("b", pa.bool_()), ("i", pa.int32()), ("d", pa.float64())])
    batch = pa.RecordBatch.from_pydict({"b": [True, False], "i": [1, 1], "d": [0.5, 2.5]}, schema=columns)
    session.register("t", session.context.from_arrow(pa.Table.from_batches([batch])))
    execution = execute(session, sql, {})
    assert execution.schema.field("x").type == pa.float64()
    assert sorted(execution.reader().read_all()["x"].to_pylist()) == sorted(expected)


def test_a_plan_is_executed_once(facts: Session) -> None:
    execution = execute(facts, "SELECT k, sum(x) AS s FROM f GROUP BY k", {})
    assert sum(batch.num_rows for batch in execution) == 1000
    with pytest.raises(Bug, match="once"):
        next(iter(execution))


def test_two_executions_of_one_query_are_equal(facts: Session) -> None:
    sql = "SELECT k, count(*) AS n FROM f GROUP BY k ORDER BY k"
    assert execute(facts, sql, {}).table() == execute(facts, sql, {}).table()


def test_order_is_kept_across_partitions(facts: Session) -> None:
    found = execute(facts, "SELECT id FROM f ORDER BY id DESC", {}).table()["id"].to_pylist()
    assert found == list(range(ROWS - 1, -1, -1))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT f.id FROM f CROSS JOIN g",
        ONE_ROW,
    ],
)
def test_a_heavy_cross_join_is_cancelled_within_a_second(facts: Session, sql: str) -> None:
    cancel = Cancel()
    execution = execute(facts, sql, {}, cancel=cancel)
    threading.Timer(0.1, cancel.cancel).start()
    start = time.perf_counter()
    with pytest.raises(Cancelled):
        for _ in execution:
            pass
    assert time.perf_counter() - start < 1.3
    assert isinstance(execution.failure, Cancelled)
    assert at_rest(execution)


def test_cancel_from_another_thread_reaches_a_waiting_consumer(facts: Session) -> None:
    execution = execute(facts, ONE_ROW, {})
    threading.Timer(0.1, execution.cancel).start()
    assert isinstance(within(2, lambda: outcome(execution)), Cancelled)


def outcome(execution: Execution) -> BaseException | list[pa.RecordBatch]:
    try:
        return list(execution)
    except Cancelled as cancelled:
        return cancelled


def test_closing_the_iteration_early_stops_everything(facts: Session) -> None:
    execution = execute(facts, "SELECT f.id FROM f CROSS JOIN g", {})
    batches = iter(execution)
    assert next(batches).num_rows > 0
    start = time.perf_counter()
    batches.close()  # type: ignore[attr-defined]
    assert time.perf_counter() - start < 1
    assert at_rest(execution)


def test_dropping_a_reader_early_stops_everything(facts: Session) -> None:
    execution = execute(facts, "SELECT f.id FROM f CROSS JOIN g", {})
    reader = execution.reader()
    assert reader.read_next_batch().num_rows > 0
    reader.close()
    del reader
    gc.collect()
    assert at_rest(execution)


def test_a_slow_consumer_bounds_what_is_ahead(facts: Session) -> None:
    execution = execute(facts, "SELECT f.id FROM f CROSS JOIN g", {})
    batches = iter(execution)
    next(batches)
    time.sleep(0.3)
    assert execution._queue.qsize() <= 2 * 2 + 1
    execution.cancel()
    with pytest.raises(Cancelled):
        list(batches)


def test_an_interrupt_in_the_consumer_cancels(facts: Session) -> None:
    execution = execute(facts, "SELECT f.id FROM f CROSS JOIN g", {})
    with pytest.raises(KeyboardInterrupt), execution:
        for _ in execution:
            raise KeyboardInterrupt
    assert at_rest(execution)


@pytest.mark.parametrize(
    ("sql", "words"),
    [("SELECT 1 / (id - id) AS x FROM f", "Divide by zero"), ("SELECT CAST(concat('x', id) AS INT) AS x FROM f", "Cannot cast string")],
)
def test_an_error_in_a_partition_reaches_the_consumer(facts: Session, sql: str, words: str) -> None:
    execution = execute(facts, sql, {})
    with pytest.raises(EngineRefusal, match=words) as raised:
        list(execution)
    assert raised.value.kind == "execute"
    assert execution.failure is raised.value
    assert at_rest(execution)


def test_an_error_through_the_reader_is_kept(facts: Session) -> None:
    execution = execute(facts, "SELECT 1 / (id - id) AS x FROM f", {})
    with pytest.raises((EngineRefusal, pa.ArrowException)):
        execution.reader().read_all()
    assert isinstance(execution.failure, EngineRefusal)


def test_a_panic_is_an_error_of_its_own_kind(facts: Session) -> None:
    def reenter(column: pa.Array) -> pa.Array:
        facts.context.sql("SELECT 1").collect()
        return column

    facts.context.register_udf(udf(reenter, [pa.int64()], pa.int64(), "volatile", "treadle_reenter"))
    with pytest.raises(EngineRefusal) as raised:
        list(execute(facts, "SELECT treadle_reenter(id) AS x FROM f", {}))
    facts.context.deregister_udf("treadle_reenter")
    assert raised.value.kind == "panic"
    assert execute(facts, "SELECT count(*) AS n FROM f", {}).table().to_pydict() == {"n": [ROWS]}


@pytest.mark.parametrize(
    ("sql", "spills"),
    [("SELECT count(*) AS n FROM f JOIN g ON f.id = g.id AND f.x = g.x", False), ("SELECT * FROM f ORDER BY x DESC", True)],
)
def test_a_small_pool_fails_hash_joins_and_spills_sorts(file: Path, tmp_path: Path, sql: str, spills: bool) -> None:
    profile = RuntimeProfile(threads=1, memory=32 * MIB)
    for number in range(16):
        (tmp_path / f"{number}.parquet").hardlink_to(file)
    many = tuple(DataFile(str(path), 1) for path in sorted(tmp_path.iterdir()))
    with open_session(profile) as session:
        for name in ("f", "g"):
            register_parquet(session, name, FACTS, many)
        execution = execute(session, sql, {})
        if spills:
            assert sum(batch.num_rows for batch in execution) == 16 * ROWS
            assert sum(one.spill_count for one in execution.operators()) > 0
            return
        with pytest.raises(EngineRefusal) as raised:
            list(execution)
    assert (raised.value.kind, "Resources exhausted" in raised.value.message) == ("resources", True)


def test_an_execution_keeps_its_session_alive(tmp_path: Path) -> None:
    import deltalake

    deltalake.write_deltalake(str(tmp_path), pa.table({"a": list(range(1000))}))

    def start() -> Execution:
        session = open_session(RuntimeProfile())
        session.register("d", deltalake.DeltaTable(str(tmp_path)))
        return execute(session, "SELECT sum(a) AS s FROM d WHERE a > 1", {})

    execution = start()
    gc.collect()
    assert execution.table().to_pydict() == {"s": [sum(range(2, 1000))]}


def test_a_result_that_is_read_outlives_its_session(file: Path) -> None:
    session = open_session(RuntimeProfile(threads=2, memory=16 * MIB))
    register_parquet(session, "f", FACTS, (DataFile(str(file), 1),))
    folder = session.scratch("x").parent
    execution = execute(session, "SELECT f.id FROM f JOIN f AS g ON f.id = g.id ORDER BY f.id", {})
    never = execute(session, "SELECT id FROM f", {})
    batches = iter(execution)
    first = next(batches).num_rows
    session.close()
    never.close()
    assert folder.exists()
    assert first + sum(batch.num_rows for batch in batches) == ROWS
    assert not folder.exists()


def test_metrics_are_there_after_a_stream(facts: Session) -> None:
    execution = execute(facts, "SELECT k, sum(x) AS s FROM f WHERE id >= 100000 GROUP BY k", {})
    rows = execution.reader().read_all().num_rows
    operators = execution.operators()
    assert operators[0].depth == 0 and operators[0].output_rows == rows == 1000
    scan = operators[-1]
    assert (scan.name, scan.output_rows) == ("DataSourceExec", 100_000)
    assert scan.metrics["bytes_scanned"] > 0 and scan.metrics["files_opened"] >= 1
    assert scan.elapsed_ns is not None and scan.depth == max(one.depth for one in operators)


def test_rows_are_counted_while_they_come(facts: Session) -> None:
    execution = execute(facts, "SELECT id FROM f", {})
    seen = 0
    for batch in execution:
        seen += batch.num_rows
        assert execution.rows == seen
    assert seen == ROWS


def test_batches_have_exactly_the_promised_schema(session: Session) -> None:
    batch = pa.RecordBatch.from_pydict({"a": [1]}, schema=pa.schema([pa.field("a", pa.int64(), False)]))
    register_batches(session, "t", Schema((Field("a", BIGINT, False),)), [batch])
    promised = Schema((Field("a", BIGINT), Field("s", VARCHAR)))
    execution = execute(session, "SELECT a, 'x' AS s FROM t", {}, schema=promised)
    batches = list(execution)
    assert [b.schema for b in batches] == [execution.schema] == [pa.schema([("a", pa.int64()), ("s", pa.string_view())])]


def test_another_type_than_promised_is_a_bug(session: Session) -> None:
    with pytest.raises(Bug, match="promised"):
        execute(session, "SELECT 1 AS a", {}, schema=Schema((Field("a", VARCHAR),)))


def test_parameters_are_bound(facts: Session) -> None:
    found = execute(facts, "SELECT count(*) AS n FROM f WHERE id < $p1", {"p1": Value(BIGINT, 10)}).table()
    assert found.to_pydict() == {"n": [10]}


def test_executions_run_beside_each_other(facts: Session) -> None:
    found: list[int] = []
    sql = "SELECT count(*) AS n FROM f JOIN g ON f.id = g.id"
    threads = [threading.Thread(target=lambda: found.append(execute(facts, sql, {}).table()["n"][0].as_py())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [ROWS] * 4


def test_it_runs_inside_of_an_event_loop_and_leaves_it_as_it_was(facts: Session) -> None:
    async def read() -> tuple[int, bool]:
        loop = asyncio.get_running_loop()
        rows = execute(facts, "SELECT id FROM f", {}).table().num_rows
        await asyncio.sleep(0)
        return rows, asyncio.get_running_loop() is loop

    assert asyncio.run(read()) == (ROWS, True)
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_nothing_runs_before_the_first_batch_is_asked_for(facts: Session) -> None:
    execution = execute(facts, "SELECT id FROM f", {})
    assert (execution._pulling, execution.rows) == (None, 0)
    execution.close()


def test_a_join_is_written_to_delta_and_a_cancelled_one_is_not(facts: Session, tmp_path: Path) -> None:
    import deltalake

    sql = "SELECT f.id, g.k FROM f JOIN g ON f.id = g.id"
    within(20, lambda: deltalake.write_deltalake(str(tmp_path / "t"), execute(facts, sql, {}).reader()) or True)
    assert deltalake.DeltaTable(str(tmp_path / "t")).count() == ROWS
    cancel = Cancel()
    execution = execute(facts, "SELECT f.id, g.k FROM f CROSS JOIN g", {}, cancel=cancel)
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Exception, match="cancelled"):
        deltalake.write_deltalake(str(tmp_path / "t"), execution.reader(), mode="append")
    assert (deltalake.DeltaTable(str(tmp_path / "t")).version(), type(execution.failure)) == (0, Cancelled)


def test_the_adapter_never_touches_functions_of_the_engine() -> None:
    package = Path(inspect.getfile(execute)).parent
    found = [path.name for path in package.glob("*.py") if re.search(r"\b(de)?register_ud", path.read_text("utf-8"))]
    assert found == ["user_functions.py"]  # deregistering one that shadows a built-in removes the built-in too
    with pytest.raises(Bug, match="no colon"), open_session(RuntimeProfile()) as session:
        session.teach("abs", stub(ScalarFunction("abs", (BIGINT,), BIGINT, "IMMUTABLE")))
