"""Owns the laboratory of probes: sessions of the engine, small tables, and what their plans and runs say."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from datafusion import DataFrame
from datafusion.expr import Alias, Expr, Filter, Projection
from datafusion.plan import LogicalPlan

from ...planner.literal import quote_text
from ...planner.spec import RuntimeProfile
from ..engine.errors import refusals
from ..session import open_session

GROUPS = 8192
BYTES = 120
"""Bytes a group that a grouped aggregation may reserve, its BIGINT key among them, which takes 44.

Measured over `GROUPS` groups: states in arrays come to 52 to 108, an object a group to 132 and more."""
ROWS: Mapping[str, list[Any]] = {
    "k": ["a", "a", "b", "b", "c", None],
    "n": [1, 2, None, 5, 5, 8],
    "x": [1.5, 2.0, 4.0, None, 4.5, -1.0],
    "s": ["UA", "AA", None, "DL", "UA", "B6"],
    "b": [True, False, True, None, True, False],
    "h": [1, 2, 3, 4, 5, 6],
}
"""The table `t`: what the examples of aggregates and windows read, with nulls, and an order `h`."""
ORDERED: Mapping[str, tuple[str, pa.Array]] = {
    "h": ("BIGINT", pa.array([-5, -1, 0, 1, 2, 7], pa.int64())),
    "f": ("DOUBLE", pa.array([-2.5, -0.25, 0.5, 1.0, 1.5, 30.0])),
    "u": ("VARCHAR", pa.array(["", "-5", "A", "Zz", "a", "é"])),
    "d": ("DATE", pa.array([-400, 1, 40, 41, 80, 400], pa.date32())),
    "m": ("TIMESTAMP", pa.array([-(10**15), 10**15, 2 * 10**15, 3 * 10**15, 4 * 10**15, 5 * 10**15], pa.timestamp("ns"))),
}
"""Columns of the tables `ordered` and `unordered`, which ascend; the file of the first is declared to be ordered by each."""


class Lab:
    """Sessions and tables for probes; every question raises `EngineRefusal` where the engine refuses it."""

    def __init__(self) -> None:
        """Open a session with one partition, and one with little memory, and make the tables of the probes."""
        self.session = open_session(RuntimeProfile(name="small", threads=1))
        self._bounded = open_session(RuntimeProfile(name="small", threads=1, spill=False))
        with self._bounded.planning({}) as context, refusals("plan"):
            context.sql(f"SET datafusion.runtime.memory_limit = '{GROUPS * BYTES // 1024}K'")
        self.register("t", pa.table(ROWS))
        self.register("unordered", pa.table({name: values for name, (_, values) in ORDERED.items()}))
        self._order()
        every = {name: (values * GROUPS)[:GROUPS] for name, values in ROWS.items()}
        table = pa.table({**every, "h": range(GROUPS)})
        self._bounded.register("t", self._bounded.context.from_arrow(table))

    def _order(self) -> None:
        path = self.session.scratch("ordered") / "rows.parquet"
        pq.write_table(pa.table({name: values for name, (_, values) in ORDERED.items()}), path)
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in ORDERED.items())
        orders = " ".join(f"WITH ORDER ({name} ASC)" for name in ORDERED)
        name = self.session.qualified("ordered")
        with self.session.planning({}) as context, refusals("plan"):
            context.sql(f"CREATE EXTERNAL TABLE {name} ({columns}) STORED AS PARQUET {orders} LOCATION {quote_text(str(path))}")

    def register(self, name: str, table: pa.Table) -> None:
        """Make a table readable, in place of an older one."""
        self.session.register(name, self.session.context.from_arrow(table))

    def frame(self, sql: str) -> DataFrame:
        """Return a query's frame, not optimised."""
        return self.session.analyse(sql, {})

    def logical(self, sql: str) -> LogicalPlan:
        """Return the optimised plan of a query."""
        with refusals("plan"):
            return self.frame(sql).optimized_logical_plan()

    def text(self, sql: str) -> str:
        """Return the optimised plan of a query as text."""
        return self.logical(sql).display_indent()

    def physical(self, sql: str) -> str:
        """Return the physical plan of a query as text."""
        with refusals("plan"):
            return self.frame(sql).execution_plan().display_indent()

    def is_literal(self, sql: str) -> bool:
        """Say whether the only column of a query is a literal in its optimised plan."""
        plan = self.logical(sql).to_variant()
        if not isinstance(plan, Projection):
            return False
        column = plan.projections()[0].to_variant()
        return isinstance(column, Alias) and Expr(column.expr()).variant_name() == "Literal"

    def compared(self, sql: str) -> Expr | None:
        """Return the left side of the comparison that a query's filter is in its optimised plan."""
        waiting = [self.logical(sql)]
        while waiting:
            plan = waiting.pop()
            node = plan.to_variant()
            if isinstance(node, Filter):
                condition = Expr(node.predicate())
                return Expr(condition.rex_call_operands()[0]) if condition.variant_name() == "BinaryExpr" else None
            waiting += plan.inputs()
        return None

    def run(self, sql: str) -> pa.Table:
        """Return a query's rows."""
        with refusals("execute"):
            frame = self.session.optimise(self.frame(sql))
            return pa.Table.from_batches(frame.collect(), schema=frame.schema())

    def column(self, sql: str) -> list[Any]:
        """Return the values of a query's last column as texts, which compare with NaN among them."""
        return [str(value) for value in self.run(sql).column(-1).to_pylist()]

    def group(self, call: str) -> None:
        """Group many rows, one a group, in little memory; raises `EngineRefusal` where that does not do."""
        self.collect_bounded(f"SELECT h, {call} AS v FROM t GROUP BY h")

    def collect_bounded(self, sql: str) -> None:
        """Run a query in little memory."""
        with refusals("execute"):
            self._bounded.analyse(sql, {}).collect()

    def __enter__(self) -> Self:
        """Return the laboratory."""
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Close the sessions."""
        self.session.close()
        self._bounded.close()
