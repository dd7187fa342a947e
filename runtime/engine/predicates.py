"""Owns the translation of the engine's filters into `planner.predicates`, exactly or as `Unknown`.

Exactly means: true, false and null for the same rows, so that the result stays right under
`Not`. Nothing is weakened here; what can be judged by statistics is the lake's matter.
"""

from __future__ import annotations

import datetime as dt
import math
import operator as order
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from datafusion.expr import Expr

from ...dialect.diagnostics import TreadleError
from ...dialect.types import BOOLEAN, DataType, Schema
from ...planner.predicates import And, Compare, InValues, IsNull, Judge, Not, Or, Predicate, StartsWith, Unknown
from ...planner.values import Value
from .arrow_types import value
from .monotone import ascending

FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "=": order.eq, "!=": order.ne, "<": order.lt, "<=": order.le, ">": order.gt, ">=": order.ge,
}  # fmt: skip
_WILD = frozenset("%_\\")  # the backslash escapes in patterns


@dataclass(frozen=True, slots=True)
class Scope:
    """What conditions are read against: the relation's columns, and what computes a condition where nothing else judges it."""

    columns: Schema
    judges: Callable[[Expr], Judge | None] = lambda _: None

    def unknown(self, condition: Expr) -> Unknown:
        """Return a condition that bounds say nothing of."""
        return Unknown(condition.canonical_name(), self.judges(condition))


Translate = Callable[[Expr, Scope], Predicate | None]


def predicate(condition: Expr, scope: Scope) -> Predicate:
    """Return what a filter says of a relation."""
    translate = _BY_VARIANT.get(condition.variant_name())
    found = translate(condition, scope) if translate else None
    return scope.unknown(condition) if found is None else found


def _column(condition: Expr, scope: Scope) -> Predicate | None:
    """A bare boolean column."""
    path = column_path(condition, scope)
    return None if path is None or _type_of(path, scope.columns) != BOOLEAN else Compare(path, "=", Value(BOOLEAN, True))


def _binary(condition: Expr, scope: Scope) -> Predicate | None:
    operator = condition.to_variant().op()
    if operator in ("AND", "OR"):
        parts = tuple(predicate(part, scope) for part in _operands(condition, operator))
        return And(parts) if operator == "AND" else Or(parts)
    variant = condition.to_variant()
    left, right = Expr(variant.left()), Expr(variant.right())
    literal = literal_value(right)
    if literal is None:
        left, literal, operator = right, literal_value(left), FLIPPED.get(operator, operator)
    return None if literal is None else _compared(left, operator, literal, scope)


def _compared(compared: Expr, operator: str, literal: Value, scope: Scope) -> Predicate | None:
    """Return the comparison of a column, or of something that is made of one, with a value."""
    path = column_path(compared, scope)
    if path is not None:
        return _comparison(path, operator, literal)
    if operator not in FLIPPED or literal.value is None:
        return None
    if compared.variant_name() == "Case":
        return _defaulted(compared, operator, literal, scope)
    return _beginning(compared, operator, literal, scope) or _ascended(compared, operator, literal.value, scope)


def _ascended(compared: Expr, operator: str, value: object, scope: Scope) -> Predicate | None:
    """Return the comparison of an ascending function of a column with a value, as one of the column itself."""
    found = ascending(compared, lambda one: _kind_of(one, scope))
    try:
        edges = None if found is None else found.edges(value)
    except (TypeError, ValueError, OverflowError):  # a value of another type, or outside of what Python's times reach
        return None
    if found is None or edges is None:
        return None
    low, high = edges
    if operator == "=":
        return _both(And, _reached(found.argument, ">=", low, scope), _reached(found.argument, "<", high, scope))
    if operator == "!=":
        return _both(Or, _reached(found.argument, "<", low, scope), _reached(found.argument, ">=", high, scope))
    edge = low if operator in ("<", ">=") else high
    return _reached(found.argument, "<" if operator in ("<", "<=") else ">=", edge, scope)


def _both(join: type[And] | type[Or], one: Predicate | None, other: Predicate | None) -> Predicate | None:
    return None if one is None or other is None else join((one, other))


def _reached(argument: Expr, operator: str, edge: Any, scope: Scope) -> Predicate | None:
    """Return the comparison of an ascending function's argument with an edge; times take the zone of the column."""
    path = column_path(argument, scope)
    kind = None if path is None else _type_of(path, scope.columns)
    if path is None or kind is None:
        return _ascended(argument, operator, edge, scope)
    zoned = edge.replace(tzinfo=dt.UTC) if isinstance(edge, dt.datetime) and kind.zone is not None else edge
    return Compare(path, operator, Value(kind, zoned))


