"""Owns completion outside of queries: the statement grammar itself is asked which words may follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lark import UnexpectedToken
from sqlglot.tokenizer_core import Token, TokenType

from ....dialect.grammar import grammar
from ....dialect.scan import Stretch
from ....dialect.source import Source
from ....dialect.tokens import pieces
from ..knowledge import Knowledge
from .offers import Offer, keywords, relations, types
from .outline import STARTS, Block

STATEMENTS = (
    "SELECT", "FROM", "WITH", "CREATE VIEW", "CREATE MATERIALIZED VIEW", "CREATE SOURCE", "CREATE FUNCTION", "CREATE TEST",
    "PARAM", "DESCRIBE", "SUMMARIZE", "EXPLAIN", "DROP", "VALUES",
)  # fmt: skip
_DROPPED = ("VIEW", "SOURCE", "FUNCTION", "PARAM", "TEST")
_PAIRS = {"PARTITION": "PARTITION BY", "PRIMARY": "PRIMARY KEY", "OR": "OR REPLACE", "ON": "ON VIOLATION", "NOT": "NOT NULL"}
#: Words that are offered before others that fit as well.
_OFTEN = frozenset({"VIEW", "AS", "RETURN", "DEFAULT"})
_RELATION_FOLLOWS = frozenset({"DESCRIBE", "SUMMARIZE", "FOR", "GIVEN", "REFERENCES", "OPTIMIZE", "VACUUM"})


def declaring(others: Sequence[Stretch], before: int, known: Knowledge) -> Iterator[Offer] | None:
    """Return what may follow in a statement that is no query; None once a query or expression in it has begun."""
    first, last = others[0].word, others[before - 1]
    if first == "DROP":
        return keywords(_DROPPED) if before == 1 else _dropped(known)
    if first == "EXPLAIN":
        return keywords(("SELECT", "FROM", "WITH")) if before == 1 else None
    if last.word in _RELATION_FOLLOWS and before >= 1:
        return _relations_or_query(known, last.word)
    taken = _taken(others[:before])
    return None if taken is None else _offered(taken)


def _dropped(known: Knowledge) -> Iterator[Offer]:
    return (Offer(name, "name", "declared in this session") for name in known.declared)


def _relations_or_query(known: Knowledge, word: str) -> Iterator[Offer]:
    yield from (one for one in relations(known, Block()) if one.kind != "function")
    if word in ("DESCRIBE", "SUMMARIZE"):
        yield from keywords(("SELECT", "FROM"))


def _taken(stretches: Sequence[Stretch]) -> frozenset[str] | None:
    """Return the terminals of the grammar that may follow some stretches; None inside of an expression or query."""
    text = " ".join(one.text for one in stretches)
    found = pieces(Source("<shell>", text))
    if not found or found[-1].problem is not None:
        return frozenset()
    tokens = found[-1].tokens
    try:
        grammar().parse(tokens)  # the lexer takes tokens where others take text
    except UnexpectedToken as fault:
        return _accepted(fault) if fault.token.type == "$END" else frozenset()
    # It could end here: what else could follow shows at something that nothing takes.
    try:
        grammar().parse([*tokens, Token(TokenType.SEMICOLON, ";", 1, 1, len(text), len(text))])
    except UnexpectedToken as fault:
        return _accepted(fault)
    return None


def _accepted(fault: UnexpectedToken) -> frozenset[str] | None:
    parser: Any = fault.interactive_parser
    accepted: frozenset[str] = frozenset(parser.accepts())
    return None if "EXPR" in accepted and not accepted - {"EXPR", "QUERY", "$END"} else accepted


def _offered(taken: frozenset[str]) -> Iterator[Offer]:
    words = sorted(word for word in taken if word.isalpha() and word not in _KINDS)
    yield from keywords(_PAIRS.get(word, word) for word in sorted(words, key=lambda word: word not in _OFTEN))
    if "TYPE" in taken:
        yield from types()
    if "QUERY" in taken:
        yield from keywords(sorted(STARTS))


_KINDS = frozenset({"NAME", "STRING", "EXPR", "TYPE", "QUERY", "LPAR", "RPAR", "COMMA", "DOT", "ARROW", "EQUAL"})
