"""Owns running a plan: `execute` drives every partition at once into one bounded stream.

In: engine SQL over the relations of a session. Out: an `Execution`, whose batches come as
they are made, which stops within a second, and which tells its operators' metrics afterwards.

All partitions are pulled together (`pulling.py`): one that nobody pulls hangs the others. The work itself happens in
the engine's threads.
A cancelled stream is dropped at once; what the engine has under way ends at its next pause,
which in a nested loop join can be late.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType

import pyarrow as pa
from datafusion import DataFrame, ExecutionPlan

from ...dialect.diagnostics import Bug
from ...dialect.types import Schema
from ...planner.ports import EngineRefusal
from ...planner.values import Value
from ..cancel import Cancel, Cancelled
from ..receipt import OperatorMetrics
from ..session import Session, holds_lambda
from .arrow_types import arrow_schema, same_columns
from .arrow_types import schema as schema_of
from .asof_functions import KeptIndexes, know_indexes
from .errors import refusals
from .metrics import operators
from .nested_keys import WITHOUT_JOIN_FILTERS, joins_on_nested
from .pulling import Batch, End, Pulling
from .rows import conform
from .top_keys import SORTED_AT_ONCE, cuts_keys, may_cut_keys
from .user_functions import Switch

ONLY_THE_FIRST: Mapping[str, str] = {"datafusion.execution.parquet.pushdown_filters": "true"}
"""Settings with which the engine skips rows inside of files that can't be among the first ones any more."""
POLL_SECONDS = 0.05