def _kind_of(expression: Expr, scope: Scope) -> DataType | None:
    path = column_path(expression, scope)
    return None if path is None else _type_of(path, scope.columns)


def _beginning(compared: Expr, operator: str, literal: Value, scope: Scope) -> Predicate | None:
    """Return what the first characters of a text say of it: `left(s, 2) = 'ab'`, `substr(s, 1, 2) = 'ab'`."""
    name = compared.rex_call_operator() if compared.variant_name() == "ScalarFunction" and operator == "=" else ""
    operands = list(compared.rex_call_operands()) if name in ("left", "substr") else []
    if len(operands) != {"left": 2, "substr": 3}.get(name):
        return None
    path, numbers = column_path(operands[0], scope), [literal_value(one) for one in operands[1:]]
    given = [one.value for one in numbers if one is not None and isinstance(one.value, int)]
    if path is None or len(given) != len(numbers) or given[:-1] not in ([], [1]) or given[-1] <= 0:
        return None
    text = str(literal.value)
    if len(text) == given[-1]:
        return StartsWith(path, text)
    return Compare(path, "=", literal) if len(text) < given[-1] else None


def _defaulted(compared: Expr, operator: str, literal: Value, scope: Scope) -> Predicate | None:
    """Return what `coalesce(column, value)`, which the engine writes as CASE, says of the column."""
    variant = compared.to_variant()
    branches, default = variant.when_then_expr(), variant.else_expr()
    if variant.expr() is not None or len(branches) != 1 or default is None:
        return None
    when, then = branches[0]
    path, instead = column_path(then, scope), literal_value(default)
    asked = column_path(_expr(when.to_variant().expr()), scope) if when.variant_name() == "IsNotNull" else None
    if path is None or asked != path or instead is None or type(instead.value) is not type(literal.value):
        return None
    if isinstance(instead.value, float) or not isinstance(instead.value, int | str | dt.date | Decimal):
        return None
    filled = And((IsNull(path, True), Compare(path, operator, literal)))
    return Or((filled, IsNull(path))) if _ORDERS[operator](instead.value, literal.value) else filled


def _comparison(path: tuple[str, ...], operator: str, literal: Value) -> Predicate | None:
    if operator == "IS NOT DISTINCT FROM":
        return IsNull(path) if literal.value is None else And((IsNull(path, True), Compare(path, "=", literal)))
    if operator == "IS DISTINCT FROM":
        return IsNull(path, True) if literal.value is None else Or((IsNull(path), Compare(path, "!=", literal)))
    if operator not in FLIPPED or literal.value is None:
        return None
    return Compare(path, operator, literal)


def _operands(condition: Expr, operator: str) -> list[Expr]:
    """Return the operands of a chain of one operator, in order, however deep: chains can have thousands."""
    found: list[Expr] = []
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        variant = one.to_variant() if one.variant_name() == "BinaryExpr" else None
        if variant is not None and variant.op() == operator:
            waiting += [Expr(variant.right()), Expr(variant.left())]
        else:
            found.append(one)
    return found


def _in_list(condition: Expr, scope: Scope) -> Predicate | None:
    variant = condition.to_variant()
    asked = _expr(variant.expr())
    path = column_path(asked, scope)
    values = [one for raw in variant.list() if (one := literal_value(_expr(raw))) is not None and one.value is not None]
    if len(values) != len(variant.list()):
        return None
    if path is not None:
        return InValues(path, tuple(values), bool(variant.negated()))
    parts = [part for value in values if (part := _compared(asked, "=", value, scope)) is not None]
    if len(parts) != len(values):
        return None
    return Not(Or(tuple(parts))) if variant.negated() else Or(tuple(parts))


def _between(condition: Expr, scope: Scope) -> Predicate | None:
    variant = condition.to_variant()
    asked = _expr(variant.expr())
    low, high = literal_value(_expr(variant.low())), literal_value(_expr(variant.high()))
    if low is None or high is None or low.value is None or high.value is None:
        return None
    both = _both(And, _compared(asked, ">=", low, scope), _compared(asked, "<=", high, scope))
    return Not(both) if both is not None and variant.negated() else both


