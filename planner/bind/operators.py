"""Owns operators that the engine lacks or reads otherwise: `//`, `**`, BETWEEN SYMMETRIC, AT TIME ZONE, dates and intervals, slices.

Each handler takes a node whose operands are not bound yet, and returns what stands for it.
"""

from __future__ import annotations

import re

from sqlglot import exp

from ...dialect.diagnostics import did_you_mean
from ...dialect.types import DOUBLE, INTERVAL, VARCHAR, DataType, timestamp
from ...dialect.types_sql import type_node
from .columns import copy_place
from .comparisons import check_operands
from .context import Binding
from .infer import infer
from .nested_operators import subscripted
from .probe import probe_type
from .repeats import refuse_repeated
from .scope import Scope

_WHOLE_DAYS = re.compile(r"(?:\s*[+-]?\s*\d+\s*(?:centur|decade|year|quarter|mon|week|day)[a-z]*\s*,?)+\Z", re.I)
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond")
_DAY_UNITS = ("CENTURY", "DECADE", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY")


def integer_division(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `a // b`: the plain division of integers; other numbers lose what stands behind the point."""
    left, right = _operands(binding, node, scope)
    made = _made(exp.Div(this=left, expression=right, typed=True), node)
    kinds = [infer(one) or probe_type(binding, one, scope) for one in (left, right)]
    check_operands(binding, made)
    if all(kind is None or kind.is_integer for kind in kinds):
        return made
    return _made(exp.Anonymous(this="trunc", expressions=[made]), node)


def power(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `a ** b`, which is a DOUBLE whatever its operands."""
    sides = [_made(exp.Cast(this=_enclosed(one), to=type_node(DOUBLE)), node) for one in _operands(binding, node, scope)]
    return _made(exp.Anonymous(this="power", expressions=sides), node)


def between(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind BETWEEN; SYMMETRIC is true when either order of its bounds is."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    check_operands(binding, node)
    if not node.args.get("symmetric"):
        return node
    node.set("symmetric", None)
    refuse_repeated(binding, node, "BETWEEN SYMMETRIC")
    other = _made(exp.Between(this=node.this.copy(), low=node.args["high"].copy(), high=node.args["low"].copy()), node)
    return _made(exp.Paren(this=_made(exp.Or(this=node, expression=other), node)), node)


def at_time_zone(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind AT TIME ZONE: an instant becomes local time there, without a zone; local time becomes an instant."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    kind = infer(node.this) or probe_type(binding, node.this, scope)
    if kind is None or kind.name != "TIMESTAMP" or not kind.zone:
        return node
    made = _made(exp.Anonymous(this="to_local_time", expressions=[node]), node)
    made.meta["type"] = timestamp(kind.precision or 6)
    return made


def sum_of_times(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `a + b` and `a - b`; a DATE that meets hours becomes a TIMESTAMP, the engine would drop the hours."""
    _operands(binding, node, scope)
    check_operands(binding, node)
    left, right = node.this, node.expression
    for side, other in ((left, right), (right, left)):
        if _is_interval(other) and not _whole_days(other) and _is_date(binding, side, scope):
            side.replace(_made(exp.Cast(this=_enclosed(side.copy()), to=type_node(timestamp())), side))
    return node


def negation(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `-x`; a float is multiplied, for the engine gives NaN a sign then, and puts it before all numbers."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    operand = node.this
    if isinstance(operand, exp.Literal):
        return node
    kind = infer(operand) or probe_type(binding, operand, scope)
    if kind is None or kind.name not in ("DOUBLE", "FLOAT"):
        return node
    minus = _made(exp.Cast(this=_made(exp.Neg(this=exp.Literal.number(1)), node), to=type_node(kind)), node)
    made = _made(exp.Mul(this=_enclosed(operand), expression=minus), node)
    made.meta["type"] = kind
    return made


def interval(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Refuse an interval without a unit: it is seconds to the engine here, months where a text is cast."""
    if (
        node.args.get("unit") is None
        and isinstance(node.this, exp.Literal)
        and re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", str(node.this.this))
    ):
        number = str(node.this.this).strip()
        written = str(node.parent.alias) if isinstance(node.parent, exp.Alias) else ""
        help_ = did_you_mean(written.removesuffix("s"), UNITS) if written else None
        binding.fail("T2030", f"the interval '{number}' names no unit", node, help=help_ or f"write INTERVAL '{number} days'")
    return node


def product(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `a * b`; an interval of one unit times a number is made from text, the engine has no such product."""
    left, right = _operands(binding, node, scope)
    check_operands(binding, node)
    number, interval = (right, left) if isinstance(left, exp.Interval) else (left, right)
    if not isinstance(interval, exp.Interval):
        return node
    unit = interval.args.get("unit")
    parts = (
        re.fullmatch(r"([+-]?\d+)\s*([a-z]*)", str(interval.this.name).strip(), re.I) if isinstance(interval.this, exp.Literal) else None
    )
    word = str(unit.name) if unit is not None else parts[2] if parts is not None else ""
    if parts is None or not word:
        binding.fail("T2030", "only an interval of one unit can be multiplied", interval, help="write n * INTERVAL '1 day'")
        return node
    times = number if int(parts[1]) == 1 else _made(exp.Mul(this=_enclosed(number), expression=exp.Literal.number(int(parts[1]))), number)
    text = exp.DPipe(this=exp.Cast(this=times, to=type_node(VARCHAR)), expression=exp.Literal.string(f" {word.lower()}"))  # null stays null
    made = _made(exp.Cast(this=_made(text, node), to=type_node(INTERVAL)), node)
    made.meta["whole_days"] = word.upper().rstrip("S") in _DAY_UNITS
    return made


def subscript(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind `x[i]` and slices; a slice without an end goes to the last element. Texts have no elements."""
    from .expressions import bind_children

    bind_children(binding, node, scope)
    if (made := subscripted(binding, node, scope)) is not node:
        return made
    kind = infer(node.this)
    if kind is not None and kind.name == "VARCHAR":
        binding.fail("T2031", f"{kind} has no elements", node, help="write substr(text, 1, 1) for a part of a text, json -> 0 for JSON")
        binding.doubtful = True
    for part in node.expressions:
        if isinstance(part, exp.Slice):
            for key, bound in (("this", 1), ("expression", -1)):
                if part.args.get(key) is None:
                    number: exp.Expr = exp.Literal.number(abs(bound))
                    part.set(key, number if bound > 0 else exp.Neg(this=number))
    return node


def _operands(binding: Binding, node: exp.Expr, scope: Scope) -> tuple[exp.Expr, exp.Expr]:
    from .expressions import bind_children

    bind_children(binding, node, scope)
    return node.this, node.expression


def _is_date(binding: Binding, node: exp.Expr, scope: Scope) -> bool:
    kind: DataType | None = infer(node) or probe_type(binding, node, scope)
    return kind is not None and kind.name == "DATE"


def _is_interval(node: exp.Expr) -> bool:
    node = _bare(node)
    kind = infer(node)
    return isinstance(node, exp.Interval) or (kind is not None and kind.name in ("INTERVAL", "DURATION"))


def _whole_days(node: exp.Expr) -> bool:
    node = _bare(node)
    if node.meta.get("whole_days"):
        return True
    if not isinstance(node, exp.Interval) or not isinstance(node.this, exp.Literal):
        return False
    unit = node.args.get("unit")
    if unit is not None:
        return str(unit.name).upper().rstrip("S") in _DAY_UNITS and str(node.this.this).lstrip("+-").isdigit()
    return _WHOLE_DAYS.match(str(node.this.this)) is not None


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren | exp.Neg):
        node = node.this
    return node


def _enclosed(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Column | exp.Literal | exp.Paren | exp.Anonymous | exp.Cast):
        return node
    return _made(exp.Paren(this=node), node)


def _made(node: exp.Expr, like: exp.Expr) -> exp.Expr:
    copy_place(node, like)
    return node
