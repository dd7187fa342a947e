"""Owns typing of one expression inside a query that is being bound, by asking the engine's planner.

The probe is `WITH ctes SELECT expression FROM the same relations` over empty tables; it
costs one planning (about 0.5 ms) and is made only where `infer` can't tell.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError
from ...dialect.types import DataType
from ...dialect.types_sql import type_node
from ..ports import EngineRefusal
from .context import Binding
from .engine_text import engine_text
from .scope import Scope


def probe_type(binding: Binding, node: exp.Expr, scope: Scope) -> DataType | None:
    """Return an expression's type in a scope, or None when the engine can't say it alone."""
    from .functions import finish_sums
    from .lowering import lower_queries

    if binding.doubtful or binding.problems.errors or scope.unknown:
        return None
    sources = [s for at in reversed(list(scope.chain())) for s in at.sources]
    query = exp.Select(expressions=[exp.alias_(_without_variables(node), "probe", quoted=True)])
    if sources:
        query.set("from_", exp.From(this=sources[0].copy()))
        query.set("joins", [exp.Join(this=s.copy(), kind="CROSS") for s in sources[1:]])
    if binding.ctes:
        query.set("with_", exp.With(expressions=[c.copy() for c in binding.ctes], recursive=binding.recursive))
    lower_queries(replace(binding, problems=Problems()), query)
    finish_sums(query)
    try:
        text, parameters = engine_text(query, binding.catalog.parameters, binding.catalog.values)
        schema = binding.catalog.engine_oracle.schema(text, parameters)
    except (EngineRefusal, TreadleError):
        return None
    node.meta["type"] = schema.fields[0].type
    return schema.fields[0].type


def _without_variables(node: exp.Expr) -> exp.Expr:
    """Return a copy of a piece of a lambda's body that can be typed alone: typed nulls stand for the parameters."""
    made = exp.Paren(this=node.copy())
    for column in list(made.find_all(exp.Column)):
        kind = column.meta.get("type")
        if not column.table and isinstance(kind, DataType) and not _of_lambda(column):
            column.replace(exp.Cast(this=exp.Null(), to=type_node(kind)))
    return made.this  # type: ignore[no-any-return]


def _of_lambda(column: exp.Column) -> bool:
    at = column.parent
    while at is not None:
        if isinstance(at, exp.Lambda) and any(one.name == column.name for one in at.expressions):
            return True
        at = at.parent
    return False