class Execution:
    """A running query: iterate over it once, or take its `reader`.

    Leaving the iteration early cancels it. It holds its session's engine and files, which so
    live as long as it does, even when the session is closed; `close` or the end of the
    iteration lets go of them.
    """

    def __init__(
        self, session: Session, plan: ExecutionPlan, columns: pa.Schema, cancel: Cancel | None, indexes: KeptIndexes | None = None
    ) -> None:
        """Prepare to run; nothing runs before the first batch is asked for."""
        self._session = session
        self._context = session.context
        self._let_go = session.hold(self)
        self._forget = indexes.hold(self) if indexes is not None else _nothing
        self._plan = plan
        self._schema = columns
        self._cancel = cancel or Cancel()
        self._stop = threading.Event()
        self._queue: queue.SimpleQueue[Batch | End] = queue.SimpleQueue()
        self._pulling: Pulling | None = None
        self._rows = 0
        self._failure: BaseException | None = None

    @property
    def schema(self) -> pa.Schema:
        """Return the schema of every batch."""
        return self._schema

    @property
    def rows(self) -> int:
        """Return how many rows were handed out so far."""
        return self._rows

    @property
    def failure(self) -> BaseException | None:
        """Return what ended the iteration other than its end: a refusal, or `Cancelled`; for those who read through C."""
        return self._failure

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, in order where the query orders, else as they come.

        Raises:
            EngineRefusal: a partition failed.
            Cancelled: the run's token was set, or `cancel` called; never mistaken for the end.
            Bug: a second iteration, since a plan runs once.
        """
        if self._pulling is not None:
            raise Bug("an execution can be read once")
        self._pulling = Pulling(self._context, self._plan, self._queue)
        try:
            self._pulling.start()
            yield from self._batches()
        except (EngineRefusal, Cancelled, KeyboardInterrupt) as raised:
            self._failure = raised
            raise
        finally:
            self.close()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while True:
            item = self._next()
            if isinstance(item, End):
                if item.error is not None:
                    raise item.error
                return
            item.taken()
            with refusals("execute"):
                batch = conform(item.to_pyarrow(), self._schema)
            self._rows += batch.num_rows
            yield batch

    def _next(self) -> Batch | End:
        while True:
            if self._stop.is_set() or self._cancel.requested:
                raise Cancelled("the execution was cancelled")
            try:
                return self._queue.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue

    def reader(self) -> pa.RecordBatchReader:
        """Return the batches as a reader, safe to hand to writers and to the Arrow C stream interface."""
        return pa.RecordBatchReader.from_batches(self._schema, iter(self))

    def table(self) -> pa.Table:
        """Return all batches as one table; errors as for the iteration."""
        return pa.Table.from_batches(list(self), self._schema)

    def cancel(self) -> None:
        """Ask it to stop; safe from any thread, repeats do nothing. The consumer gets `Cancelled`."""
        self._stop.set()
        if self._pulling is not None:
            self._pulling.stop()

    def close(self) -> None:
        """Stop what still runs; repeats do nothing."""
        if self._pulling is not None:
            self._pulling.stop()
        self._let_go()
        self._forget()

    def operators(self) -> tuple[OperatorMetrics, ...]:
        """Return the physical plan's operators from the root down, with what they measured so far."""
        return operators(self._plan)

    def __enter__(self) -> Execution:
        """Return the execution."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


@dataclass(frozen=True, slots=True)
class Planned:
    """A query that is planned up to its physical plan; it can be run any number of times.

    Args:
        frame: the engine's logical plan, with the settings that it is to run with.
        columns: the schema of every batch.
        indexes: of its ASOF joins, while it runs.
    """

    frame: DataFrame
    columns: pa.Schema
    indexes: KeptIndexes | None = None

    def start(self, session: Session, cancel: Cancel | None = None, switch: Switch | None = None) -> Execution:
        """Return an execution, not yet started; raises `EngineRefusal` when the engine has no physical plan for it."""
        with refusals("plan"):
            plan = self.frame.execution_plan() if switch is None else switch.plan(self.frame)
        return Execution(session, plan, self.columns, cancel, self.indexes)


def _nothing() -> None:
    """Do nothing."""


def execute(
    session: Session,
    sql: str,
    parameters: Mapping[str, Value],
    *,
    cancel: Cancel | None = None,
    schema: Schema | None = None,
    switch: Switch | None = None,
) -> Execution:
    """Plan a query over the session's relations and return its execution, not yet started.

    Args:
        session: where its relations are registered.
        sql: engine SQL, one query.
        parameters: values by placeholder name without `$`.
        cancel: the run's token; once set the consumer gets `Cancelled`.
        schema: the schema that planning promised; batches get exactly its types and nullability.
        switch: of the users' functions that the session was taught, which are off until the plan is made.

    Raises:
        EngineRefusal: the engine would not plan it.
        Bug: the plan's types are not those of `schema`.
    """
    return prepare(session, sql, parameters, schema).start(session, cancel, switch)


def prepare(session: Session, sql: str, parameters: Mapping[str, Value], schema: Schema | None = None) -> Planned:
    """Plan a query over the session's relations; they may be dropped afterwards. Arguments and errors as for `execute`."""
    indexes = know_indexes(session, sql)
    analysed = session.analyse(sql, parameters)
    frame = session.optimise(analysed)
    options = _options(session, sql, parameters, frame)
    if options:
        analysed = session.analyse(sql, parameters, options=options)
        frame = session.optimise(analysed, options=options)
    # The engine optimises what it runs, and fails to do so twice with a lambda in a scan's filters.
    return Planned(analysed if holds_lambda(sql) else frame, _promised(frame.schema(), schema), indexes)


def _options(session: Session, sql: str, parameters: Mapping[str, Value], frame: DataFrame) -> Mapping[str, str]:
    """Return the settings that a query needs besides the session's: without some of them the engine loses rows."""
    options: dict[str, str] = {}
    plan = frame.logical_plan()
    text = plan.display_indent()
    if _is_top(text):
        options |= ONLY_THE_FIRST
    if joins_on_nested(session, sql, parameters, plan):
        options |= WITHOUT_JOIN_FILTERS
    # Functions of the users' own are off until their plan is made, so no other is made before.
    if may_cut_keys(text) and (session.teaches or cuts_keys(frame)):
        options |= SORTED_AT_ONCE
    return options


def _is_top(plan: str) -> bool:
    """Say whether a plan, as text, takes the first rows of an order and filters nothing: few rows get past the ones seen so far."""
    lines = [line.lstrip() for line in plan.splitlines()]
    tops = any(line.startswith("Sort: ") and "fetch=" in line for line in lines)
    return tops and not any("filters=[" in line or line.startswith("Filter: ") or "Join" in line for line in lines)


def _promised(found: pa.Schema, promised: Schema | None) -> pa.Schema:
    """Return the schema for the batches: the plan's own layouts with the promised nullability."""
    if promised is None:
        return found
    actual = schema_of(found)
    if not same_columns(actual, promised):
        raise Bug(f"planning promised {promised.as_json()}, the engine came to {actual.as_json()}")
    return arrow_schema(promised, views=True)