def _like(condition: Expr, scope: Scope) -> Predicate | None:
    variant = condition.to_variant()
    path, pattern = column_path(_expr(variant.expr()), scope), literal_value(_expr(variant.pattern()))
    if condition.rex_call_operator() not in ("like", "not like") or variant.escape_char() is not None:
        return None
    if path is None or pattern is None or not isinstance(pattern.value, str):
        return None
    found = _pattern(path, pattern, scope.unknown(condition))
    return Not(found) if found is not None and variant.negated() else found


def _pattern(path: tuple[str, ...], pattern: Value, whole: Unknown) -> Predicate | None:
    written = str(pattern.value)
    length = next((at for at, char in enumerate(written) if char in _WILD), len(written))
    prefix, rest = written[:length], written[length:]
    if not rest:
        return Compare(path, "=", Value(pattern.type, prefix))
    if not prefix:
        return None
    if rest == "%":
        return StartsWith(path, prefix)
    # The whole condition implies its prefix, so saying both says the same as the whole alone.
    return And((StartsWith(path, prefix), whole)) if rest[0] != "\\" else None


def _is_null(negated: bool) -> Translate:
    def translate(condition: Expr, scope: Scope) -> Predicate | None:
        asked = _expr(condition.to_variant().expr())
        while (path := column_path(asked, scope)) is None:
            found = ascending(asked, lambda one: _kind_of(one, scope))  # null for null alone
            if found is None:
                return None
            asked = found.argument
        return IsNull(path, negated)

    return translate


def _is_truth(truth: bool, negated: bool) -> Translate:
    def translate(condition: Expr, scope: Scope) -> Predicate | None:
        path = column_path(_expr(condition.to_variant().expr()), scope)
        if path is None or _type_of(path, scope.columns) != BOOLEAN:
            return None
        if negated:
            return Or((IsNull(path), Compare(path, "=", Value(BOOLEAN, not truth))))
        return And((IsNull(path, True), Compare(path, "=", Value(BOOLEAN, truth))))

    return translate


def _not(condition: Expr, scope: Scope) -> Predicate | None:
    return Not(predicate(_expr(condition.to_variant().expr()), scope))


_BY_VARIANT: dict[str, Translate] = {
    "Column": _column,
    "BinaryExpr": _binary,
    "InList": _in_list,
    "Between": _between,
    "Like": _like,
    "IsNull": _is_null(False),
    "IsNotNull": _is_null(True),
    "IsUnknown": _is_null(False),
    "IsNotUnknown": _is_null(True),
    "IsTrue": _is_truth(True, False),
    "IsNotTrue": _is_truth(True, True),
    "IsFalse": _is_truth(False, False),
    "IsNotFalse": _is_truth(False, True),
    "Not": _not,
}


def column_path(expression: Expr, scope: Scope) -> tuple[str, ...] | None:
    """Return the path of a column or of a field of a struct column; None for anything else, maps included."""
    if expression.variant_name() == "Column":
        path: tuple[str, ...] = (expression.to_variant().name(),)
    elif expression.variant_name() == "ScalarFunction" and expression.rex_call_operator() == "get_field":
        found = _field_path(expression.rex_call_operands(), scope)
        if found is None:
            return None
        path = found
    else:
        return None
    return path if _type_of(path, scope.columns) is not None else None


def _field_path(operands: Iterable[Expr], scope: Scope) -> tuple[str, ...] | None:
    base, *names = operands
    start = column_path(base, scope)
    keys = [literal_value(name) for name in names]
    if start is None or any(key is None or not isinstance(key.value, str) for key in keys):
        return None
    return (*start, *(str(key.value) for key in keys if key is not None))


def _type_of(path: tuple[str, ...], columns: Schema) -> DataType | None:
    first = columns.get(path[0])
    kind = None if first is None else first.type
    for name in path[1:]:
        if kind is None or kind.name != "STRUCT":
            return None
        kind = next((field.type for field in kind.fields if field.name == name), None)
    return kind


def literal_value(expression: Expr) -> Value | None:
    """Return the value of a literal; None for anything else, for NaN, and for what Python can't hold exactly."""
    if expression.variant_name() != "Literal":
        return None
    try:
        scalar = expression.python_value()
        found = value(scalar if isinstance(scalar, pa.Scalar) else pa.scalar(scalar))
    except (ValueError, NotImplementedError, TreadleError):
        return None
    return None if _is_nan(found.value) else found


def _is_nan(item: object) -> bool:
    return isinstance(item, float) and math.isnan(item) or isinstance(item, Decimal) and item.is_nan()


def _expr(raw: Any) -> Expr:
    return raw if isinstance(raw, Expr) else Expr(raw)
