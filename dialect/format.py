"""Owns `format_source`: a source's statements in one layout; every token and every comment stays, in order.

Statements that can't be read are left exactly as they stand, with the diagnostic that says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from lark import Token as Terminal
from sqlglot.tokenizer_core import Token, TokenType

from .comments import Gap, blank_until, read_gap, semicolon
from .diagnostics import Bug, Diagnostic, Problems, TreadleError
from .grammar import grammar
from .layout import render
from .parsing import read_statement
from .shape import Shape
from .source import Source
from .spelling import Word, named_places, words
from .statements.query import QueryStatement
from .tokens import Piece, pieces

WIDTH = 100
_NAMES = frozenset({"NAME", "STRING", "TYPE"})
_NO_WORDS = frozenset({"EXPR", "QUERY", "LPAR", "RPAR", "COMMA", "DOT", "ARROW", "EQUAL"})
_CLAUSES = frozenset(
    "APPEND CALLED CHECK COMMENT CONSTRAINT FILTER GIVEN IMMUTABLE INTO LANGUAGE OPTIONS OVERWRITE PARTITION PRIMARY REFRESH REPLACE "
    "RETURN STABLE STRICT TAGS TIMESTAMP VERSION VOLATILE WITH".split()
)


@dataclass(frozen=True, slots=True)
class Formatted:
    """A source in treadle's layout.

    Args:
        text: the whole text.
        diagnostics: what is wrong in it; the statements with it are left as they were.
    """

    text: str
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a source and its new text; it ends behind its semicolon, if there is one."""

    start: int
    end: int
    text: str


def format_source(source: Source, width: int = WIDTH) -> Formatted:
    """Return a source with one statement per paragraph, keywords in upper case and lines that fit.

    Args:
        width: cells of a line; a word that is longer stands on a line of its own.

    >>> format_source(Source("a.sql", "create view v as from t select a -- first")).text
    'CREATE VIEW v AS FROM t SELECT a; -- first\\n'
    """
    problems = Problems()
    text = source.text
    newline = "\r\n" if "\r\n" in text and "\n" not in text.replace("\r\n", "") else "\n"
    parts: list[_Part] = []
    found = pieces(source)
    for piece, following in zip_longest(found, found[1:]):
        end = following.tokens[0].start if following is not None and following.tokens else len(text)
        try:
            parts.append(_part(piece, following, end, source, width, newline))
        except TreadleError as problem:
            problems.catch(problem)
            parts.append(_kept(piece, parts, end, source))
    made = "".join(_paragraphs(parts, source, newline))
    again = Source(source.name, made)
    if _substance(source, found) != _substance(again, pieces(again)):
        raise Bug(f"the layout of {source.name} would change what it says")  # nothing is ever lost silently
    return Formatted(made, tuple(problems))


def _kept(piece: Piece, before: list[_Part], end: int, source: Source) -> _Part:
    """Return a statement as it stands; one that can't be told from what follows takes that along."""
    start = piece.tokens[0].start if piece.tokens else before[-1].end if before else 0
    if not piece.tokens:
        start += blank_until(source.text[start:])
        return _Part(start, end, source.text[start:end])
    last = piece.tokens[-1].end + 1
    gap = source.text[last:end]
    semi = semicolon(gap)
    if blank_until(gap) < len(gap):
        last = end
    elif semi is not None:
        last += semi + 1
    return _Part(start, last, source.text[start:last])


def _part(piece: Piece, following: Piece | None, end: int, source: Source, width: int, newline: str) -> _Part:
    """Return a statement in its new layout.

    Raises:
        TreadleError: what is wrong with it, or that no semicolon parts it from a neighbour.
    """
    for problem in (piece.unseparated, following.unseparated if following is not None else None):
        if problem is not None:
            raise TreadleError(problem)
    tokens = piece.tokens
    statement = read_statement(piece, source, adhoc=True)
    tail = source.text[tokens[-1].end + 1 : end] if tokens else ""
    semi = semicolon(tail)
    gaps = [_EMPTY, *(read_gap(source.text[a.end + 1 : b.start]) for a, b in pairwise(tokens)), read_gap(tail[: semi or 0])]
    stands = _Standing.of(tokens, isinstance(statement, QueryStatement))
    spelled = words(tokens, source, named_places(statement), stands.names, stands.keywords)
    shape = Shape((*spelled, Word(TokenType.SEMICOLON, ";", False)), gaps, width)
    doc = shape.query(0, len(tokens)) if stands.body == 0 else shape.statement(stands.clauses, stands.body)
    made = render((doc, shape.before(len(tokens)), ";"), width, newline)
    return _Part(tokens[0].start, tokens[-1].end + 1 + (0 if semi is None else semi + 1), made)


