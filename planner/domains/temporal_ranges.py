"""Owns writing ranges of a time column as conditions; they are null where the column is, as what they stand for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import DATE, DataType, timestamp
from ...dialect.types_sql import type_node
from .times import Beyond, write_moment

NANOSECOND_YEARS = range(1678, 2262)
"""Whole years that a TIMESTAMP(9) can hold."""


@dataclass(frozen=True, slots=True)
class Range:
    """A range of a time column, from `low` until before `high`; empty when they are the same."""

    column: exp.Expr
    kind: DataType
    low: dt.datetime
    high: dt.datetime

    def fitted(self) -> Range:
        """Return the range with ends that the column's type has; raises `Beyond` for moments that it has not."""
        if self.kind.name == "DATE":
            return Range(self.column, self.kind, _next_midnight(self.low), _next_midnight(self.high))
        if self.kind.precision == 9 and not {self.low.year, self.high.year} <= set(NANOSECOND_YEARS):
            raise Beyond("a time that the column's type can't hold")
        return self


def _next_midnight(moment: dt.datetime) -> dt.datetime:
    midnight = dt.datetime(moment.year, moment.month, moment.day)
    return midnight if midnight == moment else midnight + dt.timedelta(days=1)


def write(found: Range, sign: str, like: exp.Expr) -> exp.Expr:
    """Return the condition that what takes the range's value is compared so.

    Raises:
        Beyond: an end is no moment of the column's type.
    """
    fitted = found.fitted()
    low, high = _bound(fitted, fitted.low), _bound(fitted, fitted.high)
    if fitted.low == fitted.high and sign in ("=", "<>"):
        return never(fitted.column, like) if sign == "=" else always(fitted.column, like)
    made: exp.Expr
    if sign == "=":
        made = exp.Paren(
            this=exp.And(this=exp.GTE(this=_copy(found), expression=low), expression=exp.LT(this=_copy(found), expression=high))
        )
    elif sign == "<>":
        made = exp.Paren(
            this=exp.Or(this=exp.LT(this=_copy(found), expression=low), expression=exp.GTE(this=_copy(found), expression=high))
        )
    else:
        kind, end = {"<": (exp.LT, low), ">=": (exp.GTE, low), "<=": (exp.LT, high), ">": (exp.GTE, high)}[sign]
        made = kind(this=_copy(found), expression=end)
    return placed(made, like)


def either(ranges: list[Range], like: exp.Expr) -> exp.Expr:
    """Return the condition that a column lies in one of several ranges; those that meet become one."""
    column = ranges[0].column
    merged: list[Range] = []
    for one in sorted((one.fitted() for one in ranges), key=lambda one: one.low):
        if one.low == one.high:
            continue
        if merged and one.low <= merged[-1].high:
            last = merged.pop()
            one = Range(column, last.kind, last.low, max(last.high, one.high))
        merged.append(one)
    made: exp.Expr | None = None
    for one in merged:
        condition = write(one, "=", like)
        made = condition if made is None else exp.Or(this=made, expression=condition)
    if made is None:
        return never(column, like)
    return placed(exp.Paren(this=made) if len(merged) > 1 else made, like)


def never(column: exp.Expr, like: exp.Expr) -> exp.Expr:
    """Return what is false, and null where a column is; where null is as good as false, what the engine knows to be false."""
    if filters(like):
        return placed(exp.false(), like)
    return placed(exp.NEQ(this=clone(column), expression=clone(column)), like)


def always(column: exp.Expr, like: exp.Expr) -> exp.Expr:
    """Return what is true, and null where a column is."""
    if filters(like):
        return placed(exp.Paren(this=exp.Not(this=exp.Is(this=clone(column), expression=exp.Null()))), like)
    return placed(exp.EQ(this=clone(column), expression=clone(column)), like)


def filters(node: exp.Expr) -> bool:
    """Say whether a condition that is null is as good as one that is false where this one stands."""
    at = node.parent
    while isinstance(at, exp.And | exp.Or | exp.Paren):
        at = at.parent
    return isinstance(at, exp.Where | exp.Join)


def _copy(found: Range) -> exp.Expr:
    return clone(found.column)


def _bound(found: Range, moment: dt.datetime) -> exp.Expr:
    if found.kind.name == "DATE":
        return moment_literal(moment, DATE)
    digits = found.kind.precision or 0
    needed = 0 if not moment.microsecond else 3 if not moment.microsecond % 1000 else 6
    return moment_literal(moment, timestamp(max(digits, needed), found.kind.zone))


def moment_literal(moment: dt.datetime, kind: DataType) -> exp.Expr:
    """Return a moment as a constant of a type."""
    text = write_moment(moment)
    return exp.Cast(this=exp.Literal.string(text[:10] if kind.name == "DATE" else text), to=type_node(kind))


def placed(made: exp.Expr, like: exp.Expr) -> exp.Expr:
    """Give a new node, and what is new in it, the place of another."""
    if "span" in like.meta:
        for part in made.walk():
            part.meta.setdefault("span", like.meta["span"])
    return made
