"""Owns which neighbours of a formatted statement touch each other, and which words bind to what follows them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokenizer_core import TokenType as T

from .layout import LINE, SOFT, Break
from .spelling import Word

OPENING = frozenset({T.L_PAREN, T.L_BRACKET, T.L_BRACE})
CLOSING = frozenset({T.R_PAREN, T.R_BRACKET, T.R_BRACE})
TOUCHING = Break("")
_SIGNS = frozenset({T.DASH, T.PLUS, T.TILDE})
_VALUES = frozenset({T.NULL, T.TRUE, T.FALSE, T.END, T.CURRENT_DATE, T.CURRENT_TIME, T.CURRENT_TIMESTAMP, T.LOCALTIME, T.LOCALTIMESTAMP})
_ENDING = frozenset({T.ASC, T.DESC, T.ROWS}) | _VALUES
_CALLED = frozenset({T.ANY, T.SOME, T.ROLLUP, T.CUBE})
_GENERIC = frozenset({"ARRAY", "LIST", "MAP", "STRUCT"})
_IN_TYPES = frozenset({T.VAR, T.IDENTIFIER, T.LT, T.GT, T.COMMA, T.COLON, T.NUMBER, T.L_PAREN, T.R_PAREN, T.L_BRACKET, T.R_BRACKET})


class Spacing:
    """The spaces of one statement: `before[i]` stands between the words `i - 1` and `i`."""

    def __init__(self, words: Sequence[Word]) -> None:
        """Decide every space."""
        self.words = words
        self.angles = _angles(words)
        braces: list[bool] = []
        before: list[Break] = [TOUCHING]
        for i in range(1, len(words)):
            kind = words[i - 1].kind
            if kind in OPENING:
                braces.append(kind is T.L_BRACE)
            elif kind in CLOSING and braces:
                braces.pop()
            before.append(self._between(i, bool(braces) and braces[-1]))
        self.before = tuple(before)

    def binds(self, i: int) -> bool:
        """Say whether a word is better followed by what stands behind it than by the end of a line."""
        word = self.words[i]
        if word.keyword:
            return word.kind not in _ENDING
        return self._is_sign(i) and (word.kind is not T.STAR or (i > 0 and self._is_value(i - 1)))

    def _between(self, i: int, in_braces: bool) -> Break:
        before, word = self.words[i - 1], self.words[i]
        kind, last = word.kind, before.kind
        if last in OPENING or kind in CLOSING:
            return SOFT
        if kind in (T.COMMA, T.SEMICOLON) or before.text == "$" or word.joined:
            return TOUCHING
        if T.DCOLON in (kind, last) or (T.DOT in (kind, last) and last is not T.NUMBER):
            return TOUCHING
        if T.COLON in (kind, last):
            return LINE if in_braces and last is T.COLON else TOUCHING
        if i in self.angles or (i - 1 in self.angles and last is T.LT):
            return TOUCHING
        if kind is T.L_PAREN:
            return TOUCHING if self._is_called(i - 1) and not self._is_given(i - 1) else LINE
        if kind is T.L_BRACKET:
            return TOUCHING if self._is_value(i - 1) else LINE
        if last in _SIGNS and (i == 1 or not self._is_value(i - 2)):
            return LINE if self._is_sign(i) or kind is T.L_BRACE else TOUCHING
        return LINE

    def _is_called(self, i: int) -> bool:
        word = self.words[i]
        if word.keyword:
            return word.kind in _CALLED
        if word.kind in _SIGNS:
            return i == 0 or not self._is_value(i - 1)
        return word.kind is T.IDENTIFIER or word.text[:1].isalpha() or word.text[:1] == "_"

    def _is_given(self, i: int) -> bool:
        """Say whether a name is that of `GIVEN name (columns)`, which is no call."""
        first = i - 2 if i > 1 and self.words[i - 1].kind is T.DOT else i
        before = self.words[first - 1] if first > 0 else None
        return before is not None and before.keyword and before.text.upper() == "GIVEN"

    def _is_value(self, i: int) -> bool:
        word = self.words[i]
        if word.keyword:
            return word.kind in _VALUES
        return word.kind in CLOSING or not self._is_sign(i) and word.kind not in OPENING and word.kind is not T.COMMA

    def _is_sign(self, i: int) -> bool:
        word = self.words[i]
        plain = word.text[:1].isalnum() or word.text[:1] in "_'\"$" or word.kind is T.IDENTIFIER
        return not plain and word.kind not in OPENING and word.kind not in CLOSING and word.kind not in (T.COMMA, T.DOT)


def _angles(words: Sequence[Word]) -> frozenset[int]:
    """Return the indexes of `<` and `>` that are brackets of a type such as `ARRAY<INT>`."""
    found: set[int] = set()
    for i in range(1, len(words)):
        if words[i].kind is not T.LT or words[i - 1].text.upper() not in _GENERIC:
            continue
        depth = 0
        for j in range(i, len(words)):
            depth += {T.LT: 1, T.GT: -1}.get(words[j].kind, 0)
            if depth == 0:
                found |= {i, j}
            if depth == 0 or words[j].kind not in _IN_TYPES:
                break
    return frozenset(found)
