"""Owns the rule `semantic_integrity`: a bound tree says everything in full before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ...dialect.diagnostics import Diagnostic
from ...dialect.nodes import Param
from ..trees import output_names
from ..views import WAY_OUT, PlannedView
from .base import AnalyseRule, Context, finding

CODE = "T3012"


def check(view: PlannedView, context: Context) -> tuple[Diagnostic, ...]:
    """Return what a bound tree leaves open: bare columns, unaliased tables, stars, doubled names, wrong facts."""
    return tuple(
        finding(view, node, CODE, f"in `{view.name}` {message}", WAY_OUT, "error")
        for node, message in (*_nodes(view), *_whole(view, context))
    )


def _nodes(view: PlannedView) -> Iterator[tuple[exp.Expr, str]]:
    for node in view.nodes:
        if isinstance(node, exp.Column) and not node.table and not _may_be_bare(node):
            yield node, f"the column `{node.name}` does not say whose it is"
        elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Func | exp.Anonymous):
            yield node, "a star is left"
        elif isinstance(node, exp.Subquery) and _is_derived(node) and not node.alias:
            yield node, "a derived table has no alias"
        elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and not node.alias:
            yield node, f"the table `{node.name}` has no alias"


def _is_derived(node: exp.Subquery) -> bool:
    """Say whether a query stands in brackets in FROM; brackets round joins need no name."""
    return isinstance(node.parent, exp.From | exp.Join) and isinstance(node.this, exp.Query | exp.Values)


def _may_be_bare(column: exp.Column) -> bool:
    """Say whether a column needs no table: a lambda's parameter, an output name that a set operation sorts by."""
    at: exp.Expr | None = column
    while at is not None:
        if isinstance(at, exp.Lambda):
            return True
        if isinstance(at, exp.Order) and isinstance(at.parent, exp.SetOperation | exp.Subquery | exp.Values):
            return True
        at = at.parent
    return False


def _whole(view: PlannedView, context: Context) -> Iterator[tuple[exp.Expr, str]]:
    names = output_names(view.tree)
    lowered = [name.lower() for name in names]
    for at, name in enumerate(names):
        if lowered.index(lowered[at]) != at:
            yield view.tree, f"the output name `{name}` is used twice"
    if names and view.spec.columns and names != tuple(column[0] for column in view.spec.columns):
        yield view.tree, f"the columns are {_list(names)}, the specification has {_list(c[0] for c in view.spec.columns)}"
    reads = view.reads()
    if tuple(sorted(reads)) != view.spec.depends_on or tuple(reads[name] for name in view.spec.depends_on) != view.spec.reads:
        yield view.tree, f"the views read are {_list(reads)}, the specification has {_list(view.spec.depends_on)}"
    # A view lists more than its text shows: parameters of the sources it calls, and of REPLACE WHERE.
    unsaid = {str(node.this.this) for node in view.find_all(Param)} - {*view.spec.parameters}
    if unsaid:
        yield view.tree, f"the parameters {_list(sorted(unsaid))} are used, which the specification does not list for it"
    for name in view.spec.functions:
        if name not in context.functions:
            yield view.tree, f"the function `{name}` is used, which the specification does not define"


def _list(names: object) -> str:
    found = [f"`{name}`" for name in names]  # type: ignore[attr-defined]
    return ", ".join(found) if found else "none"


RULE = AnalyseRule("semantic_integrity", "every column, table and output name of a bound view is there and unambiguous", check)
