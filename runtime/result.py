"""Owns `Result`: the rows of a query as they come, as Arrow, pandas, polars, tuples, or on a screen.

In: batches of a running query. Out: whatever takes them. Rows stream once; `to_arrow` and its
kin keep the table, so that they can be called again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..dialect.diagnostics import TreadleError, error
from ..planner.capabilities import CapabilityUnavailable, MissingCapability
from ..planner.warnings import PlanWarning
from .cells import as_objects, to_text
from .layouts import plain_batch, plain_schema
from .receipt import Receipt

if TYPE_CHECKING:
    import pandas
    import polars

PREVIEW_ROWS = 20
ELSEWHERE = {
    **dict.fromkeys(("df", "fetchdf", "fetch_df", "toPandas"), ".to_pandas()"),
    **dict.fromkeys(("pl", "collect_polars"), ".to_polars()"),
    **dict.fromkeys(("arrow", "fetch_arrow_table", "to_arrow_table", "toArrow"), ".to_arrow()"),
    **dict.fromkeys(("fetch_record_batch", "to_batches", "execute_stream"), ".to_reader()"),
    **dict.fromkeys(("fetchone", "fetchmany", "collect", "to_pylist", "rows"), ".fetchall()"),
    **dict.fromkeys(("show", "head", "limit"), "print(result)"),
    **dict.fromkeys(("columns", "description", "dtypes"), ".schema"),
}


class Result:
    """Rows of one query.

    It speaks the Arrow C stream interface, so pyarrow, pandas, polars and duckdb take it as it is.
    Close it, or use it as a context manager, when you don't read to the end.

    >>> from treadle import connect
    >>> result = connect().query("SELECT 'a' AS name, 1.5 AS price")
    >>> pa.table(result).to_pydict()
    {'name': ['a'], 'price': [1.5]}
    >>> result.receipt.status
    'done'

    Args:
        schema: the true schema of the batches; rows are handed out in plain layouts of it.
        batches: the batches; an exception from here is the query's failure.
        receipt: returns the receipt as of now.
        close: stops the query and lets go of what it holds; may be called again.
    """

    def __init__(
        self, schema: pa.Schema, batches: Iterator[pa.RecordBatch], receipt: Callable[[], Receipt], close: Callable[[], None]
    ) -> None:
        """Take a stream that is running, or about to."""
        self.schema = plain_schema(schema)
        same = self.schema.equals(schema)
        self._batches: Iterator[pa.RecordBatch] | None = batches if same else (plain_batch(b, self.schema) for b in batches)
        self._table: pa.Table | None = None
        self._receipt, self._close = receipt, close

    @property
    def receipt(self) -> Receipt:
        """Return the receipt: of the whole query once it is read to the end, else as of now."""
        return self._receipt()

    @property
    def warnings(self) -> tuple[PlanWarning, ...]:
        """Return the typed warnings so far."""
        return self._receipt().warnings

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; once, unless the rows were kept by `to_arrow`. Raises T7025 the second time."""
        if self._table is not None:
            yield from self._table.to_batches()
            return
        if self._batches is None:
            raise error("T7025", "the rows of this result were read already", help="call `.to_arrow()` first and keep its table")
        batches, self._batches = self._batches, None
        yield from batches

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Export the rows as an Arrow C stream."""
        reader = pa.RecordBatchReader.from_batches(self.schema, _brief(iter(self)))
        return reader.__arrow_c_stream__(requested_schema)

    def to_reader(self) -> pa.RecordBatchReader:
        """Return a reader that streams the rows."""
        return pa.RecordBatchReader.from_batches(self.schema, iter(self))

    def to_arrow(self) -> pa.Table:
        """Return all rows as a table, which is kept."""
        if self._table is None:
            self._table = pa.Table.from_batches(list(self), self.schema)
        return self._table

    def to_pandas(self) -> pandas.DataFrame:
        """Return all rows as a pandas frame; raises `CapabilityUnavailable` without pandas."""
        _need("pandas")
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """Return all rows as a polars frame; raises `CapabilityUnavailable` without polars."""
        module = _need("polars")
        frame: polars.DataFrame = module.from_arrow(self.to_arrow())
        return frame

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows as tuples of Python objects."""
        table = self.to_arrow()
        if not table.num_columns:
            return [()] * table.num_rows
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def close(self) -> None:
        """Stop the query if it still runs; rows that were kept stay."""
        self._batches = None
        self._close()

    def __enter__(self) -> Result:
        """Return the result."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Raise `AttributeError`; names of DuckDB, DataFusion and polars say what to write here."""
            meant = ELSEWHERE.get(name)
            raise AttributeError(f"a result has no `{name}`" + (f"; write `{meant}`" if meant else ""), name=name, obj=self)

    def __repr__(self) -> str:
        """Return the first rows as a table."""
        from .cli.text import Column, Paint, table

        names, rows, more = self._preview()
        shown = [tuple("NULL" if cell is None else cell for cell in row) for row in rows]
        lines = table([Column(name) for name in names], shown, 100, Paint(False))
        return "\n".join([*lines, "…"] if more else lines)

    def _repr_html_(self) -> str:
        """Return the first rows as an HTML table, for notebooks."""
        from .result_page import result_page

        _, rows, more = self._preview()
        return result_page(self.schema, rows, more)

    def _preview(self) -> tuple[list[str], list[tuple[str | None, ...]], bool]:
        """Return names, the first rows as text and None, whether there are more; what was looked at can still be read."""
        names = list(self.schema.names)
        if self._table is None and self._batches is None:
            return names, [], False
        seen: list[pa.RecordBatch] = []
        batches = iter(self._table.to_batches()) if self._table is not None else self._batches
        assert batches is not None
        while sum(b.num_rows for b in seen) <= PREVIEW_ROWS and (batch := next(batches, None)) is not None:
            seen.append(batch)
        if self._table is None:
            self._batches = chain(seen, batches)
        head = pa.Table.from_batches(seen, self.schema)
        columns = [[None if o is None else to_text(o) for o in as_objects(column)] for column in head.slice(0, PREVIEW_ROWS).columns]
        return names, list(zip(*columns, strict=True)), head.num_rows > PREVIEW_ROWS


def _need(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as missing:
        raise CapabilityUnavailable(
            MissingCapability(
                capability=f"result.{name}",
                requested_by=f"Result.to_{name}",
                reason="missing_dependency",
                detail=str(missing),
                remedy=f"pip install {name}, or take `.to_arrow()`",
            )
        ) from missing


def _brief(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the batches; a failure loses its inner causes, which Arrow would print in full behind the message."""
    try:
        yield from batches
    except TreadleError as problem:
        raise problem.with_traceback(None) from None
