"""Owns text as people type it: every word, string, sign and comment with its place, whatever is unfinished.

In: any text, half a statement too. Out: stretches in order; spaces are left out, nothing raises. A
string, quoted name or comment without an end reaches to the end of the text. On whole statements a
test holds the stretches to the tokens of `tokens.py`, so that there is one truth about tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from .tokenizer import TreadleTokenizer
from .types_sql import WORDS as TYPE_WORDS

Kind = Literal["word", "name", "string", "number", "sign", "comment", "other"]

#: Words of queries that are keywords by their place only, so that the tokenizer's tables don't hold them.
_BY_PLACE = (
    "BY CAST TRY_CAST EXTRACT EXCLUDE RENAME NULLS LAST PRECEDING FOLLOWING UNBOUNDED CURRENT GROUPS SETS GROUPING SIMILAR TO "
    "WITHIN VERSION TIMESTAMP OF NAME IGNORE RESPECT TIES ONLY"
).split()
_STATEMENT = re.compile(r'"([A-Z]+)"')
_BLOCK = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of text: its kind, its characters, where they begin, whether it has the end that its kind needs."""

    kind: Kind
    text: str
    start: int
    closed: bool = True

    @property
    def end(self) -> int:
        """Return the offset just behind the last character."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """Return a word in upper case, and nothing for all else, so that quoted names are no keywords."""
        return self.text.upper() if self.kind == "word" else ""


@cache
def _pattern() -> re.Pattern[str]:
    signs = {sign for sign in (*TreadleTokenizer.SINGLE_TOKENS, *TreadleTokenizer.KEYWORDS) if not sign[0].isalnum() and sign not in "'\""}
    listed = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    return re.compile(
        rf"""\s+
        |(?P<comment>--[^\r\n]*|/\*)
        |(?P<string>[eE]'(?:[^'\\]|\\.|'')*+(?:'|\\?\Z)|[xX]?'(?:[^']|'')*+(?:'|\Z)|\$\$.*?(?:\$\$|\Z))
        |(?P<name>"(?:[^"]|"")*+(?:"|\Z))
        |(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
        |(?P<word>[^\W\d]\w*)
        |(?P<sign>{listed})
        |(?P<other>.)""",
        re.VERBOSE | re.DOTALL,
    )


def scan(text: str) -> Iterator[Stretch]:
    """Yield the stretches of a text, in order.

    >>> [(s.kind, s.text, s.closed) for s in scan("a = 'b -- c")]
    [('word', 'a', True), ('sign', '=', True), ('string', "'b -- c", False)]
    """
    at, pattern = 0, _pattern()
    while at < len(text):
        found = pattern.match(text, at)
        assert found is not None  # the last alternative takes any character
        kind, end = found.lastgroup, found.end()
        if kind == "comment" and found[0] == "/*":
            end, closed = _comment_end(text, at)
            yield Stretch("comment", text[at:end], at, closed)
        elif kind is not None:
            yield Stretch(kind, found[0], at, _is_closed(kind, found[0]))  # type: ignore[arg-type]
        at = end


def statements(text: str) -> list[list[Stretch]]:
    """Return the stretches of each statement, without comments and semicolons; what follows the last semicolon comes last."""
    found: list[list[Stretch]] = [[]]
    for one in scan(text):
        if one.text == ";" and one.kind == "sign":
            found.append([])
        elif one.kind != "comment":
            found[-1].append(one)
    return found


def _comment_end(text: str, start: int) -> tuple[int, bool]:
    """Return the end of a block comment, which nests, and whether it has one."""
    depth = 0
    for found in _BLOCK.finditer(text, start):
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return found.end(), True
    return len(text), False


def _is_closed(kind: str, text: str) -> bool:
    """Say whether a string or quoted name ends with a quote that is not one inside of it."""
    if kind == "name":
        return len(text) > 1 and text.count('"') % 2 == 0
    if kind != "string":
        return True
    if text.startswith("$$"):
        return len(text) > 3 and text.endswith("$$")
    body = re.sub(r"\\.", "", text, flags=re.DOTALL) if text[0] in "eE" else text
    return body.count("'") % 2 == 0 and body.endswith("'") and not body.endswith("\\")


@cache
def statement_words() -> frozenset[str]:
    """Return the words that statements other than queries are made of, as the grammar has them."""
    text = files("treadle.grammar").joinpath("treadle.lark").read_text("utf-8")
    return frozenset(_STATEMENT.findall(text))


@cache
def query_words() -> frozenset[str]:
    """Return the words that queries are made of."""
    return frozenset(word for entry in TreadleTokenizer.KEYWORDS if entry[0].isalpha() for word in entry.split()) | {*_BY_PLACE}


def type_words() -> frozenset[str]:
    """Return the names of types."""
    return frozenset(TYPE_WORDS)
