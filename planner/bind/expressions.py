"""Owns binding of expressions: names, calls, parameters, the clock, subqueries, struct fields.

Each node class with something to bind is one row of `HANDLERS`; all others bind their children.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from ...dialect.nodes import Clock, Param
from ...dialect.types import DATE, TIME, DataType
from ...dialect.types_sql import type_node
from .aggregates import bind_around
from .columns import bind_column, bind_field, copy_place
from .comparisons import check_operands
from .context import Binding
from .functions import bind_call
from .infer import infer
from .lambdas import bind_lambda_call, takes_lambda
from .nested_operators import SPELT, containment, extraction
from .operators import at_time_zone, between, integer_division, interval, negation, power, product, subscript, sum_of_times
from .patterns import escape, similar_to
from .quantifiers import COMPARISONS, comparison, comparison_of
from .rows import compare_rows
from .scope import Scope
from .spellings import spelt_here

CLOCK_CALLS = {
    "now": "TIMESTAMP", "current_timestamp": "TIMESTAMP", "current_date": "DATE", "today": "DATE", "current_time": "TIME",
    "localtimestamp": "TIMESTAMP", "transaction_timestamp": "TIMESTAMP", "getdate": "TIMESTAMP",
}  # fmt: skip


def bind_expression(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return the bound form of an expression, which may be the same node changed in place."""
    handler = HANDLERS.get(type(node))
    if handler is not None:
        return handler(binding, node, scope)
    bind_children(binding, node, scope)
    check_operands(binding, node)
    return compare_rows(binding, node)


def bind_children(binding: Binding, node: exp.Expr, scope: Scope, skip: tuple[str, ...] = ()) -> None:
    """Bind every child of a node in place."""
    for key, value in list(node.args.items()):
        if key in skip:
            continue
        if isinstance(value, list):
            node.set(key, [bind_expression(binding, v, scope) if isinstance(v, exp.Expr) else v for v in value])
        elif isinstance(value, exp.Expr):
            bound = bind_expression(binding, value, scope)
            if bound is not value:
                node.set(key, bound)


