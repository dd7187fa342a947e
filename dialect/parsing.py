"""Owns text to script: `parse` reads every statement of a source and collects every error, one for each statement.

The other entries read one query, expression or type, for specifications and for Python.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from lark import Token as Terminal
from lark import UnexpectedToken
from sqlglot import exp
from sqlglot.tokenizer_core import Token

from .broken import Broken, broken
from .described_tables import described_table, placed_at
from .diagnostics import Problems, TreadleError, error
from .foreign import foreign
from .grammar import QUERY_START_WORDS, QUERY_STARTS, grammar
from .reader import Node, Reader, island
from .script import Script
from .source import Source, Span
from .sql import parser
from .statements import READERS
from .statements.base import Query, Statement
from .statements.query import QueryStatement
from .stopping import misfit
from .tokens import Piece, pieces, whole
from .types import DataType
from .types_sql import TypeStop, read_type


def parse(source: Source, *, adhoc: bool = False) -> Script:
    """Return the statements of a source and what is wrong in it; never raises for wrong input.

    Args:
        source: the text.
        adhoc: whether a query may stand on its own, as typed in a shell.
    """
    problems = Problems()
    statements: list[Statement] = []
    lost: list[Broken | None] = []
    for piece in pieces(source):
        if piece.unseparated is not None:
            problems.add(piece.unseparated)
        problems.add(*piece.doubts)
        try:
            statements.append(read_statement(piece, source, adhoc))
        except TreadleError as problem:
            problems.catch(problem)
            lost.append(broken(piece.tokens, source))
    return Script(source, tuple(statements), tuple(problems), tuple(one for one in lost if one is not None))


def parse_query(text: str, name: str = "<spec>") -> exp.Query:
    """Return the tree of one query.

    Raises:
        TreadleError: T1, the first thing wrong.
    """
    source = Source(name, text)
    return cast(exp.Query, island(parser(), whole(source), source, lambda p: p.read_query(), "a query"))


def parse_expression(text: str, name: str = "<spec>") -> exp.Expression:
    """Return the tree of one expression.

    Raises:
        TreadleError: T1, the first thing wrong.
    """
    source = Source(name, text)
    return cast(exp.Expression, island(parser(), whole(source), source, lambda p: p._parse_disjunction(), "an expression"))


@lru_cache(maxsize=4096)
def parse_type(text: str) -> DataType:
    """Return a type from its text; specifications name few types for many columns, so they are remembered.

    Raises:
        TreadleError: T1001 or T1010, the first thing wrong.
    """
    source = Source("<type>", text)
    tokens = whole(source)
    try:
        found, after = read_type(tokens, 0)
    except TypeStop as stop:
        span = source.span(stop.token.start, stop.token.end + 1) if stop.token else source.span(len(text), len(text))
        raise error(stop.code, stop.message, span, help=stop.help) from None
    if after < len(tokens):
        token = tokens[after]
        raise error("T1001", f"found `{token.text}`, expected the end of the type", source.span(token.start, token.end + 1))
    return found


def span_of(node: exp.Expr, source: Source) -> Span:
    """Return the place of a node, or of the nearest node around it; the whole source for a tree without places."""
    at: exp.Expr | None = node
    while at is not None:
        if found := at.meta.get("span"):
            return source.span(*found)
        at = at.parent
    return source.span(0, len(source.text))


def read_statement(piece: Piece, source: Source, adhoc: bool) -> Statement:
    """Return the statement that the tokens of a piece say.

    Raises:
        TreadleError: T1, the first thing wrong.
    """
    if piece.problem is not None:
        raise TreadleError(piece.problem)
    tokens = piece.tokens
    first = tokens[0]
    span = source.span(first.start, tokens[-1].end + 1)
    if first.token_type in QUERY_STARTS or first.text.upper() in QUERY_START_WORDS:
        return _query(tokens, source, span, adhoc)
    if adhoc and (described := described_table(tokens, source)) is not None:
        return QueryStatement(span, Query(placed_at(parse_query(described[0]), described[1]), span))
    if (problem := foreign(tokens, source)) is not None:
        raise problem
    reader = Reader(source, tokens, parser)
    try:
        tree = grammar().parse(tokens)  # the lexer takes tokens where others take text
    except UnexpectedToken as fault:
        _check_islands(fault, reader)
        raise misfit(fault, source, tokens) from None
    rule = cast(Node, tree.children[0])
    return READERS[str(rule.data)](rule, reader, span)


def _check_islands(fault: UnexpectedToken, reader: Reader) -> None:
    """Raise what is wrong in an island before the place where the grammar stopped: the cause is there, if anything is."""
    stack = fault.interactive_parser.parser_state.value_stack
    for part in stack:
        for terminal in [part] if isinstance(part, Terminal) else part.scan_values(lambda v: isinstance(v, Terminal)):
            reader.check(terminal)


def _query(tokens: list[Token], source: Source, span: Span, adhoc: bool) -> Statement:
    tree = island(parser(), tokens, source, lambda p: p.read_query(), "a query")
    if not adhoc:
        first = tokens[0]
        place = source.span(first.start, first.end + 1)
        raise error("T1013", "a query on its own does nothing in a project", place, help="name it: CREATE VIEW name AS …")
    return QueryStatement(span, Query(cast(exp.Query, tree), span))
