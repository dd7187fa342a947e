"""Owns the forms of expressions that other systems brought: lambdas, list comprehensions, `DIV`, LIMIT ALL, BETWEEN SYMMETRIC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

if TYPE_CHECKING:
    from .parser import TreadleParser

_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)
_ENDS = frozenset({*_NAMES, TokenType.NUMBER, TokenType.STRING, TokenType.R_PAREN, TokenType.R_BRACKET})
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_COMPARED = frozenset({TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE})
_BEGINS = frozenset({*_NAMES, TokenType.NUMBER, TokenType.L_PAREN, TokenType.PARAMETER, TokenType.DASH})


def divides(part: list[Token], at: int) -> bool:
    """Say whether the word DIV stands between two operands, where it is an operator and no name."""
    if not 0 < at < len(part) - 1 or part[at].text.upper() != "DIV":
        return False
    return part[at - 1].token_type in _ENDS and part[at + 1].token_type in _BEGINS


def arrow(self: TreadleParser, names: list[exp.Expr]) -> exp.Expr:
    """Read the body of `x -> …`; its parameter stays a column in it, which the binder finds."""
    return self.expression(exp.Lambda(this=self._parse_disjunction(), expressions=names))


def python_lambda(self: TreadleParser) -> exp.Expr | None:
    """Read `lambda x: …` and `lambda x, i: …`; None where LAMBDA is a name."""
    start, index = self._curr, self._index
    if start.token_type is not TokenType.VAR or start.text.upper() != "LAMBDA" or self._next.token_type not in _NAMES:
        return None
    self._advance()
    names = self._parse_csv(self._parse_id_var)
    if not self._match(TokenType.COLON):
        self._retreat(index)
        return None
    node = arrow(self, names)
    self.widen(node, start)
    return node


def comprehends(tokens: list[Token], at: int) -> bool:
    """Say whether a bracket opens here that holds a FOR of its own."""
    if at >= len(tokens) or tokens[at].token_type is not TokenType.L_BRACKET:
        return False
    depth = 0
    for token in tokens[at:]:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth == 0 or (depth == 1 and token.token_type is TokenType.COMMA):
            return False
        if depth == 1 and token.token_type is TokenType.FOR:
            return True
    return False


def comprehension(self: TreadleParser) -> exp.Expr:
    """Read `[value FOR x IN list IF condition]` as the calls that it stands for."""
    start = self._curr
    self._advance()
    value = self._parse_disjunction()
    self._match(TokenType.FOR)
    name = self._parse_id_var()
    if name is None or not self._match(TokenType.IN):
        self.raise_error("expected `name IN list`")
    items = self._parse_bitwise()
    if self._match_text_seq("IF"):
        items = _called(self, "list_filter", items, self._parse_disjunction(), name, start)
    node = _called(self, "list_transform", items, value, name, start)
    if not self._match(TokenType.R_BRACKET):
        self.raise_error("expected `]`")
    self.widen(node, start)
    return node


def _called(self: TreadleParser, called: str, items: exp.Expr | None, body: exp.Expr | None, name: exp.Expr, start: Token) -> exp.Expr:
    body = self.expression(exp.Lambda(this=body, expressions=[name.copy()]))
    return self.expression(exp.Anonymous(this=called, expressions=[items, body]), start)


def between(self: TreadleParser, this: exp.Expr | None) -> exp.Between:
    """Read BETWEEN, with SYMMETRIC kept; ASYMMETRIC says what is so without it."""
    word = self._curr.text.upper() if self._curr.token_type is TokenType.VAR and self._next.token_type is not TokenType.AND else ""
    if word in ("SYMMETRIC", "ASYMMETRIC"):
        self._advance()
    low = self._parse_bitwise()
    if not self._match(TokenType.AND):
        self.raise_error("expected AND")
    high = self._parse_bitwise()
    return self.expression(exp.Between(this=this, low=low, high=high, symmetric=True if word == "SYMMETRIC" else None))


def quantified(self: TreadleParser) -> exp.Expr | None:
    """Read what follows ALL behind a comparison, a list or a query; elsewhere the word is no operand."""
    start = self._prev
    if self._index < 2 or self._tokens[self._index - 2].token_type not in _COMPARED:
        self._retreat(self._index - 1)
        return self._parse_function_call(optional_parens=False)
    node = self.expression(exp.All(this=self._parse_bitwise()))
    self.widen(node, start)
    return node