_EMPTY = Gap((), (0,))


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the statement grammar takes a statement's tokens for, as indexes: names and types, keywords, starts of clauses, its query."""

    names: frozenset[int]
    keywords: frozenset[int]
    clauses: tuple[int, ...]
    body: int | None

    @staticmethod
    def of(tokens: list[Token], is_query: bool) -> _Standing:
        """Read the tokens of a statement that is known to be right."""
        if is_query:
            return _Standing(frozenset(), frozenset(), (), 0)
        names: set[int] = set()
        keywords: dict[int, str] = {}
        body = None
        tree = grammar().parse(tokens)  # the lexer takes tokens where others take text
        for terminal in tree.scan_values(lambda value: isinstance(value, Terminal)):
            at, end = terminal.start_pos or 0, terminal.end_pos or 0
            if terminal.type in _NAMES:
                names |= set(range(at, end))
            elif terminal.type == "QUERY" and end == len(tokens):
                body = at
            elif terminal.type not in _NO_WORDS:
                keywords.setdefault(at, terminal.type)
        clauses = tuple(at for at, word in keywords.items() if _begins(word, at, keywords, tokens))
        return _Standing(frozenset(names), frozenset(keywords), tuple(sorted(clauses)), body)


def _begins(word: str, at: int, keywords: dict[int, str], tokens: list[Token]) -> bool:
    """Say whether a clause begins at a keyword of the statement grammar."""
    if word == "REPLACE":
        return keywords.get(at - 1) != "OR"
    if word == "EXPECT":
        return keywords[0] == "CREATE" and keywords.get(1) == "TEST"
    return word in _CLAUSES


def _paragraphs(parts: Sequence[_Part], source: Source, newline: str) -> Iterator[str]:
    """Yield the statements and the comments between them: one blank line before each statement and its comments."""
    at = 0
    for part in parts:
        yield from _between(read_gap(source.text[at : part.start]), at > 0, newline)
        yield part.text
        at = part.end
    rest = read_gap(source.text[at:] + "\n")
    if rest.comments:
        yield from list(_between(rest, at > 0, newline))[:-1]
    if rest.comments or (parts and parts[-1].text.endswith(";")):
        yield newline


def _between(gap: Gap, behind: bool, newline: str) -> Iterator[str]:
    """Yield the comments between two statements, and the space before each and behind the last."""
    same_line, apart = behind and len(gap.comments) > gap.leading, behind
    for index, (comment, lines) in enumerate(zip(gap.comments, gap.lines, strict=False)):
        same_line = same_line and lines == 0
        if same_line or (lines == 0 and index):
            yield " "
        elif apart or index:
            yield newline * (2 if apart or lines > 1 else 1)
        apart = apart and same_line
        yield comment
    if apart:
        yield newline * 2
    elif gap.comments:
        yield newline * (2 if gap.lines[-1] > 1 else 1)


def _substance(source: Source, found: list[Piece]) -> tuple[list[list[str]], list[str]]:
    """Return what must stay: the statements' tokens without the case of words, and the comments."""
    statements: list[list[str]] = []
    comments: list[str] = []
    at = 0
    for piece in found:
        said = []
        for token in piece.tokens:
            comments += read_gap(source.text[at : token.start]).comments
            text, at = source.text[token.start : token.end + 1], token.end + 1
            if token.token_type is TokenType.PARAMETER:
                text = "PARAM"
            exact = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
            said.append(text if exact else " ".join(text.upper().split()))
        statements.append(said)
    return statements, [*comments, *read_gap(source.text[at:]).comments]
