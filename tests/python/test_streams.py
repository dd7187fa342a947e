"""Rows go into and come out of pyarrow, pandas, polars and duckdb as they are; each hand-over is tried with every kind of value."""

from __future__ import annotations

import datetime as dt
import decimal
import threading
from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import treadle

PARIS = dt.timezone(dt.timedelta(hours=1))
TABLE = pa.table(
    {
        "id": pa.array([1, 2, None], pa.int64()),
        "small": pa.array([1, None, 3], pa.int16()),
        "name": ["ä", None, "c"],
        "price": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-0.01")], pa.decimal128(9, 2)),
        "share": [0.5, None, float("inf")],
        "day": pa.array([dt.date(1969, 12, 31), None, dt.date(2013, 1, 2)], pa.date32()),
        "at": pa.array([dt.datetime(2013, 1, 2, 3, 4, 5, 6), None, dt.datetime(1969, 1, 1)], pa.timestamp("us")),
        "zoned": pa.array([dt.datetime(2013, 1, 2, tzinfo=PARIS), None, dt.datetime(1999, 1, 1, tzinfo=dt.UTC)], pa.timestamp("us", "UTC")),
        "flag": [True, None, False],
        "tags": pa.array([["a", None], None, []], pa.list_(pa.string())),
        "pair": pa.array([{"x": 1, "y": "u"}, None, {"x": None, "y": "v"}], pa.struct([("x", pa.int64()), ("y", pa.string())])),
    }
)
COLUMNS = ", ".join(TABLE.column_names)

INTO: dict[str, Callable[[], object]] = {
    "pyarrow table": lambda: TABLE,
    "pyarrow batch": lambda: TABLE.to_batches()[0],
    "pyarrow reader": lambda: TABLE.to_reader(),
    "pyarrow dataset": lambda: ds.dataset(TABLE),
    "pandas": lambda: TABLE.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda: pl.from_arrow(TABLE),
    "polars lazy": lambda: pl.from_arrow(TABLE).lazy(),  # type: ignore[union-attr]
    "duckdb": lambda: duckdb.from_arrow(TABLE),
}
OUT: dict[str, Callable[[treadle.Result], Any]] = {
    "pyarrow table": lambda result: pa.table(result),
    "pyarrow reader": lambda result: pa.RecordBatchReader.from_stream(result).read_all(),
    "to_reader": lambda result: result.to_reader().read_all(),
    "pandas": lambda result: pa.Table.from_pandas(pd.DataFrame.from_arrow(result), preserve_index=False),
    "to_pandas": lambda result: pa.table(result.to_pandas().convert_dtypes(dtype_backend="pyarrow")),
    "polars": lambda result: pl.DataFrame(result).to_arrow(),
    "to_polars": lambda result: result.to_polars().to_arrow(),
    "duckdb": lambda result: duckdb.from_arrow(result).to_arrow_table(),
}


@pytest.fixture(scope="module")
def connection() -> Any:
    with treadle.connect() as made:
        yield made


def _rows(table: pa.Table) -> list[tuple[object, ...]]:
    return sorted(zip(*(column.to_pylist() for column in table.columns), strict=True), key=repr)


@pytest.mark.parametrize("kind", INTO)
def test_frames_become_sources(kind: str, connection: Any) -> None:
    connection.register("frame", INTO[kind]())
    assert _rows(connection.query(f"SELECT {COLUMNS} FROM frame").to_arrow()) == _rows(TABLE)


@pytest.mark.parametrize("kind", OUT)
def test_results_are_taken_as_they_are(kind: str, connection: Any) -> None:
    connection.register("frame", TABLE)
    columns = [
        c for c in TABLE.column_names if "pandas" not in kind or c not in {"small", "day"}
    ]  # pandas widens these to float and object
    result = connection.query(f"SELECT {', '.join(columns)} FROM frame")
    found = OUT[kind](result)
    if "pandas" in kind:  # which widens some types
        assert found.num_rows == 3 and found.column("name").to_pylist() == ["ä", None, "c"]
        assert found.column("price").to_pylist() == TABLE.column("price").to_pylist()
    else:
        assert _rows(found.cast(TABLE.schema)) == _rows(TABLE)
    assert result.receipt.status == "done"


