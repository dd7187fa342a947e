"""Owns typing of one expression inside a query that is being bound, by asking the engine's planner.

The probe is `WITH ctes SELECT expression FROM the same relations` over empty tables; it
costs one planning (about 0.5 ms) and is made only where `infer` can't tell.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError
from ...dialect.types import DataType
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
    query = exp.Select(expressions=[exp.alias_(node.copy(), "probe", quoted=True)])
    if sources:
        query.set("from_", exp.From(this=sources[0].copy()))
        query.set("joins", [exp.Join(this=s.copy(), kind="CROSS") for s in sources[1:]])
    if binding.ctes:
        query.set("with_", exp.With(expressions=[c.copy() for c in binding.ctes], recursive=binding.recursive))
    lower_queries(replace(binding, problems=Problems(), reads=Counter()), query)
    finish_sums(query)
    try:
        text, parameters = engine_text(query, binding.catalog.parameters, binding.catalog.values)
        schema = binding.catalog.engine_oracle.schema(text, parameters)
    except (EngineRefusal, TreadleError):
        return None
    node.meta["type"] = schema.fields[0].type
    return schema.fields[0].type
