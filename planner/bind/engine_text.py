"""Owns engine SQL for typing: a bound tree with parameters as placeholders, values or typed nulls.

Used by the binder only; stages are written by `planner/lower.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlglot import exp

from ...dialect import to_engine_sql
from ...dialect.nodes import Param
from ...dialect.types import timestamp
from ..literal import literal_sql
from ..project import Parameter
from ..values import Value

ANY_INSTANT = Value(timestamp(zone="UTC"), datetime(2000, 1, 1, tzinfo=UTC))


def engine_text(tree: exp.Expr, declared: Mapping[str, Parameter], values: Mapping[str, Value]) -> tuple[str, dict[str, Value]]:
    """Return engine SQL and the values to bind; a parameter without a value stands as a typed null."""
    names = sorted({str(p.name) for p in tree.find_all(Param)})
    by_name = {p.name: p for p in declared.values()}
    written: dict[str, str] = {}
    bound: dict[str, Value] = {"as_of": ANY_INSTANT}
    for at, name in enumerate(names, start=1):
        value = values.get(name) or Value(by_name[name].type, None)
        if value.value is None and value.type.fields:
            written[name] = literal_sql(value)
        else:
            written[name] = f"$p{at}"
            bound[f"p{at}"] = value
    return to_engine_sql(tree, written, "$as_of"), bound