def test_duckdb_reads_a_result_by_its_name(connection: Any) -> None:
    connection.register("frame", TABLE)
    rows = connection.query("SELECT id FROM frame WHERE id IS NOT NULL")  # noqa: F841
    assert duckdb.sql("SELECT sum(id) FROM rows").fetchall() == [(3,)]


def test_a_polars_category_and_a_pandas_category_are_texts(connection: Any) -> None:
    connection.register("a", pl.DataFrame({"c": ["x", None, "x"]}, schema={"c": pl.Categorical}))
    connection.register("b", pl.DataFrame({"c": ["x", None]}, schema={"c": pl.Enum(["x", "y"])}))
    connection.register("c", pd.DataFrame({"c": pd.Categorical(["x", None, "y"])}))
    sql = "SELECT c FROM a UNION ALL SELECT c FROM b UNION ALL SELECT c FROM c"
    assert sorted(map(str, connection.query(sql).fetchall())) == ["('x',)"] * 4 + ["('y',)"] + ["(None,)"] * 3


def test_the_index_of_pandas_is_no_column(connection: Any) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    connection.register("frame", frame[frame["a"] > 1])
    assert connection.query("FROM frame").schema.names == ["a"]


def test_streams_are_not_read_ahead_of_their_reader() -> None:
    """A reader that stops early stops the query: ten rows of a billion come at once."""
    with treadle.connect() as connection:
        result = connection.query("SELECT * FROM generate_series(1, 1000000000) AS t(n)")
        reader = pa.RecordBatchReader.from_stream(result)
        assert reader.read_next_batch().num_rows > 0
        result.close()


def test_one_project_serves_many_threads() -> None:
    """Frames are registered, queries asked and results read by eight threads at once, each with its own answer."""
    found: dict[int, object] = {}
    with treadle.connect() as connection:

        def work(number: int) -> None:
            connection.register(f"frame{number}", {"v": [number] * 1000})
            results = [connection.query(f"SELECT sum(v) + $n AS s FROM frame{number}", n=n) for n in range(3)]
            found[number] = [result.fetchall()[0][0] for result in results]

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert found == {n: [n * 1000, n * 1000 + 1, n * 1000 + 2] for n in range(8)}


@pytest.mark.parametrize(("name", "meant"), [("df", ".to_pandas()"), ("pl", ".to_polars()"), ("fetchone", ".fetchall()")])
def test_names_of_neighbours_say_what_to_write(name: str, meant: str, connection: Any) -> None:
    with pytest.raises(AttributeError, match=meant.replace("(", r"\(").replace(")", r"\)")):
        getattr(connection.query("SELECT 1 AS a"), name)
    with pytest.raises(AttributeError, match="no `nothing`$"):
        _ = connection.query("SELECT 1 AS a").nothing


def test_a_result_as_a_page_tells_types_nulls_and_markup(connection: Any) -> None:
    page = connection.query("SELECT '<b>' AS \"a<b\", CAST(NULL AS BIGINT) AS n, 'NULL' AS word")._repr_html_()
    assert "a&lt;b" in page and "&lt;b&gt;" in page and "<b>" not in page
    assert 'text-align:right;white-space:pre-wrap;vertical-align:top;max-width:40em"><span style="opacity:.5">NULL</span>' in page
    assert ">NULL</td>" in page and "BIGINT" in page and "VARCHAR" in page and "1 row<" in page
    many = connection.query("SELECT * FROM generate_series(1, 1000) AS t(n)")
    assert "first 20 rows, there are more" in many._repr_html_()
    assert len(many.fetchall()) == 1000
