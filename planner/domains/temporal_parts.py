"""Owns finding a year, a month and a day of one column that are asked for together: one range of that column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.walk import find_all
from ..trees import conjuncts
from .temporal_conditions import bare, is_plain, read_part
from .times import FIRST_YEAR, LAST_YEAR

Found = tuple[exp.Expr, tuple[dt.datetime, dt.datetime], list[exp.Expr]]


def merge_parts(tree: exp.Expr) -> Iterator[Found]:
    """Yield a column, the range that equalities of its parts leave, and those conditions, from the year on."""
    for top in find_all(tree, exp.And):
        if not isinstance(_outside(top), exp.And):
            yield from _found(top)


def _outside(node: exp.Expr) -> exp.Expr | None:
    at = node.parent
    while isinstance(at, exp.Paren):
        at = at.parent
    return at


def _found(top: exp.Expr) -> Iterator[Found]:
    parts: dict[str, dict[str, tuple[int, exp.Expr, exp.Expr]]] = {}
    for condition in conjuncts(top):
        read = _equality(condition)
        if read is not None:
            unit, column, value = read
            parts.setdefault(to_sql(column), {}).setdefault(unit, (value, condition, column))
    for known in parts.values():
        if "year" not in known or "month" not in known:
            continue
        units = [unit for unit in ("year", "month", "day") if unit in known]
        range_ = _range(*(known[unit][0] for unit in units))
        if range_ is not None:
            yield known["year"][2], range_, [known[unit][1] for unit in units]


def _equality(node: exp.Expr) -> tuple[str, exp.Expr, int] | None:
    if not isinstance(node, exp.EQ):
        return None
    for side, other in ((node.this, node.expression), (node.expression, node.this)):
        part, value = read_part(side), bare(other)
        if part is not None and is_plain(part[1]) and isinstance(value, exp.Literal) and not value.is_string and str(value.this).isdigit():
            return part[0], part[1], int(str(value.this))
    return None


def _range(year: int, month: int, day: int | None = None) -> tuple[dt.datetime, dt.datetime] | None:
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        return None
    first = dt.datetime(year, month, 1)
    following = dt.datetime(year + month // 12, month % 12 + 1, 1)
    if day is None:
        return first, following
    chosen = first + dt.timedelta(days=day - 1)
    return (chosen, chosen + dt.timedelta(days=1)) if 1 <= day and chosen < following else None
