"""Owns what functions of times are compared with: constants that are written out, and expressions over parameters and the run clock.

A constant is reckoned with here. For an expression, whose value the engine alone knows, the
condition becomes a CASE: the range where its value has one, what was asked otherwise; the engine
decides it while it plans.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlglot import exp

from ...dialect.nodes import clone
from ...dialect.types import DATE, INT, DataType, timestamp
from ...dialect.types_sql import type_node
from ...dialect.walk import nodes
from ..rules.base import Context
from .column_types import ColumnTypes
from .temporal_conditions import Asked, bare, constant_moment
from .temporal_ranges import NANOSECOND_YEARS, Range, either, moment_literal, never, placed, write
from .times import FIRST_YEAR, LAST_YEAR, Beyond, edges, period


class Constants:
    """Comparisons with constants in one view."""

    def __init__(self, types: ColumnTypes, context: Context) -> None:
        """Know the view's types, and which functions give another value each time."""
        self.types, self.context = types, context

    def has(self, asked: Asked) -> bool:
        """Say whether everything that a function is compared with is the same for all rows."""
        return all(self._is_constant(one) for one in asked.values)

    def _is_constant(self, node: exp.Expr) -> bool:
        bad = self.context.volatile | self.context.functions | self.context.aggregates
        for one in nodes(node):
            if isinstance(one, exp.Column | exp.Query | exp.Window | exp.Star):
                return False
            if isinstance(one, exp.Anonymous) and str(one.name).lower() in bad:
                return False
        return True

    def compared(self, asked: Asked, kind: DataType) -> exp.Expr | None:
        """Return the condition as ranges of its column; None where a constant can't be read.

        Raises:
            Beyond: a constant, or the end of its range, lies outside of what is reckoned with.
        """
        values = [self._value(one, asked, kind) for one in asked.values]
        if all(one is not None for one in values):
            return _written(asked, kind, values)
        if asked.sign == "between" and asked.kind in ("time", "day", "year"):
            ends = [self._case(asked, kind, one, sign) for one, sign in zip(asked.values, (">=", "<="), strict=True)]
            if ends[0] is None or ends[1] is None:
                return None
            return placed(exp.Paren(this=exp.And(this=ends[0], expression=ends[1])), asked.node)
        return self._case(asked, kind, asked.values[0], asked.sign) if asked.sign != "in" else None

    def _value(self, node: exp.Expr, asked: Asked, kind: DataType) -> Any:
        node = bare(node)
        if asked.kind in ("time", "day"):
            return constant_moment(node, day=asked.kind == "day", zoned=kind.zone is not None)
        if asked.kind == "year":
            whole = isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit()
            return int(str(node.this)) if whole else None
        return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None

    def _case(self, asked: Asked, kind: DataType, value: exp.Expr, sign: str) -> exp.Expr | None:
        """Return the range where an expression has a value that makes one, else what was asked."""
        if len(asked.steps) != 1 or asked.kind not in ("time", "day", "year"):
            return None
        given = self.types.constant(value)
        if given is None or asked.kind == "year" and not given.is_integer:
            return None
        if asked.kind != "year" and kind.name == "DATE" and asked.steps[0].unit not in ("day", "week", "month", "quarter", "year"):
            return None
        if asked.kind != "year" and (
            given.zone not in (None, kind.zone) or given.name not in ("DATE", "TIMESTAMP") or asked.steps[0].unit is None
        ):
            return None
        made = _year_case(asked, kind, value, sign) if asked.kind == "year" else _time_case(asked, kind, value, sign)
        guard, range_ = made
        otherwise = clone(asked.node)
        if asked.sign == "between":
            function = asked.node.this
            otherwise = (exp.GTE if sign == ">=" else exp.LTE)(this=clone(function), expression=clone(value))
        return placed(exp.Case(ifs=[exp.If(this=guard, true=range_)], default=otherwise), asked.node)


def _written(asked: Asked, kind: DataType, values: list[Any]) -> exp.Expr:
    if asked.kind not in ("time", "day", "year"):
        return _of_texts(asked, kind, values)
    ends = [edges(asked.steps, one) for one in values]
    ranges = [Range(asked.column, kind, *one) for one in ends]
    if asked.sign == "in":
        return either(ranges, asked.node)
    if asked.sign == "between":
        low, high = ends[0][0], ends[1][1]
        return write(Range(asked.column, kind, low, max(low, high)), "=", asked.node)
    return write(ranges[0], asked.sign, asked.node)


