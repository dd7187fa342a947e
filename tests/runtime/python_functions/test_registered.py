"""Functions that Python registers: signatures from annotations, nulls, checks, threads, queries inside, Ctrl-C."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import treadle
from treadle.runtime.cancel import Cancel
from treadle.runtime.workspace import Situation, Workspace


def ask(sql: str, *functions: Callable[..., object], **frames: pa.Table) -> list[tuple[Any, ...]]:
    """Return the rows of a query with some functions and frames registered."""
    with treadle.connect() as connection:
        for one in functions:
            connection.register_function(one)
        for name, frame in frames.items():
            connection.register(name, frame)
        return connection.query(sql).fetchall()


def fails(code: str, work: Callable[[], object]) -> treadle.Diagnostic:
    """Return the diagnostic of a call that must fail with a code."""
    with pytest.raises(treadle.TreadleError) as caught:
        work()
    assert caught.value.diagnostics[0].code == code, caught.value
    return caught.value.diagnostics[0]


def test_annotations_say_the_types() -> None:
    @treadle.function
    def f(
        a: float, b: int, c: str, d: bool, e: datetime.date, g: datetime.datetime, h: list[int], i: Annotated[Decimal, "DECIMAL(9, 2)"]
    ) -> str:
        return f"{a} {b} {c} {d} {e} {g} {h} {i}"

    sql = "SELECT f(1, 2, 'x', TRUE, DATE '2013-01-02', TIMESTAMP '2013-01-02 03:04:05', [1, 2], 1.5) AS a"
    assert ask(sql, f) == [("1.0 2 x True 2013-01-02 2013-01-02 03:04:05 [1, 2] 1.50",)]
    assert f.name == "f" and f.declared.types[-1].sql() == "DECIMAL(9, 2)"


def test_names_defaults_and_calls_from_python() -> None:
    @treadle.function(name="late", volatility="immutable")
    def is_late(minutes: float, limit: float = 15.0) -> bool:
        return minutes > limit

    assert is_late(16) and not is_late(16, limit=20)
    assert ask("SELECT late(16) AS a, late(limit => 20, minutes => 16) AS b", is_late) == [(True, False)]
    assert "late(minutes DOUBLE, limit DOUBLE DEFAULT" in str(fails("T2020", lambda: ask("SELECT late(1, limt => 2) AS a", is_late)).help)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: treadle.function(lambda x: x), "no name"),
        (lambda: treadle.function(name="f")(lambda x: x), "nothing says its type"),
        (lambda: treadle.function(name="f", arguments={"x": "DOUBEL"}, returns="INT")(lambda x: x), "is no SQL type"),
        (lambda: treadle.function(name="f", arguments={"y": "DOUBLE"}, returns="INT")(lambda x: x), "has no argument `y`"),
        (lambda: treadle.function(name="f", returns="INT")(lambda **x: x), "takes `**x`"),
        (lambda: treadle.function(name="f", volatility="pure")(lambda: 1), "is no volatility"),  # type: ignore[call-overload]
    ],
)
def test_signatures_that_sql_cannot_call(make: Callable[[], object], words: str) -> None:
    assert words in fails("T7070", make).message


def test_none_reaches_only_those_who_ask_for_it() -> None:
    def plain(x: int) -> int:
        return x + 1

    def asks(x: int | None) -> int:
        return -1 if x is None else x

    @treadle.function(arguments={"x": "BIGINT"}, returns="BIGINT", vectorized=True)
    def counts(x: pa.Array) -> pa.Array:
        return pc.fill_null(x, 7)

    @treadle.function(arguments={"x": "BIGINT", "y": "BIGINT"}, returns="BIGINT", vectorized=True, strict=True)
    def adds(x: pa.Array, y: pa.Array) -> pa.Array:
        assert not x.null_count and not y.null_count
        return pc.add(x, y)

    frame = pa.table({"x": [None, 1, 2, None], "y": [1, None, 5, None]}, pa.schema({"x": pa.int64(), "y": pa.int64()}))
    found = ask("SELECT plain(x) AS a, asks(x) AS b, counts(x) AS c, adds(x, y) AS d FROM t", plain, asks, counts, adds, t=frame)
    assert found == [(None, -1, 7, None), (2, 1, 1, None), (3, 2, 2, 7), (None, -1, 7, None)]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**31), 2**31))), st.integers(1, 7))
@settings(max_examples=25, deadline=None)
def test_results_equal_a_plain_fold(numbers: list[int | None], step: int) -> None:
    def turn(x: int, by: int = 3) -> float:
        return x * 0.5 - by

    frame = pa.table({"x": pa.array(numbers, pa.int64())})
    found = [row[0] for row in ask(f"SELECT turn(x, by => {step}) AS y FROM t", turn, t=frame)]
    assert found == [None if x is None else turn(x, step) for x in numbers]


def test_without_arguments_it_gets_the_number_of_rows() -> None:
    def one() -> int:
        return 1

    @treadle.function(name="many", arguments={}, returns="BIGINT", vectorized=True)
    def many(rows: int) -> pa.Array:
        return pa.array(range(rows))

    assert ask("SELECT one() AS a FROM generate_series(1, 3)", one) == [(1,)] * 3
    assert ask("SELECT * FROM (VALUES (one()), (2)) AS t(a)", one) == [(1,), (2,)]
    assert ask("SELECT many() AS a, many() AS b FROM generate_series(1, 2)", many) == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (lambda x: x.to_pylist(), "T6122", "returned a list, not an Arrow array"),
        (lambda x: None, "T6122", "returned None"),
        (lambda x: x.slice(1), "T6121", "returned 2 values for 3 rows"),
        (lambda x: pc.cast(x, pa.string()), "T6122", "which is VARCHAR; it is declared to return INT"),
        (lambda x: pc.multiply(x, 2**40), "T6122", "not all INT"),
    ],
)
def test_what_does_not_fit_is_refused(value: Callable[[pa.Array], object], code: str, words: str) -> None:
    work = treadle.function(name="f", arguments={"x": "BIGINT"}, returns="INT", vectorized=True)(value)
    found = fails(code, lambda: ask("SELECT f(value) AS a FROM generate_series(1, 3)", work))
    assert words in found.message and found.span is not None and found.span.text == "f(value)"


def test_what_fits_without_loss_is_taken() -> None:
    for made in (lambda x: pc.cast(x, pa.int8()), lambda x: pa.chunked_array([x.slice(0, 1), x.slice(1)]), lambda x: pa.nulls(len(x))):
        work = treadle.function(name="f", arguments={"x": "BIGINT"}, returns="BIGINT", vectorized=True)(made)
        assert len(ask("SELECT f(value) AS a FROM generate_series(1, 3)", work)) == 3


def test_a_row_that_does_not_fit_is_shown() -> None:
    def f(x: int) -> int:
        return x if x < 3 else "three"  # type: ignore[return-value]

    assert "returned `'three'`" in fails("T6122", lambda: ask("SELECT f(value) AS a FROM generate_series(1, 3)", f)).message


def test_names_collide_with_nothing() -> None:
    def abs(x: int) -> int:
        return x

    fails("T2029", lambda: ask("SELECT abs(1) AS a", abs))
    assert ask("SELECT abs(-1) AS a") == [(1,)]


def test_a_query_inside_of_a_function_is_refused() -> None:
    with treadle.connect() as connection:

        def f(x: int) -> int:
            return len(connection.query("SELECT 1 AS a").fetchall()) + x

        connection.register_function(f)
        assert "asks a query" in fails("T6125", lambda: connection.query("SELECT f(1) AS a").fetchall()).message
        assert connection.query("SELECT 1 AS a").fetchall() == [(1,)]


def test_threads_call_functions_of_one_connection() -> None:
    wrong: list[object] = []
    shared = treadle.connect()
    for number in range(4):

        def times(x: int, by: int = number) -> int:
            return x * by

        shared.register_function(times, name=f"f{number}")

    def query(number: int) -> None:
        for _ in range(5):
            rows = shared.query(f"SELECT sum(f{number}(value)) AS a FROM generate_series(1, 100)").fetchall()
            if rows != [(5050 * number,)]:
                wrong.append(rows)

    threads = [threading.Thread(target=query, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    shared.close()
    assert not wrong


def test_a_cancelled_run_leaves_its_functions(tmp_path: Any) -> None:
    (tmp_path / "code.py").write_text(
        "import treadle\n@treadle.function\ndef f(x: int) -> int:\n    treadle.cancel.cancel()\n    return x\n"
    )
    (tmp_path / "views.sql").write_text(
        "CREATE FUNCTION f(x BIGINT) RETURNS BIGINT LANGUAGE PYTHON AS 'code:f';"
        "CREATE MATERIALIZED VIEW v INTO 'out/v' AS SELECT f(value) AS a FROM generate_series(1, 100000);"
    )
    cancel = Cancel()
    treadle.cancel = cancel  # type: ignore[attr-defined]
    try:
        workspace = Workspace(tmp_path, True, Situation())
        run = workspace.run(workspace.plan(workspace.specify((), {})), None, cancel)
    finally:
        del treadle.cancel  # type: ignore[attr-defined]
    assert run.receipt.status == "cancelled" and not (tmp_path / "out" / "v" / "_delta_log").exists()
    assert sum(one.rows for one in run.receipt.stages[0].functions) <= 100_000


def test_another_function_of_a_name_takes_its_place_in_remembered_queries(tmp_path: Any) -> None:
    (tmp_path / "treadle.toml").write_text("")
    (tmp_path / "views.sql").write_text("CREATE FUNCTION g(x BIGINT) RETURNS BIGINT RETURN x; CREATE VIEW v AS SELECT g(1) AS a;")
    with treadle.open(tmp_path) as project:
        found = []
        for number in range(3):

            def f(x: int, by: int = number) -> int:
                return x + by

            project.register_function(f)
            found += project.query("SELECT f(a) AS b FROM v").fetchall()
        assert found == [(1,), (2,), (3,)]
        project.unregister_function("f")
        fails("T2012", lambda: project.query("SELECT f(a) AS b FROM v"))
        project.register_function(f, name="g")
        assert "registered from Python too" in fails("T2048", lambda: project.query("SELECT g(a) AS b FROM v")).message
