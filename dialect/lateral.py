"""Owns LATERAL, LATERAL VIEW and UNNEST in FROM: how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

if TYPE_CHECKING:
    from .parser import TreadleParser


def lateral(self: TreadleParser) -> exp.Lateral | None:
    """Read `LATERAL (SELECT …) AS l`, `LATERAL f(x) AS l` or `LATERAL VIEW [OUTER] explode(x) l AS a`; None for anything else."""
    if not self._match(TokenType.LATERAL):
        return None
    start = self._prev
    if self._match_text_seq("VIEW"):
        node = _view(self)
    else:
        before = self._tokens[self._index - 2] if self._index > 1 else start
        if before.token_type not in (TokenType.COMMA, TokenType.JOIN, TokenType.FROM):
            self.raise_error("expected `,` or JOIN before LATERAL", start)
        this = self._parse_select(table=True) or unnest(self, with_alias=False) or self._parse_function()
        if this is None:
            self.raise_error("expected a query, UNNEST(…) or VIEW")
        moved = this.args["alias"].pop() if isinstance(this, exp.Subquery) and this.alias else None
        ordinality = self._match_pair(TokenType.WITH, TokenType.ORDINALITY)
        node = self.expression(exp.Lateral(this=this, alias=moved or self._parse_table_alias(), ordinality=ordinality))
    self.widen(node, start)
    return node


def _view(self: TreadleParser) -> exp.Lateral:
    outer = self._match_text_seq("OUTER") or self._match(TokenType.OUTER)
    call = unnest_call(self) or self._parse_function()
    if call is None:
        self.raise_error("expected a call such as explode(list)")
    name = self._parse_id_var(any_token=False)
    columns = self._parse_csv(self._parse_id_var) if self._match(TokenType.ALIAS) else []
    alias = self.expression(exp.TableAlias(this=name, columns=columns)) if name is not None or columns else None
    return self.expression(exp.Lateral(this=call, view=True, outer=outer, alias=alias))


def unnest_call(self: TreadleParser) -> exp.Anonymous | None:
    """Read `unnest(…)` as a plain call, or None when something else stands here."""
    if not self._match_pair(TokenType.UNNEST, TokenType.L_PAREN, advance=False):
        return None
    start = self._curr
    self._advance()
    node = self.expression(exp.Anonymous(this=start.text, expressions=self._parse_wrapped_csv(self._parse_disjunction)))
    self.widen(node, start)
    return node


def unnest(self: TreadleParser, with_alias: bool = True) -> exp.Unnest | None:
    """Read `UNNEST(a, b) [WITH ORDINALITY] [AS u(x, y, n)]`, or None when something else stands here."""
    if not self._match_pair(TokenType.UNNEST, TokenType.L_PAREN, advance=False):
        return None
    self._advance()
    expressions = self._parse_wrapped_csv(self._parse_disjunction)
    ordinality = self._match_pair(TokenType.WITH, TokenType.ORDINALITY)
    alias = self._parse_table_alias() if with_alias else None
    if self._match_pair(TokenType.WITH, TokenType.OFFSET, advance=False):
        self.refuse("T1008", "WITH OFFSET is not part of treadle's SQL", self._curr, "write WITH ORDINALITY AS u(x, n), and n - 1")
    return self.expression(exp.Unnest(expressions=expressions, offset=ordinality, alias=alias))
