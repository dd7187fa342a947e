"""Owns the words of syntax errors: what was found, what was expected, and the likely cure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from typing import Any

from lark import Token as Terminal
from lark import Tree, UnexpectedToken
from sqlglot.tokenizer_core import Token, TokenType

from .diagnostics import Label, TreadleError, error, nearest
from .foreign import clause, written_elsewhere
from .habits import habit
from .reading import Stop
from .source import Source
from .types_sql import WORDS

#: Words of queries that a misspelt one may have been meant for.
_QUERY_WORDS = tuple(
    "AND AS BETWEEN CASE CAST CROSS DISTINCT ELSE END EXCEPT FROM FULL GROUP HAVING INNER INTERSECT INTERVAL JOIN LATERAL LEFT "
    "LIKE LIMIT NATURAL NOT NULL OFFSET ORDER OUTER OVER PARTITION QUALIFY RIGHT SELECT THEN UNION USING VALUES WHEN WHERE "
    "WINDOW WITH".split()
)
COMPLETE = "complete it, or remove a `;` inside of it"
_SHOWN = {
    **{"NAME": "a name", "STRING": "a string", "EXPR": "an expression", "TYPE": "a type", "QUERY": "a query", "$END": "the end"},
    **{"LPAR": "`(`", "RPAR": "`)`", "COMMA": "`,`", "DOT": "`.`", "ARROW": "`=>`", "EQUAL": "`=`"},
}


def stopped(stop: Stop, source: Source, tokens: list[Token], following: Token | None, cause: str | None = None) -> TreadleError:
    """Return the error of a query parser that stopped.

    Args:
        tokens: the island's tokens.
        following: the token behind the island, or None at the end of the statement.
        cause: what sqlglot said, if it was surprised.
    """
    if stop.code != "T1001":
        return error(stop.code, stop.message, source.span(stop.start, stop.end), help=stop.help)
    if stop.token is None and following is None:
        end = tokens[-1].end + 1 if tokens else stop.end
        last = tokens[-1].start if tokens else stop.start
        way = (_misspelt(tokens[-1:]) if tokens else None) or COMPLETE
        message = f"the statement ends here, {stop.message}"
        return error("T1002", message, source.span(last, end), help=way, labels=_open(tokens, source), cause=cause)
    token = stop.token or following
    assert token is not None
    index = next((i for i, t in enumerate(tokens) if t is token), len(tokens))
    before = tokens[max(0, index - 1) : index]
    start = token.start
    told = stop.help or habit(source.text, token, tokens[index - 1] if index else None) or written_elsewhere(token)
    help = told or _without_by(token) or _misspelt([token])
    if help is None and (help := _misspelt(before)) is not None:
        start = before[0].start
    if help is None and index > 1 and all(t.token_type is TokenType.VAR for t in tokens[index - 2 : index]):
        start, help = before[0].start, f"is a comma or a word missing before `{before[0].text}`?"
    help = help or _unclosed(before, source) or _hint(token) or (_before(before[0]) if before else None)
    if help is None and token.token_type is TokenType.R_PAREN and not _open(tokens[:index], source):
        help = "no bracket is open here"
    message = f"found `{_text(token, source)}`, {stop.message}" if stop.message.startswith("expected") else stop.message
    return error("T1001", message, source.span(start, token.end + 1), help=help, labels=_open(tokens[:index], source), cause=cause)


def _text(token: Token, source: Source) -> str:
    text = source.text[token.start : token.end + 1]
    return text if len(text) <= 40 else text[:37] + "…"


def near(word: str, candidates: Collection[str]) -> str | None:
    """Return the keyword that a word was nearly certainly meant for; stricter than for names, as any word is near some keyword.

    >>> near("whre", ["WHERE"]), near("orders", ["ORDER"]), near("order_id", ["ORDER"])
    ('WHERE', None, None)
    """
    if "_" in word or word.upper().removesuffix("S") in candidates:  # tables and columns are often called so
        return None
    found = nearest(word.upper(), candidates, limit=1)
    return found[0] if found and SequenceMatcher(None, word.upper(), found[0]).ratio() >= 0.75 else None


def _misspelt(candidates: list[Token]) -> str | None:
    """Return `did you mean …?` for a word that is nearly a word of queries."""
    for token in candidates:
        if token.token_type is TokenType.VAR and len(token.text) > 2 and token.text.upper() not in _QUERY_WORDS:
            if found := near(token.text, _QUERY_WORDS):
                return f"did you mean `{found}`?"
    return None


def _unclosed(before: list[Token], source: Source) -> str | None:
    """Return a hint when the token before is a string over several lines: its quote may be the culprit."""
    if before and before[0].token_type is TokenType.STRING and "\n" in source.text[before[0].start : before[0].end]:
        return f"is the quote of the string that begins in line {source.line_column(before[0].start)[0]} in its place?"
    return None


def _without_by(token: Token) -> str | None:
    words = ("GROUP", "ORDER", "PARTITION")
    return f"did you mean `{token.text.upper()} BY`?" if token.token_type is TokenType.VAR and token.text.upper() in words else None


def _hint(token: Token) -> str | None:
    if token.token_type is TokenType.CREATE:
        return "end the statement before with `;`"
    if token.token_type is TokenType.FOR:
        return "row locks are not part of treadle's SQL; a table as it was is `t VERSION AS OF 3` or `t TIMESTAMP AS OF '…'`"
    return _ELSEWHERE.get(token.text.upper())


def _before(token: Token) -> str | None:
    top = token.token_type is TokenType.VAR and token.text.upper() == "TOP"
    return "write LIMIT behind the query" if top else _without_by(token)


#: What stands elsewhere where this token was found, and how it is written here.
_ELSEWHERE = {
    "`": 'put names in double quotes: "name"',
    "@": "a table as it was is `t VERSION AS OF 3`; a value given to a query is `$name`",
    "?": "values have names here: `$name`",
    "&": "write AND between conditions, array_has_any(a, b) for lists that overlap",
    ":": "arguments are named with `=>`, types cast with `::`",
    "COLLATE": "texts are compared by their code points; compare lower(text) for other orders",
    "PERCENT": "count the rows first, or use ntile(100) and QUALIFY",
}


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
        return error("T1002", message, source.span(last.start, last.end + 1), help=COMPLETE, labels=_open(tokens, source))
    index = fault.token.start_pos or 0
    token, before = tokens[index], tokens[index - 1] if index else None
    words = [t for t in taken if t.isalpha() and t not in _SHOWN]
    start, help = token.start, None
    if "QUERY" in taken or "CREATE" in taken:
        words += ["SELECT", "WITH", "FROM", "VALUES"]
    if (elsewhere := clause(before, token)) is not None:
        help = elsewhere
    elif token.token_type is TokenType.L_PAREN and {"VIEW"} & {t.text.upper() for t in tokens[:4]} and "AS" in taken:
        help = "columns take their names from the query: AS SELECT 1 AS a; constraints stand behind INTO 'path'"
    elif token.token_type is TokenType.EQ and tokens[0].text.upper() == "PARAM":
        help = "write DEFAULT before the value"
    elif token.token_type is not TokenType.IDENTIFIER and (found := near(token.text, words)):
        help = f"did you mean `{found}`?"
    elif before is not None and before.token_type is not TokenType.IDENTIFIER and (help := _earlier(before.text.upper(), fault)):
        start = before.start
    elif token.text.upper() == "INTO":
        help = "a view that is written somewhere is a CREATE MATERIALIZED VIEW"
    message = f"found `{_text(token, source)}`, expected {_either(taken)}"
    return error("T1001", message, source.span(start, token.end + 1), help=help, labels=_open(tokens[:index], source))


def _earlier(word: str, fault: UnexpectedToken) -> str | None:
    """Return a hint about the word before, which was read as a name but may have been meant otherwise."""
    stack = fault.interactive_parser.parser_state.value_stack
    last = stack[-1] if stack else None
    while isinstance(last, Tree) and last.children:
        last = last.children[-1]
    if not isinstance(last, Terminal) or last.type != "NAME":
        return None
    if word in _KEYWORDS or word in WORDS:
        return f"is a name missing before `{word}`?"
    found = near(word, _KEYWORDS)
    return f"did you mean `{found}`?" if found else None


_KEYWORDS = frozenset(
    "AGGREGATE AS COMMENT CONSTRAINT CREATE DEFAULT EXPECT FOR FROM FUNCTION GIVEN INTO MATERIALIZED OPTIONS OVERWRITE PARAM "
    "PARTITION REFERENCES REFRESH RETURN RETURNS SOURCE TAGS TEST UNIQUE VIEW WINDOW WITH".split()
)
_PAIRS = {TokenType.R_PAREN: TokenType.L_PAREN, TokenType.R_BRACKET: TokenType.L_BRACKET, TokenType.R_BRACE: TokenType.L_BRACE}


def _open(tokens: list[Token], source: Source) -> tuple[Label, ...]:
    """Return a label at the innermost bracket that is open behind some tokens."""
    opened: list[Token] = []
    for token in tokens:
        if token.token_type in _PAIRS.values():
            opened.append(token)
        elif opened and _PAIRS.get(token.token_type) is opened[-1].token_type:
            opened.pop()
    return (Label(source.span(opened[-1].start, opened[-1].end + 1), "this bracket is open"),) if opened else ()


def _accepted(fault: UnexpectedToken) -> list[str]:
    parser: Any = fault.interactive_parser
    return sorted(parser.accepts() if parser is not None else fault.expected)


def _either(kinds: Iterable[str]) -> str:
    """Return terminals as people read them: `a name, AS or COMMENT`."""
    listed = sorted((_SHOWN.get(kind, kind) for kind in kinds), key=lambda w: (w.isupper(), w))
    return listed[0] if len(listed) == 1 else ", ".join(listed[:-1]) + " or " + listed[-1]