def _column(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    assert isinstance(node, exp.Column)
    if isinstance(node.this, exp.Star):
        binding.fail("T2006", "`*` with a relation can only stand in the select list", node, help="name the columns")
        return node
    bound = bind_column(binding, node, scope)
    if bound is node and not node.table and node.name.lower() in CLOCK_CALLS and not node.this.args.get("quoted"):
        return node
    return bound


def _dot(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    whole = bind_expression(binding, node.this, scope)
    part = node.expression
    if isinstance(part, exp.Identifier):
        return bind_field(binding, whole, part, scope)
    bind_children(binding, node, scope)
    return node


def _in(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind IN; a list parameter in it, with or without brackets, becomes `= ANY(list)`."""
    bind_children(binding, node, scope)
    listed = node.args.get("field") or (node.expressions[0] if len(node.expressions) == 1 else None)
    type_ = infer(listed)
    if listed is None or type_ is None or type_.name != "LIST" or _is_list(infer(node.this)):
        check_operands(binding, node)
        return compare_rows(binding, node)
    made = exp.EQ(this=node.this, expression=exp.Any(this=exp.Paren(this=listed)))
    copy_place(made, node)
    made.parent, made.arg_key = node.parent, node.arg_key
    return comparison_of(binding, made, scope)


def _is_list(type_: DataType | None) -> bool:
    return type_ is not None and type_.name == "LIST"


def _param(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    name = node.this
    if binding.arguments is not None:
        message = f"the parameter `{name.this}` can't be read inside the function `{binding.arguments.function}`"
        binding.fail("T2070", message, node, help=f"make it an argument, and pass it in each call: {name.this} => PARAM {name.this}")
        return node
    declared = binding.catalog.parameters.get(str(name.this).lower())
    if str(name.this).lower() in binding.catalog.failed_parameters:
        binding.doubtful = True
        return node
    if declared is None or (name.args.get("quoted") and declared.name != name.this):
        names = [p.name for p in binding.catalog.parameters.values()]
        help_ = did_you_mean(str(name.this), names) or f"declare it: PARAM {name.this} TYPE DEFAULT …"
        binding.fail("T2010", f"there is no parameter `{name.this}`", node, help=help_)
        binding.doubtful = True
        return node
    binding.parameters.add(declared.name)
    made = Param(this=exp.to_identifier(declared.name, quoted=True))
    copy_place(made, node)
    made.meta["type"] = declared.type
    return made


def clock(node: exp.Expr, kind: str) -> exp.Expr:
    """Return the run's clock in place of `now()` and its kin, as `TIMESTAMP`, `DATE` or `TIME`."""
    made: exp.Expr = Clock(this="now")
    copy_place(made, node)
    if kind != "TIMESTAMP":
        made = exp.Cast(this=made, to=type_node(DATE if kind == "DATE" else TIME))
        made.meta["type"] = DATE if kind == "DATE" else TIME
        copy_place(made, node)
    return made


def _clock(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    kinds: dict[type[exp.Expr], str] = {exp.CurrentDate: "DATE", exp.CurrentTime: "TIME"}
    return clock(node, kinds.get(type(node), "TIMESTAMP"))


def _call(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    name = str(node.name).lower()
    if name in CLOCK_CALLS and not node.expressions and name not in binding.catalog.macros:
        return clock(node, CLOCK_CALLS[name])
    if takes_lambda(node) and name not in binding.catalog.macros:
        return bind_lambda_call(binding, node, scope)
    if (meant := spelt_here(binding, node)) is not None:
        return bind_expression(binding, meant, scope)
    bind_children(binding, node, scope)
    return bind_call(binding, node, scope)


def _kwarg(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    node.set("expression", bind_expression(binding, node.expression, scope))
    return node


def _lambda(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    if (meant := node.meta.get("otherwise")) is not None and _is_column(binding, node.expressions[0], scope):
        return bind_expression(binding, meant, scope)
    call = node.parent.name if isinstance(node.parent, exp.Anonymous) else "this"
    help_ = "lambdas go into list_transform, list_filter, list_any_match, list_all_match and list_none_match"
    binding.fail("T2026", f"`{call}` takes no lambda", node, help=help_)
    binding.doubtful = True
    return node


def _is_column(binding: Binding, name: exp.Expr, scope: Scope) -> bool:
    """Say whether what stands before an arrow is a name that is known here, so that a call without lambdas asks it for a part."""
    arguments = binding.arguments.names if binding.arguments is not None else []
    around = [one for at in scope.chain() for one in (*at.variables, *at.aliases, *at.merged)]
    return scope.unknown or str(name.name).lower() in {one.lower() for one in (*scope.visible(), *arguments, *around)}


def _query(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    from .query import bind_query

    bound, _ = bind_query(binding, node, scope)
    return bound


def _subquery(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    from .query import bind_query

    bound, _ = bind_query(binding, node.this, scope)
    node.set("this", bound)
    return node


def _leaf(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    return node


Handler = Callable[[Binding, exp.Expr, Scope], exp.Expr]
HANDLERS: dict[type[exp.Expr], Handler] = {
    exp.Column: _column,
    exp.Dot: _dot,
    Param: _param,
    exp.In: _in,
    exp.Anonymous: _call,
    exp.Kwarg: _kwarg,
    exp.Lambda: _lambda,
    exp.Select: _query,
    exp.Union: _query,
    exp.Except: _query,
    exp.Intersect: _query,
    exp.Values: _query,
    exp.Subquery: _subquery,
    exp.CurrentDate: _clock,
    exp.CurrentTime: _clock,
    exp.CurrentTimestamp: _clock,
    exp.Literal: _leaf,
    exp.DataType: _leaf,
    exp.Identifier: _leaf,
    exp.Var: _leaf,
    exp.Star: _leaf,
    exp.Interval: interval,
    **dict.fromkeys((exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.Window, exp.WithinGroup), bind_around),
    **dict.fromkeys(COMPARISONS, comparison),
    exp.Neg: negation,
    exp.Add: sum_of_times,
    exp.AtTimeZone: at_time_zone,
    exp.Between: between,
    exp.Bracket: subscript,
    exp.Escape: escape,
    exp.IntDiv: integer_division,
    exp.Mul: product,
    exp.Pow: power,
    exp.SimilarTo: similar_to,
    exp.Sub: sum_of_times,
    **dict.fromkeys(SPELT, extraction),
    exp.ArrayContainsAll: containment,
    exp.ArrayContainedBy: containment,
}
