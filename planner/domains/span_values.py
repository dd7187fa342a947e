"""Owns reading structs that a query makes: their fields, and the columns that must not be null for them to be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.nodes import clone
from .temporal_conditions import bare, is_plain

_STRICT = (exp.Paren, exp.Add, exp.Sub, exp.Neg, exp.Cast)


@dataclass(frozen=True, slots=True)
class Made:
    """A struct, or a field of one.

    Args:
        fields: values by name.
        present: columns, and fields of them, without which it is null.
    """

    fields: dict[str, exp.Expr]
    present: tuple[exp.Expr, ...]


def made_struct(node: exp.Expr) -> Made | None:
    """Return a struct that stands there, under a CASE for what must be present or alone; None for everything else."""
    node = bare(node)
    if isinstance(node, exp.Case):
        arms = node.args.get("ifs") or []
        if node.this is not None or len(arms) != 1 or node.args.get("default") is not None:
            return None
        fields, present = _fields(bare(arms[0].args["true"])), _present(arms[0].this)
        return Made(fields, present) if fields is not None and present is not None else None
    fields = _fields(node)
    return Made(fields, ()) if fields is not None else None


def _fields(node: exp.Expr) -> dict[str, exp.Expr] | None:
    if not isinstance(node, exp.Anonymous) or str(node.name).lower() != "named_struct" or len(node.expressions) % 2:
        return None
    names, values = node.expressions[::2], node.expressions[1::2]
    if not all(isinstance(one, exp.Literal) and one.is_string for one in names):
        return None
    if not all(_is_strict(reduced(one)) or isinstance(one, exp.Literal | exp.Boolean) for one in values):
        return None
    return {str(name.this): value for name, value in zip(names, values, strict=True)}


def _present(condition: exp.Expr) -> tuple[exp.Expr, ...] | None:
    """Return the columns that a condition `a IS NOT NULL AND …` asks to be there; None for other conditions."""
    condition = bare(condition)
    if isinstance(condition, exp.And):
        left, right = _present(condition.this), _present(condition.expression)
        return (*left, *right) if left is not None and right is not None else None
    inner = bare(condition.this) if isinstance(condition, exp.Not) else None
    if not isinstance(inner, exp.Is) or not isinstance(inner.expression, exp.Null) or not _is_strict(inner.this):
        return None
    return tuple(atoms(inner.this))


def atoms(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the columns, and fields of columns, that a value is made of."""
    if is_plain(node):
        yield node
    elif not isinstance(node, exp.Literal):
        for one in _operands(node):
            yield from atoms(one)


def _operands(node: exp.Expr) -> list[exp.Expr]:
    return [node.this, node.expression] if isinstance(node, exp.Add | exp.Sub) else [node.this]


def _is_strict(node: exp.Expr) -> bool:
    """Say whether a value is made of columns and constants by sums and casts alone, so that it is null where a column is."""
    if is_plain(node) or isinstance(node, exp.Literal):
        return True
    return type(node) in _STRICT and all(_is_strict(one) for one in _operands(node))


def reduced(node: exp.Expr) -> exp.Expr:
    """Return a value without sums of constants: `(s - 1) + CASE WHEN FALSE THEN 0 ELSE 1 END` is `s`; sums wrap alike."""
    rest, number = split_sum(node)
    if rest is None:
        return exp.Literal.number(number) if number >= 0 else exp.Neg(this=exp.Literal.number(-number))
    if number == 0:
        return clone(rest)
    made = exp.Add if number > 0 else exp.Sub
    return made(this=clone(rest), expression=exp.Literal.number(abs(number)))


def split_sum(node: exp.Expr) -> tuple[exp.Expr | None, int]:
    """Return a sum as what is no constant, and the constants' sum."""
    node = bare(node)
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
        return None, int(str(node.this))
    if isinstance(node, exp.Case) and (chosen := _decided(node)) is not None:
        return split_sum(chosen)
    if isinstance(node, exp.Add | exp.Sub):
        sign = 1 if isinstance(node, exp.Add) else -1
        left, number = split_sum(node.this)
        right, other = split_sum(node.expression)
        if right is None:
            return left, number + sign * other
        if left is None and sign == 1:
            return right, number + other
    return node, 0


def _decided(node: exp.Case) -> exp.Expr | None:
    """Return the value of a CASE whose one condition is written out as true or false."""
    arms = node.args.get("ifs") or []
    condition = bare(arms[0].this) if len(arms) == 1 and node.this is None else None
    if not isinstance(condition, exp.Boolean):
        return None
    return arms[0].args["true"] if condition.this else node.args.get("default")
