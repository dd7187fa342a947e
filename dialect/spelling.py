"""Owns how the formatter writes each token of a statement: keywords in upper case by their place, all else as it stands.

What is a keyword is told by the trees that were read: a word that became a name, a call or
an argument's name there is none, whatever the word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from .source import Source
from .statements.base import Statement
from .tokenizer import WORDS, TreadleTokenizer
from .tokens import names_parameter
from .walk import nodes

_KEYWORDS = frozenset(TreadleTokenizer.KEYWORDS[word] for word in WORDS)
#: Keywords that sqlglot's tokenizer takes for names.
_WORDS = frozenset(
    "TOLERANCE BOTH BY CURRENT EXCLUDE FOLLOWING GROUP GROUPS IGNORE LAST LEADING NULLS OF ONLY PLACING PRECEDING RENAME RESPECT TIES "
    "TRAILING UNBOUNDED VERSION WITHIN MATERIALIZED".split()
)
_DOUBLED = frozenset({TokenType.LT, TokenType.GT})
_BEFORE_BRACKET = frozenset({"EXCLUDE", "GROUP", "RENAME"})
_LITERALS = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ"})
_NAME_BEHIND = frozenset({TokenType.DOT, TokenType.PARAMETER})
_NAME_BEFORE = frozenset({TokenType.FARROW, TokenType.COLON, TokenType.ARROW})
#: Keywords that are written like the name of a function when a bracket follows.
_CALLED = frozenset({TokenType.UNNEST, TokenType.LEFT, TokenType.RIGHT, TokenType.REPLACE, TokenType.ROW, TokenType.FIRST, TokenType.RANGE})


@dataclass(frozen=True, slots=True)
class Word:
    """One token as it will be written.

    Args:
        kind: its type.
        text: its new text.
        keyword: whether it is a keyword where it stands.
        joined: whether it touches the same sign before it, as in `<<`.
    """

    kind: TokenType
    text: str
    keyword: bool
    joined: bool = False


def named_places(statement: Statement) -> frozenset[int]:
    """Return the offsets where names and called functions begin in the queries and expressions of a statement."""
    found: set[int] = set()
    for tree in _trees(statement):
        for node in nodes(tree):
            if isinstance(node, (exp.Identifier, exp.Anonymous)) and (span := node.meta.get("span")):
                found.add(node.meta.get("start", span[0]) if isinstance(node, exp.Anonymous) else span[0])
    return frozenset(found)


def _trees(value: object) -> Iterator[exp.Expr]:
    if isinstance(value, exp.Expr):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _trees(one)
    elif is_dataclass(value) and not isinstance(value, Source):
        for field in fields(value):
            yield from _trees(getattr(value, field.name))


def words(tokens: list[Token], source: Source, names: frozenset[int], fixed: Iterable[int], keywords: Iterable[int]) -> list[Word]:
    """Return the words of a statement.

    Args:
        names: offsets of names, from `named_places`.
        fixed: indexes of tokens that the statement grammar takes for names or types.
        keywords: indexes of tokens that it takes for keywords.
    """
    plain, told = frozenset(fixed), frozenset(keywords)
    found = []
    for index, token in enumerate(tokens):
        text = source.text[token.start : token.end + 1]
        keyword = index in told or (index not in plain and token.start not in names and _is_keyword(tokens, index))
        if token.token_type is TokenType.PARAMETER and index and names_parameter(tokens, index):
            text, keyword = "PARAM", True
        before = tokens[index - 1] if index else token
        joined = token.token_type in _DOUBLED and before.token_type is token.token_type and before.end + 1 == token.start
        found.append(Word(token.token_type, " ".join(text.upper().split()) if keyword else text, keyword, joined))
    return found


def _is_keyword(tokens: list[Token], index: int) -> bool:
    token, kind, word = tokens[index], tokens[index].token_type, tokens[index].text.upper()
    before = tokens[index - 1].token_type if index else None
    after = tokens[index + 1].token_type if index + 1 < len(tokens) else None
    if before in _NAME_BEHIND or after in _NAME_BEFORE or kind is TokenType.IDENTIFIER:
        return False
    if kind is TokenType.VAR:
        if word in _LITERALS:
            return after is TokenType.STRING
        return word in _WORDS and (after is not TokenType.L_PAREN or word in _BEFORE_BRACKET)
    if kind not in _KEYWORDS or not token.text[:1].isalpha():
        return False
    modifies = kind is TokenType.REPLACE and before in (TokenType.STAR, TokenType.R_PAREN)
    return after is not TokenType.L_PAREN or kind not in _CALLED or modifies
