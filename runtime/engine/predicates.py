"""Owns the translation of the engine's filters into `planner.predicates`, exactly or as `Unknown`.

Exactly means: true, false and null for the same rows, so that the result stays right under
`Not`. Nothing is weakened here; what can be judged by statistics is the lake's matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
from datafusion.expr import Expr

from ...dialect.diagnostics import TreadleError
from ...dialect.types import BOOLEAN, DataType, Schema
from ...planner.predicates import And, Compare, InValues, IsNull, Not, Or, Predicate, StartsWith, Unknown
from ...planner.values import Value
from .arrow_types import value

FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WILD = frozenset("%_\\")  # the backslash escapes in patterns


def predicate(condition: Expr, columns: Schema) -> Predicate:
    """Return what a filter says of a relation with these columns."""
    translate = _BY_VARIANT.get(condition.variant_name())
    found = translate(condition, columns) if translate else None
    return Unknown(condition.canonical_name()) if found is None else found


def _column(condition: Expr, columns: Schema) -> Predicate | None:
    """A bare boolean column."""
    path = column_path(condition, columns)
    return None if path is None or _type_of(path, columns) != BOOLEAN else Compare(path, "=", Value(BOOLEAN, True))


def _binary(condition: Expr, columns: Schema) -> Predicate | None:
    operator = condition.to_variant().op()
    if operator in ("AND", "OR"):
        parts = tuple(predicate(part, columns) for part in _operands(condition, operator))
        return And(parts) if operator == "AND" else Or(parts)
    variant = condition.to_variant()
    left, right = Expr(variant.left()), Expr(variant.right())
    path, literal = column_path(left, columns), literal_value(right)
    if path is None:
        path, literal, operator = column_path(right, columns), literal_value(left), FLIPPED.get(operator, operator)
    if path is None or literal is None:
        return None
    return _comparison(path, operator, literal)


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


def _in_list(condition: Expr, columns: Schema) -> Predicate | None:
    variant = condition.to_variant()
    path = column_path(_expr(variant.expr()), columns)
    values = [literal_value(_expr(one)) for one in variant.list()]
    if path is None or any(one is None or one.value is None for one in values):
        return None
    return InValues(path, tuple(one for one in values if one is not None), bool(variant.negated()))


def _between(condition: Expr, columns: Schema) -> Predicate | None:
    variant = condition.to_variant()
    path = column_path(_expr(variant.expr()), columns)
    low, high = literal_value(_expr(variant.low())), literal_value(_expr(variant.high()))
    if path is None or low is None or high is None or low.value is None or high.value is None:
        return None
    both = And((Compare(path, ">=", low), Compare(path, "<=", high)))
    return Not(both) if variant.negated() else both


def _like(condition: Expr, columns: Schema) -> Predicate | None:
    variant = condition.to_variant()
    path, pattern = column_path(_expr(variant.expr()), columns), literal_value(_expr(variant.pattern()))
    if condition.rex_call_operator() not in ("like", "not like") or variant.escape_char() is not None:
        return None
    if path is None or pattern is None or not isinstance(pattern.value, str):
        return None
    found = _pattern(path, pattern, condition.canonical_name())
    return Not(found) if found is not None and variant.negated() else found


def _pattern(path: tuple[str, ...], pattern: Value, text: str) -> Predicate | None:
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
    return And((StartsWith(path, prefix), Unknown(text))) if rest[0] != "\\" else None


def _is_null(negated: bool) -> Callable[[Expr, Schema], Predicate | None]:
    def translate(condition: Expr, columns: Schema) -> Predicate | None:
        path = column_path(_expr(condition.to_variant().expr()), columns)
        return None if path is None else IsNull(path, negated)

    return translate


def _is_truth(truth: bool, negated: bool) -> Callable[[Expr, Schema], Predicate | None]:
    def translate(condition: Expr, columns: Schema) -> Predicate | None:
        path = column_path(_expr(condition.to_variant().expr()), columns)
        if path is None or _type_of(path, columns) != BOOLEAN:
            return None
        if negated:
            return Or((IsNull(path), Compare(path, "=", Value(BOOLEAN, not truth))))
        return And((IsNull(path, True), Compare(path, "=", Value(BOOLEAN, truth))))

    return translate


def _not(condition: Expr, columns: Schema) -> Predicate | None:
    return Not(predicate(_expr(condition.to_variant().expr()), columns))


_BY_VARIANT: dict[str, Callable[[Expr, Schema], Predicate | None]] = {
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


def column_path(expression: Expr, columns: Schema) -> tuple[str, ...] | None:
    """Return the path of a column or of a field of a struct column; None for anything else, maps included."""
    if expression.variant_name() == "Column":
        path: tuple[str, ...] = (expression.to_variant().name(),)
    elif expression.variant_name() == "ScalarFunction" and expression.rex_call_operator() == "get_field":
        found = _field_path(expression.rex_call_operands(), columns)
        if found is None:
            return None
        path = found
    else:
        return None
    return path if _type_of(path, columns) is not None else None


def _field_path(operands: Iterable[Expr], columns: Schema) -> tuple[str, ...] | None:
    base, *names = operands
    start = column_path(base, columns)
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
