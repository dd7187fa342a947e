"""Owns the statement grammar at work: its parser, built once and kept, and the lexer that feeds it from sqlglot's tokens.

Words are keywords only where the grammar takes them; what the grammar calls EXPR, TYPE
and QUERY are islands: stretches of tokens that the query parser reads later.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark
from lark import Token as Terminal
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift
from sqlglot.tokenizer_core import Token, TokenType

from .grammar_cache import kept
from .types_sql import TypeStop, read_type

_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_PUNCTUATION = {
    TokenType.L_PAREN: "LPAR",
    TokenType.R_PAREN: "RPAR",
    TokenType.COMMA: "COMMA",
    TokenType.DOT: "DOT",
    TokenType.FARROW: "ARROW",
    TokenType.EQ: "EQUAL",
}
#: What a query can begin with; anything else where a query is due is an error there.
QUERY_STARTS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.VALUES, TokenType.L_PAREN})
QUERY_START_WORDS = frozenset({"PIVOT", "UNPIVOT"})
_ISLANDS = frozenset({"EXPR", "TYPE", "QUERY"})
#: Tokens behind which an operand is still missing, so that a keyword there is part of the expression.
_UNFINISHED = frozenset(
    {TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.IS, TokenType.IN, TokenType.LIKE, TokenType.ILIKE, TokenType.BETWEEN}
    | {TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.DOT, TokenType.COMMA, TokenType.ESCAPE}
    | {TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.DPIPE, TokenType.DCOLON}
    | {TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.ARROW, TokenType.DARROW}
    | {TokenType.AMP, TokenType.PIPE, TokenType.CARET, TokenType.TILDE, TokenType.INTERVAL, TokenType.PARAMETER}
)


class _Lexer(Lexer):
    """Turns a statement's tokens into the grammar's terminals, asking the parser what it would take."""

    __future_interface__ = True

    def __init__(self, conf: Any) -> None:
        words = (t.name for t in conf.terminals if t.pattern.type == "str" and t.name.isalpha())
        self.keywords = frozenset(words) - set(_PUNCTUATION.values())

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Terminal]:
        tokens: list[Token] = getattr(lexer_state.text, "text", lexer_state.text)
        at, states = 0, parser_state.parse_conf.parse_table.states
        while at < len(tokens):
            taken = states[parser_state.position]
            words = tokens[at].text.upper().split() if tokens[at].token_type is not TokenType.IDENTIFIER else []
            if len(words) > 1 and words[0] in taken:  # PARTITION BY is one token of sqlglot's
                for word in words:
                    yield Terminal(word, "", at, end_pos=at + 1)
                at += 1
                continue
            kind, end = self.terminal(tokens, at, taken, parser_state)
            yield Terminal(kind, "", at, end_pos=end)
            at = end

    def terminal(self, tokens: list[Token], at: int, taken: dict[str, Any], state: Any) -> tuple[str, int]:
        """Return the terminal at a token, and the index behind it."""
        token = tokens[at]
        kind, word = token.token_type, token.text.upper()
        if word in taken and word in self.keywords and _is_word(token):
            return word, at + 1
        if "QUERY" in taken and (kind in QUERY_STARTS or word in QUERY_START_WORDS):
            return "QUERY", _closing(tokens, at)
        if "TYPE" in taken and _is_word(token):
            try:
                return "TYPE", read_type(tokens, at)[1]
            except TypeStop as stop:  # a keyword is a missing type; of another word the type's own error says more
                return (word if word in self.keywords and stop.token is token else "TYPE"), at + 1
        if "EXPR" in taken and ("NAME" not in taken or kind in (TokenType.STRING, TokenType.PARAMETER)) and kind not in _CLOSING:
            return "EXPR", _expression_end(tokens, at, self.following(state))
        if kind is TokenType.STRING:
            return "STRING", at + 1
        if kind in _PUNCTUATION:
            return _PUNCTUATION[kind], at + 1
        return ("NAME", at + 1) if _is_word(token) or kind is TokenType.IDENTIFIER else ("STRAY", at + 1)

    def following(self, state: Any) -> frozenset[str]:
        """Return the keywords that may stand behind an expression that begins in a state of the parser."""
        states, stack = state.parse_conf.parse_table.states, list(state.state_stack)
        action, target = states[stack[-1]]["EXPR"]
        while action is not Shift:  # rules that end before the expression come first
            if target.expansion:
                del stack[-len(target.expansion) :]
            stack.append(states[stack[-1]][target.origin.name][1])
            action, target = states[stack[-1]]["EXPR"]
        return frozenset(states[target]) & self.keywords


def _is_word(token: Token) -> bool:
    quoted = token.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
    return not quoted and (token.text[:1].isalpha() or token.text[:1] == "_")


def _closing(tokens: list[Token], at: int) -> int:
    """Return the index of the bracket that closes around a token, or the end."""
    depth = 0
    for index in range(at, len(tokens)):
        kind = tokens[index].token_type
        if kind in _OPENING:
            depth += 1
        elif kind in _CLOSING:
            depth -= 1
            if depth < 0:
                return index
    return len(tokens)


def _expression_end(tokens: list[Token], at: int, stops: frozenset[str]) -> int:
    depth = 0
    for index in range(at, len(tokens)):
        token = tokens[index]
        kind = token.token_type
        if kind in _OPENING:
            depth += 1
        elif kind in _CLOSING:
            depth -= 1
            if depth < 0:
                return index
        elif depth == 0 and index > at:
            if kind is TokenType.COMMA:
                return index
            word = token.text.upper().split()[0] if token.text else ""
            if word in stops and _is_word(token) and tokens[index - 1].token_type not in _UNFINISHED and not _negates(tokens, index):
                return index
    return len(tokens)


def _negates(tokens: list[Token], index: int) -> bool:
    """Say whether a NOT belongs to `NOT IN`, `NOT LIKE` and their kin rather than to `NOT NULL`."""
    following = tokens[index + 1].token_type if index + 1 < len(tokens) else None
    return tokens[index].token_type is TokenType.NOT and following is not TokenType.NULL


@cache
def grammar() -> Lark:
    """Return the parser of statements; `grammar().parse(tokens)` gives a tree whose tokens know the stretch they stand for
    (`start_pos` to `end_pos`, indexes into the tokens)."""
    text = files("treadle.grammar").joinpath("treadle.lark").read_text("utf-8")
    options = {"parser": "lalr", "propagate_positions": False, "maybe_placeholders": False, "keep_all_tokens": True}
    return kept(f"{_Lexer.__module__} {options}\n{text}", lambda: Lark(text, lexer=_Lexer, **options))
