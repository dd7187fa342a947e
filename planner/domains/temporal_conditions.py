"""Owns reading a condition that compares a step function of a time column: which steps, which column, with what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlglot import exp

from ...dialect.types_sql import node_type
from .times import EPOCH, FORMATS, Step, binned, day_of_time, read_moment, read_width, truncation, year_of_time

SIGNS: dict[type[exp.Expr], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
COMPARED = (*SIGNS, exp.In, exp.Between)


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition on a function of a time column.

    Args:
        node: the whole condition.
        steps: of the function, outermost first; the last is applied to the column.
        column: a column, or a field of one.
        sign: `=`, `<`, …, `in` or `between`.
        values: what it is compared with.
        kind: `time`, `day` for what gives a DATE, `year` for whole numbers, or the format of a text.
    """

    node: exp.Expr
    steps: tuple[Step, ...]
    column: exp.Expr
    sign: str
    values: tuple[exp.Expr, ...]
    kind: str


def read_condition(node: exp.Expr) -> Asked | None:
    """Return what a comparison, an IN or a BETWEEN asks of a time column; None for everything else."""
    if isinstance(node, exp.In):
        if not node.expressions or node.args.get("query") or node.args.get("unnest"):
            return None
        return _asked(node, node.this, "in", tuple(node.expressions))
    if isinstance(node, exp.Between):
        bounds = (node.args["low"], node.args["high"])
        return None if node.args.get("symmetric") else _asked(node, node.this, "between", bounds)
    sign = SIGNS.get(type(node))
    if sign is None:
        return None
    return _asked(node, node.this, sign, (node.expression,)) or _asked(node, node.expression, _TURNED[sign], (node.this,))


def _asked(node: exp.Expr, side: exp.Expr, sign: str, values: tuple[exp.Expr, ...]) -> Asked | None:
    read = read_steps(side)
    return None if read is None else Asked(node, read[0], read[1], sign, values, read[2])


def bare(node: exp.Expr) -> exp.Expr:
    """Return what stands inside of brackets."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def read_steps(side: exp.Expr) -> tuple[tuple[Step, ...], exp.Expr, str] | None:
    """Return the steps, the column and the kind of values of a function of a time column; None for everything else."""
    at, steps, kind = bare(side), list[Step](), ""
    while (read := _outer(at, not steps)) is not None:
        step, inside, gives = read
        steps.append(step)
        kind = kind or gives
        at = bare(inside)
    return (tuple(steps), at, kind) if steps and is_plain(at) else None


def is_plain(node: exp.Expr) -> bool:
    """Say whether a node is a column, or a field of one."""
    while isinstance(node, exp.Bracket):
        node = node.this
    return isinstance(node, exp.Column)


def read_part(side: exp.Expr) -> tuple[str, exp.Expr] | None:
    """Return which part of a time is taken, in lower case, and of what; None for everything else."""
    node = bare(side)
    if isinstance(node, exp.Extract):
        return str(node.this.name).lower(), bare(node.expression)
    if isinstance(node, exp.Anonymous) and str(node.name).lower() in ("date_part", "datepart") and len(node.expressions) == 2:
        unit, time = node.expressions
        return (str(unit.this).lower(), bare(time)) if isinstance(unit, exp.Literal) and unit.is_string else None
    return None


def _outer(node: exp.Expr, outermost: bool) -> tuple[Step, exp.Expr, str] | None:
    if type(node) is exp.Cast and node_type(node.args["to"]).name == "DATE":
        return day_of_time(), node.this, "day"
    if outermost and (part := read_part(node)) is not None:
        return (year_of_time(), part[1], "year") if part[0] == "year" else None
    if not isinstance(node, exp.Anonymous):
        return None
    name, given = str(node.name).lower(), node.expressions
    if name in ("date_trunc", "datetrunc") and len(given) == 2:
        step = truncation(str(given[0].this).lower()) if isinstance(given[0], exp.Literal) else None
        return (step, given[1], "time") if step is not None else None
    if name == "date_bin" and len(given) in (2, 3):
        return _bin(given)
    if name in ("to_char", "date_format") and len(given) == 2 and outermost and isinstance(given[1], exp.Literal):
        unit = FORMATS.get(str(given[1].this))
        step = truncation(unit) if unit is not None else None
        return (replace(step, name=f"to_char('{given[1].this}')"), given[0], str(given[1].this)) if step is not None else None
    return None


def _bin(given: list[exp.Expr]) -> tuple[Step, exp.Expr, str] | None:
    width = given[0]
    if not isinstance(width, exp.Interval) or not isinstance(width.this, exp.Literal):
        return None
    unit = width.args.get("unit")
    found = read_width(f"{width.this.this} {unit.name}" if unit is not None else str(width.this.this))
    origin = constant_moment(given[2]) if len(given) == 3 else EPOCH
    if found is None or origin is None:
        return None
    return binned("date_bin", found, origin), given[1], "time"


def constant_moment(node: exp.Expr, *, day: bool = False, zoned: bool = False) -> dt.datetime | None:
    """Return the date or timestamp that is written as a constant; None for everything else.

    Args:
        node: what may be one.
        day: whether a text alone is a date.
        zoned: whether it may be of a type with a zone: its text, which says none, is in UTC.
    """
    node = bare(node)
    text = node
    kind = None
    if type(node) is exp.Cast:
        kind, text = node_type(node.args["to"]), bare(node.this)
        if kind.zone and not zoned or kind.name not in ("DATE", "TIMESTAMP"):
            return None
    if not isinstance(text, exp.Literal) or not text.is_string:
        return None
    found = read_moment(str(text.this))
    as_day = kind.name == "DATE" if kind is not None else day
    if found is None or as_day and len(str(text.this).strip()) != 10:
        return None
    if kind is not None and kind.name == "TIMESTAMP" and (kind.precision or 0) < 6 and found.microsecond:
        return None
    return found
