"""Owns PIVOT and UNPIVOT as statements: `PIVOT t ON … USING …` stands where a query may, and is `SELECT * FROM (PIVOT …)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

if TYPE_CHECKING:
    from .parser import TreadleParser


def pivot_statement(self: TreadleParser) -> exp.Expr | None:
    """Read PIVOT or UNPIVOT at the beginning of a query, with ORDER BY, LIMIT and set operations behind it."""
    start = self._curr
    self._advance()
    pivot = self._parse_simplified_pivot(is_unpivot=self._prev.token_type is TokenType.UNPIVOT)
    if not pivot.expressions:
        self.raise_error("expected ON")
    self.widen(pivot, start)
    derived = self.expression(exp.Subquery(this=pivot, alias=exp.TableAlias(this=exp.to_identifier("_pivot"))))
    query: Any = self.expression(exp.Select(expressions=[exp.Star()], from_=exp.From(this=derived)))
    for node in (derived, query, query.expressions[0]):
        self.widen(node, start)
    return self._parse_set_operations(self._parse_query_modifiers(query))


def unpivot_columns(self: TreadleParser) -> exp.UnpivotColumns | None:
    """Read `INTO NAME n VALUE v, …`."""
    if not self._match(TokenType.INTO):
        return None
    if not self._match_text_seq("NAME"):
        self.raise_error("expected NAME")
    name = self._parse_id_var()
    if not self._match_text_seq("VALUE"):
        self.raise_error("expected VALUE")
    values = self._parse_csv(self._parse_id_var)
    if name is None or not values:
        self.raise_error("expected a name")
    return self.expression(exp.UnpivotColumns(this=name, expressions=values))


def pivot_in(self: TreadleParser) -> exp.In:
    """Read `column IN (value [AS name], …)`; sqlglot takes any expression for a name, and AS without one."""
    column = self._parse_column()
    if not self._match(TokenType.IN):
        self.raise_error("expected IN")
    if not self._match(TokenType.L_PAREN):
        return self.expression(exp.In(this=column, field=self._parse_id_var()))
    if self._match(TokenType.ANY):
        values: list[exp.Expr] = [self.expression(exp.PivotAny(this=self._parse_order()))]
    else:
        values = self._parse_csv(lambda: _pivot_value(self))
    self._match_r_paren()
    return self.expression(exp.In(this=column, expressions=values))


def _pivot_value(self: TreadleParser) -> exp.Expr | None:
    value = self._parse_select_or_expression()
    told = self._match(TokenType.ALIAS)
    name = self._parse_id_var(any_token=bool(told)) or self._parse_string()
    if told and name is None:
        self.raise_error("expected a name")
    if isinstance(value, exp.Column) and name is not None and not told:
        self.raise_error("expected `,` or AS", self._prev)  # of two columns side by side one would be a label
    return value if name is None else self.expression(exp.PivotAlias(this=value, alias=name))
