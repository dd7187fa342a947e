"""Owns the words of syntax errors: what was found, what was expected, and the likely cure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lark import UnexpectedToken
from sqlglot.tokens import Token, TokenType

from .diagnostics import TreadleError, error, nearest
from .reading import Stop
from .source import Source, Span

#: Words of queries that a misspelt one may have been meant for.
_QUERY_WORDS = tuple(
    "AND AS BETWEEN CASE CAST CROSS DISTINCT ELSE END EXCEPT FROM FULL GROUP HAVING INNER INTERSECT INTERVAL JOIN LATERAL LEFT "
    "LIKE LIMIT NATURAL NOT NULL OFFSET ORDER OUTER OVER PARTITION QUALIFY RIGHT SELECT THEN UNION USING VALUES WHEN WHERE WINDOW WITH".split()
)
_SHOWN = {
    **{"NAME": "a name", "STRING": "a string", "EXPR": "an expression", "TYPE": "a type", "QUERY": "a query", "$END": "the end"},
    **{"LPAR": "`(`", "RPAR": "`)`", "COMMA": "`,`", "DOT": "`.`", "ARROW": "`=>`", "EQUAL": "`=`"},
}


def stopped(stop: Stop, source: Source, tokens: list[Token], following: Token | None) -> TreadleError:
    """Return the error of a query parser that stopped.

    Args:
        tokens: the island's tokens.
        following: the token behind the island, or None at the end of the statement.
    """
    if stop.code != "T1001":
        return error(stop.code, stop.message, source.span(stop.start, stop.end), help=stop.help)
    if stop.token is None and following is None:
        end = tokens[-1].end + 1 if tokens else stop.end
        last = tokens[-1].start if tokens else stop.start
        help = _misspelt(tokens[-1:], tokens) if tokens else None
        return error("T1002", f"the statement ends here, {_due(stop.message)}", source.span(last, end), help=help)
    token = stop.token or following
    assert token is not None
    index = next((i for i, t in enumerate(tokens) if t is token), len(tokens))
    before = tokens[max(0, index - 1) : index]
    start = token.start
    help = stop.help or _misspelt([token], tokens)
    if help is None and (help := _misspelt(before, tokens)) is not None:
        start = before[0].start
    help = help or _unclosed(before, source) or _hint(token)
    return error("T1001", f"found `{_text(token, source)}`, {_due(stop.message)}", source.span(start, token.end + 1), help=help)


def _due(message: str) -> str:
    return message if message.startswith("expected") else f"expected something else: {message}"


def _text(token: Token, source: Source) -> str:
    text = source.text[token.start : token.end + 1]
    return text if len(text) <= 40 else text[:37] + "…"


def _misspelt(candidates: list[Token], tokens: list[Token]) -> str | None:
    """Return `did you mean …?` for a word that is nearly a word of queries."""
    for token in candidates:
        if token.token_type is TokenType.VAR and len(token.text) > 2 and token.text.upper() not in _QUERY_WORDS:
            if found := nearest(token.text.upper(), _QUERY_WORDS, limit=1):
                return f"did you mean `{found[0]}`?"
    del tokens
    return None


def _unclosed(before: list[Token], source: Source) -> str | None:
    """Return a hint when the token before is a string over several lines: its quote may be the culprit."""
    if before and before[0].token_type is TokenType.STRING and "\n" in source.text[before[0].start : before[0].end]:
        return f"is the quote of the string that begins in line {source.line_column(before[0].start)[0]} in its place?"
    return None


def _hint(token: Token) -> str | None:
    if token.token_type is TokenType.CREATE:
        return "end the statement before with `;`"
    if token.token_type is TokenType.FOR:
        return "row locks are not part of treadle's SQL"
    return None


def nested_too_deeply(source: Source, tokens: list[Token]) -> TreadleError:
    """Return the error for what is nested deeper than can be read."""
    span = source.span(tokens[0].start, tokens[0].end + 1) if tokens else None
    return error("T1014", "this is nested too deeply to be read", span, help="name the inner parts with WITH or as views")


def misfit(fault: UnexpectedToken, source: Source, tokens: list[Token]) -> TreadleError:
    """Return the error of a statement that the grammar did not take."""
    taken = _accepted(fault)
    if fault.token.type == "$END":
        last = tokens[-1]
        message = f"the statement ends here, expected {_either(taken)}"
        return error("T1002", message, source.span(last.start, last.end + 1))
    token = tokens[fault.token.start_pos or 0]
    span = source.span(token.start, token.end + 1)
    words = [t for t in taken if t.isalpha() and t not in _SHOWN]
    help = None
    if token.token_type is not TokenType.IDENTIFIER and (found := nearest(token.text.upper(), words, limit=1)):
        help = f"did you mean `{found[0]}`?"
    elif (start := fault.token.start_pos or 0) and (help := _earlier(tokens[start - 1], fault)) is not None:
        span = source.span(tokens[start - 1].start, token.end + 1)
    return error("T1001", f"found `{_text(token, source)}`, expected {_either(taken)}", span, help=help)


def _earlier(before: Token, fault: UnexpectedToken) -> str | None:
    """Return a hint when the token before, read as a name, was nearly a keyword."""
    if before.token_type is TokenType.VAR and (found := nearest(before.text.upper(), _STATEMENT_WORDS, limit=1)) and found[0] != before.text.upper():
        return f"did you mean `{found[0]}`?"
    return None


_STATEMENT_WORDS = ("COMMENT", "CONSTRAINT", "EXPECT", "OPTIONS", "PARTITION", "REFRESH", "RETURNS", "TAGS", "UNIQUE")


def _accepted(fault: UnexpectedToken) -> list[str]:
    parser: Any = fault.interactive_parser
    return sorted(parser.accepts() if parser is not None else fault.expected)


def _either(kinds: Iterable[str]) -> str:
    """Return terminals as people read them: `a name, AS or COMMENT`."""
    listed = sorted((_SHOWN.get(kind, kind) for kind in kinds), key=lambda w: (w.isupper(), w))
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + " or " + listed[-1]


def place(token: Token, source: Source) -> Span:
    """Return the place of a token."""
    return source.span(token.start, token.end + 1)
