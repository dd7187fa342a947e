"""Owns the shape of a formatted statement: its words and the gaps between them become a document for `layout`.

Nothing here can lose a word or a comment: every word is written once, in order, and the
place before each holds its gap's comments. What is decided is only where lines may end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from sqlglot.tokenizer_core import TokenType as T

from .comments import Gap
from .layout import HARD, LINE, Doc, group, nest
from .spacing import CLOSING, OPENING, TOUCHING, Spacing
from .spelling import Word

_CLAUSES = frozenset(
    {T.SELECT, T.FROM, T.WHERE, T.GROUP_BY, T.HAVING, T.QUALIFY, T.WINDOW, T.ORDER_BY, T.LIMIT, T.OFFSET, T.FETCH, T.UNION, T.EXCEPT}
    | {T.INTERSECT, T.VALUES, T.PIVOT, T.UNPIVOT, T.PARTITION_BY, T.ROWS, T.RANGE, T.WITH}
)
_JOINS = frozenset({T.JOIN, T.NATURAL, T.LEFT, T.RIGHT, T.FULL, T.INNER, T.CROSS, T.ANTI, T.SEMI, T.ASOF, T.OUTER})
_PARTS = frozenset({T.MATCH_CONDITION, T.ON, T.USING, T.THEN})
_QUERIES = frozenset({T.SELECT, T.WITH, T.VALUES})


class Shape:
    """The shape of one statement.

    Args:
        words: its words, and its semicolon.
        gaps: what stands before each word; that of the first is not looked at.
        width: cells of a line.
    """

    def __init__(self, words: Sequence[Word], gaps: Sequence[Gap], width: int) -> None:
        """Match brackets and find the spaces."""
        self.words, self.gaps = words, gaps
        self.room = width * 3 // 5  # a longer bracket is broken inside, rather than moved to a line of its own
        self.spacing = Spacing(words)
        self.ends = _ends(words)
        self.lengths = (0, *accumulate(len(word.text) + 1 for word in words))

    def query(self, lo: int, hi: int) -> Doc:
        """Return the document of a stretch that may have clauses, each on a line of its own when it doesn't fit."""
        starts = [i for i in self.top(lo, hi) if i > lo and self.begins(i)]
        bounds = [lo, *starts, hi]
        parts: list[Doc] = []
        for start, end in zip(bounds, bounds[1:], strict=False):
            if start > lo:
                parts.append(self.before(start))
            parts.append(self.listed(start, end))
        return group(*parts)

    def statement(self, starts: Sequence[int], body: int | None) -> Doc:
        """Return the document of a statement of treadle's own.

        Args:
            starts: indexes where clauses begin.
            body: the index where the query at its end begins, if there is one.
        """
        behind = len(self.words) - 1  # the semicolon is no part of it
        end = behind if body is None else body
        top = set(self.top(0, end))
        bounds = [0, *(i for i in starts if 0 < i < end and i in top), end]
        parts: list[Doc] = []
        for lo, hi in zip(bounds, bounds[1:], strict=False):
            parts.append(nest(self.before(lo), self.item(lo, hi)) if lo else self.item(lo, hi))
        if body is None:
            return group(*parts)
        return group(group(*parts), nest(self.before(body), self.query(body, behind)))

    def begins(self, i: int) -> bool:
        """Say whether a clause or a join begins at a word."""
        kind, before = self.words[i].kind, self.words[i - 1]
        if not self.words[i].keyword:
            return False
        if kind is T.FROM:
            return not (before.keyword and before.kind is T.DISTINCT)
        if kind is T.EXCEPT:
            return before.kind is not T.STAR
        if kind in _JOINS:
            return not (before.keyword and before.kind in _JOINS)
        if kind is T.WITH:
            return False  # WITH ORDINALITY, WITH TIME ZONE; a query's own is its first word
        return kind in _CLAUSES or self.words[i].text == "GROUPS"

    def top(self, lo: int, hi: int) -> Iterator[int]:
        """Yield the indexes of a stretch that are in no bracket or CASE of it; what opens one is yielded."""
        i = lo
        while i < hi:
            yield i
            i = self.ends.get(i, i) + 1

    def listed(self, lo: int, hi: int) -> Doc:
        """Return items between commas, filling lines; the tables of WITH get a line each, and so do the rows of VALUES."""
        first = self.words[lo]
        tables, rows = first.keyword and first.kind is T.WITH, first.keyword and first.kind is T.VALUES
        parts: list[Doc] = []
        start = lo
        for comma in [*(i for i in self.top(lo, hi) if self.words[i].kind is T.COMMA), hi]:
            item: Doc = self.item(start, comma) if start < comma else ""
            end: Doc = (self.before(comma), ",") if comma < hi else ""
            if start == lo:
                parts.append((item, end))
            elif start < hi:
                part = (self.before(start), item, end)
                parts.append(part if tables else nest(part) if rows else group(nest(part)))
            start = comma + 1
        return group(*parts) if tables or rows else tuple(parts)

    def item(self, lo: int, hi: int) -> Doc:
        """Return an expression or the like, broken before MATCH_CONDITION, ON, USING and THEN, and in those parts before OR and AND."""
        cuts = [i for i in self.top(lo, hi) if i > lo and self.words[i].keyword and self.words[i].kind in _PARTS]
        bounds = [lo, *(i for i in cuts if self.words[i - 1].kind is not T.DISTINCT), hi]
        if len(bounds) == 2:
            return self.chain(lo, hi, T.OR)
        parts: list[Doc] = [self.chain(lo, bounds[1], T.OR)]
        for start, end in zip(bounds[1:], bounds[2:], strict=False):
            parts.append(nest(self.before(start), self.chain(start, end, T.OR)))
        return group(*parts)

    def chain(self, lo: int, hi: int, kind: T) -> Doc:
        """Return the operands of OR, or of AND, each on a line of its own when they don't fit."""
        cuts, between = [], False
        for i in self.top(lo, hi):
            word = self.words[i]
            if word.kind is T.BETWEEN and word.keyword:
                between = True
            elif word.kind is T.AND and between:
                between = False
            elif word.kind is kind and word.keyword and i > lo:
                cuts.append(i)
        bounds = [lo, *cuts, hi]
        parts: list[Doc] = []
        for start, end in zip(bounds, bounds[1:], strict=False):
            part = self.chain(start, end, T.AND) if kind is T.OR else self.run(start, end)
            parts.append(nest(self.before(start), part) if start > lo else part)
        return group(*parts) if cuts else parts[0]

    def run(self, lo: int, hi: int) -> Doc:
        """Return words one after the other; a line may end at every space, best before an operator or keyword."""
        parts: list[Doc] = []
        i = lo
        while i < hi:
            bound: list[tuple[int, Doc]] = []
            while i < hi:
                at = i
                i, doc = self.unit(i, hi)
                bound.append((at, doc))
                if i > at + 1 or not self.spacing.binds(at):
                    break
            parts.append(self.bound(bound, lo, i))
        return tuple(parts)

    def bound(self, units: Sequence[tuple[int, Doc]], lo: int, hi: int) -> Doc:
        """Return words that bind to the unit behind them; a long unit begins on their line and is broken inside."""
        at, last = units[-1]
        inner = self.words[at + 1]  # there is one: the semicolon, if nothing else
        query = self.words[at].kind is T.L_PAREN and inner.keyword and inner.kind in _QUERIES
        long = query or self.lengths[hi] - self.lengths[at] > self.room
        made: Doc = "" if long else last
        for start, unit in reversed(units):
            own = "" if start == at else unit
            made = (own, made) if start == lo else group(nest(self.before(start)), own, made)
        return (made, last) if long else made

    def unit(self, i: int, hi: int) -> tuple[int, Doc]:
        """Return the index behind words and brackets that touch each other, and their document."""
        parts: list[Doc] = []
        while True:
            if parts:
                parts.append(self.before(i))
            end = self.ends.get(i)
            parts.append(self.words[i].text if end is None else self.bracket(i, end))
            i = (i if end is None else end) + 1
            if i >= hi or self.spacing.before[i] is not TOUCHING:
                return i, tuple(parts)

    def bracket(self, i: int, end: int) -> Doc:
        """Return a bracket, or a CASE, with what stands in it."""
        opening, closing = self.words[i].text, self.words[end].text
        if end == i + 1:
            return group(opening, self.before(end), closing)
        if self.words[i].kind is not T.CASE:
            return group(opening, nest(self.before(i + 1), self.query(i + 1, end)), self.before(end), closing)
        cuts = [j for j in self.top(i + 1, end) if self.words[j].keyword and self.words[j].kind in (T.WHEN, T.ELSE)]
        parts: list[Doc] = [opening]
        if cuts[0] > i + 1:
            parts.append(group(nest(self.before(i + 1), self.item(i + 1, cuts[0]))))
        for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
            parts.append(nest(self.before(start), self.item(start, stop)))
        return group(*parts, self.before(end), closing)

    def before(self, i: int) -> Doc:
        """Return what stands before a word: its comments on their lines, or a place where a line may end."""
        gap, space = self.gaps[i], self.spacing.before[i]
        if not gap.comments:
            return space if space is not TOUCHING else ""
        first = len(gap.comments) - gap.leading
        parts: list[Doc] = []
        for comment, lines in zip(gap.comments[:first], gap.lines, strict=False):
            parts += [HARD if lines else " ", comment]
        if not first:
            closes = self.words[i].kind in CLOSING
            parts.append(" " if space is TOUCHING else LINE if closes else space)
        else:
            parts.append(HARD)
        for comment in gap.comments[first:]:
            parts += [comment, " "]
        return tuple(parts)


def _ends(words: Sequence[Word]) -> dict[int, int]:
    """Return the index of the closing word of every bracket and CASE by that of its opening word."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for i, word in enumerate(words):
        if word.kind in OPENING or (word.kind is T.CASE and word.keyword):
            opened.append(i)
        elif word.kind in CLOSING or (word.kind is T.END and word.keyword):
            found[opened.pop()] = i
    return found
