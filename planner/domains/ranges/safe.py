"""Owns which expressions a range join may compute for every row of a relation: those that can't fail, nor change.

As written they are computed for pairs of rows, so none may be where the other relation is empty.
"""

from __future__ import annotations

from sqlglot import exp

from ....dialect.nodes import Clock, Param
from ....dialect.types import DOUBLE, DataType
from ....dialect.types_sql import node_type

_PLAIN = (exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Interval)
_PARTS = (exp.DataType, exp.DataTypeParam, exp.Var, exp.TryCast, exp.Case, exp.If, Param, Clock)
_CALLS = frozenset({"coalesce", "least", "greatest", "date_trunc", "date_bin", "floor", "ceil", "nullif"})
_STRICT = frozenset({"date_trunc", "date_bin", "floor", "ceil"})
_TESTS = (exp.Is, exp.Not, exp.And, exp.Or, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.EQ, exp.NEQ)


def unsafe(node: exp.Expr) -> str | None:
    """Return what in an expression may fail or change, or None."""
    for part in node.walk():
        if isinstance(part, exp.Anonymous):
            if str(part.name).lower() not in _CALLS:
                return f"`{str(part.name).lower()}` may fail for rows that meet no other"
        elif isinstance(part, exp.Cast) and not isinstance(part, exp.TryCast):
            if not (isinstance(part.this, exp.Literal) or _widens(node_type(part.to))):
                return f"the cast to {node_type(part.to).sql()} may fail for rows that meet no other"
        elif not _is_field(part) and not isinstance(part, (*_PLAIN, *_PARTS, *_TESTS, exp.Cast)):
            return f"`{type(part).__name__}` in a bound"
    return None


def _is_field(node: exp.Expr) -> bool:
    """Say whether a node takes a field of a struct, or a map's value, by a text: null where it is not there."""
    keys = node.expressions if isinstance(node, exp.Bracket) else []
    return len(keys) == 1 and isinstance(keys[0], exp.Literal) and bool(keys[0].is_string)


def is_strict(node: exp.Expr) -> bool:
    """Say whether an expression is surely null where its columns are."""
    for part in node.walk():
        if isinstance(part, (exp.Case, *_TESTS)) or (isinstance(part, exp.Anonymous) and str(part.name).lower() not in _STRICT):
            return False
    return True


def cast_operands(node: exp.Expr) -> list[exp.Expr]:
    """Return what an expression casts; text among it may not be what it is cast to."""
    return [part.this for part in node.walk() if isinstance(part, exp.Cast) and not isinstance(part, exp.TryCast) and not _literal(part)]


def _literal(part: exp.Cast) -> bool:
    return isinstance(part.this, exp.Literal | exp.Null)


def _widens(to: DataType) -> bool:
    return to.name in ("DATE", "TIMESTAMP", "BIGINT", "DECIMAL") or to == DOUBLE
