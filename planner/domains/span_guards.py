"""Owns leaving out of a condition that spans are not empty, where it says in other words that they can't be.

Two spans `[s, s + k)` and `[t, t + m)` of whole numbers overlap when `s < t + m AND t < s + k` and neither is empty. With k and m
written out and above 0 the first two imply the rest, also where an end wraps round: were `s + k` beyond the greatest number, it
would be among the k least ones, t below it, and `t + m` far below s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.walk import find_all
from ..integer_bounds import WIDTHS
from .column_types import ColumnTypes
from .span_values import split_sum
from .temporal_conditions import bare
from .temporal_ranges import filters

FARTHEST = 2**32
"""Constants up to which the proof holds with a wide margin: four of them don't add up to the width of a BIGINT."""

Less = tuple[str, int, str, int]
"""A test `a + 1 < b + 2`, as `("a", 1, "b", 2)`."""


def drop_implied(tree: exp.Expr, types: ColumnTypes) -> None:
    """Leave such tests out of the conditions of a tree whose null is as good as false, in place."""
    for top in find_all(tree, exp.And):
        if isinstance(_around(top), exp.And) or not _tests(top):
            continue
        parts = list(_conjuncts(top))
        known = [_less(part, types) for part in parts]
        implied = set(_implied([one for one in known if one is not None]))
        kept = [part for part, one in zip(parts, known, strict=True) if one not in implied]
        if len(kept) < len(parts):
            top.replace(_all(kept))


def _around(node: exp.Expr) -> exp.Expr | None:
    at = node.parent
    while isinstance(at, exp.Paren):
        at = at.parent
    return at


def _tests(node: exp.Expr) -> bool:
    """Say whether null is as good as false: in a condition of rows, or in that of a CASE."""
    at = node
    while isinstance(at.parent, exp.And | exp.Or | exp.Paren):
        at = at.parent
    case = at.parent.parent if isinstance(at.parent, exp.If) and at.arg_key == "this" else None
    return filters(node) or isinstance(case, exp.Case) and case.this is None


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    inner = bare(node)
    if isinstance(inner, exp.And):
        yield from _conjuncts(inner.this)
        yield from _conjuncts(inner.expression)
    else:
        yield node


def _less(part: exp.Expr, types: ColumnTypes) -> Less | None:
    """Return what a test compares, where both sides are columns of signed whole numbers and constants."""
    part = bare(part)
    if not isinstance(part, exp.LT | exp.GT):
        return None
    sides = (part.this, part.expression) if isinstance(part, exp.LT) else (part.expression, part.this)
    (low, less), (high, more) = (split_sum(side) for side in sides)
    if not all(isinstance(one, exp.Column) and abs(number) < FARTHEST for one, number in ((low, less), (high, more))):
        return None
    assert low is not None and high is not None
    kinds = [types.of(one) for one in (low, high)]
    return (to_sql(low), less, to_sql(high), more) if all(kind is not None and kind.sql() in WIDTHS for kind in kinds) else None


def _implied(known: Sequence[Less]) -> Iterator[Less]:
    """Yield the tests that two spans are not empty, where others say that they overlap."""
    there = set(known)
    spans = [one for one in known if one[0] == one[2] and one[1] < one[3]]
    for one in spans:
        for other in spans:
            if one != other and {(one[0], one[1], other[0], other[3]), (other[0], other[1], one[0], one[3])} <= there:
                yield one


def _all(parts: Sequence[exp.Expr]) -> exp.Expr:
    made = clone(parts[0])
    for part in parts[1:]:
        made = exp.And(this=made, expression=clone(part))
    return made
