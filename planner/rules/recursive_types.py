"""Owns the rule `recursive_types`: a recursive query keeps one type, or the engine would cut its rows and never end."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ...dialect.diagnostics import Diagnostic
from ...dialect.types import Schema
from ..lower import types_of
from ..ports import EngineRefusal
from ..trees import walk_tables
from ..views import PlannedView
from .base import AnalyseRule, Context, finding

CODE = "T3021"


def check(view: PlannedView, context: Context) -> tuple[Diagnostic, ...]:
    """Return an error for every recursive common table expression whose second term has other types than its first."""
    found: list[Diagnostic] = []
    for with_, at in _recursive(view):
        found.extend(_compare(view, context, with_, at))
    return tuple(found)


def _recursive(view: PlannedView) -> Iterator[tuple[exp.With, int]]:
    """Yield each recursive WITH with the index of an expression in it that reads itself."""
    for with_ in view.find_all(exp.With):
        for at, cte in enumerate(with_.expressions if with_.args.get("recursive") else ()):
            if isinstance(cte.this, exp.Union) and any(meant is cte for _, meant in _tables(with_, cte)):
                yield with_, at


def _tables(with_: exp.With, cte: exp.CTE) -> Iterator[tuple[exp.Table, exp.CTE | None]]:
    parent = with_.parent
    for table, meant in walk_tables(parent if parent is not None else cte):
        if table.find_ancestor(exp.CTE) is not None and _inside(table, cte):
            yield table, meant


def _inside(node: exp.Expr, cte: exp.CTE) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not cte:
        at = at.parent
    return at is cte


def _compare(view: PlannedView, context: Context, with_: exp.With, at: int) -> Iterator[Diagnostic]:
    cte = with_.expressions[at]
    before = with_.expressions[:at]
    try:
        first = types_of(view, context, before, cte.this.this, {})
        second = types_of(view, context, before, cte.this.expression, {cte.alias: _renamed(first, cte)})
    except EngineRefusal:
        return  # the engine says what is wrong when the stage is planned
    for one, other in zip(first, second, strict=False):
        if one.type != other.type and other.type.name != "NULL":
            message = f"the recursive query `{cte.alias}` starts with `{one.name}` as {one.type} and goes on with {other.type}"
            yield finding(view, cte.this, CODE, message, f"cast both to one type, such as CAST(… AS {other.type})", "error")


def _renamed(schema: Schema, cte: exp.CTE) -> Schema:
    from dataclasses import replace

    names = [str(one.this) for one in cte.args["alias"].args.get("columns") or ()]
    return Schema(tuple(replace(f, name=names[at] if at < len(names) else f.name) for at, f in enumerate(schema)))


RULE = AnalyseRule("recursive_types", "a recursive query that changes a type is refused", check)
