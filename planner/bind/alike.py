"""Owns calls over rows that the engine takes for one another: it names them without their casts, and refuses two of one name.

`sum(CAST(x AS DOUBLE))` and `sum(x)` are both `sum(x)` to it. All but the first get a function around their argument that
gives it back as it is, which the engine removes again once everything is named.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect import to_sql
from .aggregates import inner_calls
from .built_in_arguments import plain_arguments, put_around
from .columns import copy_place
from .context import Binding
from .correlation import own

SAME = "coalesce"
"""The function that gives a value back as it is, of one argument."""


def tell_calls_apart(binding: Binding, select: exp.Select) -> None:
    """Give calls of one select that differ in casts alone names of their own, in place."""
    calls = [call for call in own(select) if next(inner_calls(binding, call), (None, ""))[0] is call and call.expressions]
    if len(calls) < 2:
        return
    seen: dict[str, dict[str, int]] = {}
    for call in calls:
        variants = seen.setdefault(_without_casts(call), {})
        number = variants.setdefault(to_sql(call), len(variants))
        arguments, is_distinct, order = plain_arguments(call)
        for _ in range(number):
            wrapped = exp.Anonymous(this=SAME, expressions=[arguments[0]])
            copy_place(wrapped, arguments[0])
            wrapped.meta["type"] = arguments[0].meta.get("type")
            arguments = [wrapped, *arguments[1:]]
        if number:
            call.set("expressions", put_around(arguments, is_distinct, order))


def _without_casts(call: exp.Expr) -> str:
    made = exp.Paren(this=call.copy())
    for cast in list(made.find_all(exp.Cast)):
        inner = cast.this
        cast.replace(inner)
    for bracket in list(made.this.find_all(exp.Paren)):
        bracket.replace(bracket.this)
    return to_sql(made.this)