def _of_texts(asked: Asked, kind: DataType, values: list[str]) -> exp.Expr:
    """Write equality with texts of a period; texts that no time is written as equal nothing."""
    if asked.sign not in ("=", "<>", "in"):
        raise Beyond("texts by their order")
    ranges = []
    for one in values:
        found = period(asked.kind, one)
        if found is not None:
            ranges.append(Range(asked.column, kind, *edges(asked.steps, found[0])))
    if asked.sign == "in":
        return either(ranges, asked.node) if ranges else never(asked.column, asked.node)
    first = dt.datetime(FIRST_YEAR, 1, 1) if kind.precision != 9 else dt.datetime(NANOSECOND_YEARS[0], 1, 1)
    return write(ranges[0] if ranges else Range(asked.column, kind, first, first), asked.sign, asked.node)


def _time_case(asked: Asked, kind: DataType, value: exp.Expr, sign: str) -> tuple[exp.Expr, exp.Expr]:
    unit = str(asked.steps[0].unit)
    moment = timestamp(6, kind.zone)

    def exact() -> exp.Expr:
        return exp.Cast(this=exp.Paren(this=clone(value)), to=type_node(moment))

    def floor() -> exp.Expr:
        return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(unit), exact()])

    def following(of: exp.Expr) -> exp.Expr:
        many, name = (3, "month") if unit == "quarter" else (1, unit)
        return exp.Paren(this=exp.Add(this=of, expression=exp.Interval(this=exp.Literal.string(f"{many} {name}"))))

    def asks(comparison: type[exp.Binary], end: exp.Expr) -> exp.Expr:
        if kind.name == "DATE":
            end = exp.Cast(this=end, to=type_node(DATE))
        return comparison(this=clone(asked.column), expression=end)

    on_step = exp.EQ(this=floor(), expression=exact())
    same = exp.EQ(this=exact(), expression=exp.Paren(this=clone(value)))
    guard = exp.And(this=_safe(exact(), kind), expression=same)
    if sign in ("=", "<>"):
        guard = exp.And(this=guard, expression=on_step)
        low, high = (exp.GTE, exp.LT) if sign == "=" else (exp.LT, exp.GTE)
        both = exp.And if sign == "=" else exp.Or
        return guard, exp.Paren(this=both(this=asks(low, exact()), expression=asks(high, following(exact()))))
    if sign in (">", "<="):
        return guard, asks(exp.GTE if sign == ">" else exp.LT, following(floor()))
    reached = exp.Case(ifs=[exp.If(this=on_step, true=exact())], default=following(floor()))
    return guard, asks(exp.GTE if sign == ">=" else exp.LT, reached)


def _safe(moment: exp.Expr, kind: DataType) -> exp.Expr:
    """Return that a moment lies well inside of what is reckoned with, and of what the column's type holds."""
    first, last = (NANOSECOND_YEARS[0], NANOSECOND_YEARS[-2]) if kind.precision == 9 else (FIRST_YEAR, LAST_YEAR - 1)
    low, high = (moment_literal(dt.datetime(year, 1, 1), timestamp(6, kind.zone)) for year in (first, last))
    return exp.Between(this=moment, low=low, high=high)


def _year_case(asked: Asked, kind: DataType, value: exp.Expr, sign: str) -> tuple[exp.Expr, exp.Expr]:
    first, last = (NANOSECOND_YEARS[0], NANOSECOND_YEARS[-2]) if kind.precision == 9 else (FIRST_YEAR, LAST_YEAR - 1)
    numbers = [exp.Literal.number(one) for one in (first, last)]
    guard = exp.Between(this=exp.Paren(this=clone(value)), low=numbers[0], high=numbers[1])

    def day(later: int) -> exp.Expr:
        year: exp.Expr = exp.Cast(this=exp.Paren(this=clone(value)), to=type_node(INT))
        year = exp.Cast(this=exp.Paren(this=exp.Add(this=year, expression=exp.Literal.number(later))), to=type_node(INT)) if later else year
        made = exp.Anonymous(this="make_date", expressions=[year, exp.Literal.number(1), exp.Literal.number(1)])
        return made if kind.name == "DATE" else exp.Cast(this=made, to=type_node(timestamp(6, kind.zone)))

    def asks(comparison: type[exp.Binary], end: exp.Expr) -> exp.Expr:
        return comparison(this=clone(asked.column), expression=end)

    if sign in ("=", "<>"):
        low, high = (exp.GTE, exp.LT) if sign == "=" else (exp.LT, exp.GTE)
        both = exp.And if sign == "=" else exp.Or
        return guard, exp.Paren(this=both(this=asks(low, day(0)), expression=asks(high, day(1))))
    kinds: dict[str, tuple[type[exp.Binary], int]] = {"<": (exp.LT, 0), ">=": (exp.GTE, 0), "<=": (exp.LT, 1), ">": (exp.GTE, 1)}
    return guard, asks(kinds[sign][0], day(kinds[sign][1]))
