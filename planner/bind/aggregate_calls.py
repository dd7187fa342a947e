"""Owns what DISTINCT and ORDER BY in a call of a rewritten aggregate become inside of the rewrite."""

from __future__ import annotations

from sqlglot import exp

from .built_in_arguments import put_around
from .context import Binding


def carry_clauses(binding: Binding, call: exp.Expr, made: exp.Expr, is_distinct: bool, order: exp.Order | None) -> exp.Expr:
    """Return a bound rewrite whose one aggregate has the DISTINCT and ORDER BY of the call."""
    if not is_distinct and order is None:
        return made
    inner = [one for one in made.find_all(exp.Anonymous) if _is_aggregate(binding, one)]
    if len(inner) != 1 or any(isinstance(one, exp.Order | exp.Distinct) for one in inner[0].expressions):
        what = "DISTINCT" if is_distinct else "ORDER BY"
        binding.fail("T2036", f"`{call.name}` takes no {what}", call, help=f"leave {what} out")
        binding.doubtful = True
        return made
    inner[0].set("expressions", put_around(list(inner[0].expressions), is_distinct, order))
    return made


def _is_aggregate(binding: Binding, call: exp.Expr) -> bool:
    known = binding.catalog.built_ins.get(str(call.name).lower())
    return known is not None and known.kind == "aggregate"
