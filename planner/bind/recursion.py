"""Owns recursive common table expressions; a recursive term of another type is refused.

The engine cuts such a term back to the first term's type and may never end (FACTS 00).
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError
from ..ports import EngineRefusal
from .context import Binding, refusal_text
from .engine_text import engine_text
from .query import bind_query, cte_name, rename_columns
from .scope import Column

Columns = tuple[Column, ...] | None

TERMS = "write WITH RECURSIVE t AS (first UNION ALL recursive)"


def is_recursive(cte: exp.CTE) -> bool:
    """Say whether a common table expression reads itself."""
    name = str(cte.args["alias"].this.this).lower()
    return any(str(t.name).lower() == name and not t.args.get("db") for t in cte.this.find_all(exp.Table))


def bind_recursive(binding: Binding, cte: exp.CTE, frame: dict[str, Columns]) -> Columns:
    """Bind the first term, then the recursive term against its columns, and compare their types."""
    body = cte.this
    name = str(cte.args["alias"].this.this)
    if not isinstance(body, exp.Union):
        binding.fail("T2018", f"`{name}` reads itself, but is no UNION of a first and a recursive term", cte, help=TERMS)
        return None
    first, columns = bind_query(binding, body.this, None)
    body.set("this", first)
    columns = rename_columns(binding, columns, cte.args["alias"])
    columns = _typed(binding, first, columns)
    frame[name] = columns
    second, others = bind_query(binding, body.expression, None)
    body.set("expression", second)
    if columns is not None and others is not None and len(columns) != len(others):
        binding.fail("T2014", f"the recursive term has {len(others)} columns, the first has {len(columns)}", second)
    elif columns is not None:
        _compare(binding, name, columns, second)
    return columns


def _typed(binding: Binding, query: exp.Expr, columns: Columns) -> Columns:
    types = _types(binding, query)
    if columns is None or types is None:
        return columns
    return tuple(Column(c.name, t.type) for c, t in zip(columns, types, strict=True))


def _types(binding: Binding, query: exp.Expr):  # type: ignore[no-untyped-def]
    from .functions import finish_sums
    from .lowering import lower_queries

    if binding.doubtful or binding.problems.errors:
        return None
    whole = query.copy()
    if binding.ctes and not whole.args.get("with_"):
        whole.set("with_", exp.With(expressions=[c.copy() for c in binding.ctes], recursive=binding.recursive))
    lower_queries(replace(binding, problems=Problems()), whole)
    finish_sums(whole)
    try:
        text, values = engine_text(whole, binding.catalog.parameters, binding.catalog.values, binding.source)
        return binding.catalog.engine_oracle.schema(text, values).fields
    except EngineRefusal as refusal:
        binding.fail("T2034", "the engine can't plan this term", query, cause=refusal_text(refusal))
    except TreadleError as problem:
        binding.problems.catch(problem)
    return None


def _compare(binding: Binding, name: str, columns: tuple[Column, ...], term: exp.Expr) -> None:
    from ...dialect.types import Field, Schema

    if any(c.type is None for c in columns):
        return
    schema = Schema(tuple(Field(c.name, c.type) for c in columns if c.type is not None))
    binding.catalog.engine_oracle.declare(cte_name(binding, name), schema)
    types = _types(binding, term)
    for column, found in zip(columns, types or (), strict=False):
        if found.type != column.type:
            binding.fail(
                "T2019",
                f"the recursive term gives `{column.name}` as {found.type}, the first term as {column.type}",
                term,
                help=f"CAST the first term's column to {found.type}, or the recursive term's to {column.type}",
            )
            return
