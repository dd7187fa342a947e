"""Owns a box of rows for the screen: names over types, a rule, the rows; columns in the middle give way when it is too wide.

Pure. In: columns, cells as text (None is NULL), a width in cells. Out: lines. Numbers stand right
and are never cut, since a part of a number is another number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .text import Paint, cells, clip, visible

NULL = "NULL"
GAP = "·"
LEAST = 6
TYPE_WIDTH = 14
Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class BoxColumn:
    """A column: its name, its type in words, whether it holds numbers."""

    name: str
    type: str
    number: bool


@dataclass(frozen=True, slots=True)
class Box:
    """The lines of a box, and the names of the columns that did not fit."""

    lines: tuple[str, ...]
    hidden: tuple[str, ...]


def box(columns: Sequence[BoxColumn], head: Sequence[Row], tail: Sequence[Row], width: int | None, paint: Paint) -> Box:
    """Return rows as a box of at most `width` cells, if given.

    Args:
        columns: all of them, in order.
        head: the first rows; all rows when there is no tail.
        tail: the last rows, set off from the head by a row of points.
        width: cells of the screen.
        paint: colours names, types and what is missing.
    """
    texts = [[NULL if cell is None else visible(cell) for cell in row] for row in (*head, *tail)]
    natural = [_natural(column, [row[i] for row in texts]) for i, column in enumerate(columns)]
    least = [_least(column, natural[i]) for i, column in enumerate(columns)]
    shown = _chosen(least, width)
    widths = _fitted(shown, natural, least, width)
    drawing = _Drawing(columns, shown, widths, paint)
    body = [drawing.row(row, text) for row, text in zip((*head, *tail), texts, strict=True)]
    if tail:
        body.insert(len(head), drawing.gap())
    hidden = tuple(visible(columns[i].name) for i in range(len(columns)) if i not in shown)
    return Box((*drawing.heading(), *body, drawing.edge("└┴┘")), hidden)


def _natural(column: BoxColumn, texts: Sequence[str]) -> int:
    return max([1, cells(visible(column.name)), min(cells(column.type), TYPE_WIDTH), *map(cells, texts)])


def _least(column: BoxColumn, natural: int) -> int:
    """Return the width below which a column is left out instead."""
    return natural if column.number else min(natural, max(LEAST, min(cells(visible(column.name)), 12)))


def _chosen(least: Sequence[int], width: int | None) -> tuple[int, ...]:
    """Return the columns that are shown: all, or the first and the last ones with -1 for what is left out between them."""
    count = len(least)
    if width is None or _total(least) <= width or count == 1:
        return tuple(range(count))
    left, right, used = [0], list[int](), least[0] + 3 + 1 + 3 + 1
    while len(left) + len(right) < count:
        from_left = len(left) <= len(right) + 1
        next_one = len(left) if from_left else count - 1 - len(right)
        used += least[next_one] + 3
        if used > width:
            break
        left, right = ([*left, next_one], right) if from_left else (left, [next_one, *right])
    return (*left, -1, *right)


def _total(widths: Sequence[int]) -> int:
    """Return the width of a box: each column has a space on both sides and a line on its left, the last one on its right too."""
    return sum(widths) + 3 * len(widths) + 1


def _fitted(shown: Sequence[int], natural: Sequence[int], least: Sequence[int], width: int | None) -> list[int]:
    """Narrow the widest of the shown columns, a cell at a time, until they fit."""
    widths = [natural[i] if i >= 0 else 1 for i in shown]
    floor = [least[i] if i >= 0 else 1 for i in shown]
    while width is not None and _total(widths) > width:
        candidates = [i for i in range(len(widths)) if widths[i] > floor[i]]
        if not candidates:
            break
        widths[max(candidates, key=lambda i: widths[i])] -= 1
    return widths


class _Drawing:
    """Draws the lines of a box."""

    def __init__(self, columns: Sequence[BoxColumn], shown: Sequence[int], widths: Sequence[int], paint: Paint) -> None:
        self._columns, self._shown, self._widths, self._paint = columns, shown, widths, paint
        self._bar = paint("dim", "│")

    def heading(self) -> list[str]:
        """Return the upper edge, names, types and the rule below them."""
        names = [visible(self._columns[i].name) if i >= 0 else "…" for i in self._shown]
        types = [self._columns[i].type if i >= 0 else "" for i in self._shown]
        return [
            self.edge("┌┬┐"),
            self._line([self._paint("bold", self._centred(name, at)) for at, name in enumerate(names)]),
            self._line([self._paint("dim", self._centred(type, at)) for at, type in enumerate(types)]),
            self.edge("├┼┤"),
        ]

    def row(self, row: Row, texts: Sequence[str]) -> str:
        """Return a row of values."""
        parts = []
        for at, index in enumerate(self._shown):
            if index < 0:
                parts.append(self._paint("dim", "…"))
                continue
            text = clip(texts[index], self._widths[at])
            space = " " * (self._widths[at] - cells(text))
            text = self._paint("dim", text) if row[index] is None else text
            parts.append(space + text if self._columns[index].number else text + space)
        return self._line(parts)

    def gap(self) -> str:
        """Return the row that stands for rows left out."""
        return self._line([self._paint("dim", self._centred(GAP, at)) for at in range(len(self._shown))])

    def edge(self, signs: str) -> str:
        """Return a line from side to side; `signs` are its left end, crossings and right end."""
        left, middle, right = signs[0], signs[1], signs[2]
        return self._paint("dim", left + middle.join("─" * (width + 2) for width in self._widths) + right)

    def _centred(self, text: str, at: int) -> str:
        text = clip(text, self._widths[at])
        space = self._widths[at] - cells(text)
        return " " * (space // 2) + text + " " * (space - space // 2)

    def _line(self, parts: Sequence[str]) -> str:
        return f"{self._bar} " + f" {self._bar} ".join(parts) + f" {self._bar}"
