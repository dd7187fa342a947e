"""Owns the reading of named arguments, `name => value`: words of the language as names, DISTINCT before and ORDER BY behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

if TYPE_CHECKING:
    from .parser import TreadleParser


def kwarg(self: TreadleParser, names: list[exp.Expr]) -> exp.Expr:
    """Read the value of `name => value`, and the ORDER BY of an aggregate behind it."""
    name = self.expression(exp.Var(this=names[0].name))
    name.meta["span"] = names[0].meta.get("span")
    value = self._parse_order(self._parse_disjunction() or self._parse_select())
    node: exp.Expr = self.expression(exp.Kwarg(this=name, expression=value))
    return node


def argument_name(self: TreadleParser) -> exp.Expr | None:
    """Read a word in front of `=>` as a name, though the language has it for something else: `replace(…, from => 'a')`."""
    if self._next.token_type is not TokenType.FARROW or not self._curr.text.isidentifier():
        return None
    self._advance()
    return self._identifier_expression(quoted=False)


def distinct(self: TreadleParser) -> exp.Expr | None:
    """Read `DISTINCT name => value, …` up to the closing bracket, or nothing when no argument is named there."""
    start = self._index
    self._advance()
    arguments = self._parse_csv(lambda: _argument(self))
    if not any(isinstance(one, exp.Kwarg) for one in arguments):
        self._retreat(start)
        return None
    last = arguments[-1]
    order = last.expression if isinstance(last, exp.Kwarg) and isinstance(last.expression, exp.Order) else None
    if order is not None:
        last.set("expression", order.this)
    node = self.expression(exp.Distinct(expressions=arguments))
    if order is None:
        return self._parse_order(node)
    order.set("this", node)
    return order


def _argument(self: TreadleParser) -> exp.Expr | None:
    name = argument_name(self)
    if name is None:
        return self._parse_disjunction()
    self._advance()
    return kwarg(self, [name])
