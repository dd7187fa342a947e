"""Owns source excerpts: the lines that a diagnostic's places are on, underlined, to the width of the screen.

In: marks, which are spans with a few words. Out: lines of text. Tabs, wide characters and
control characters take the cells that they are shown with, so that carets stand right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....dialect.source import Source, Span
from ..text import ELLIPSIS, Paint, cell_width, cells, visible

TAB = 4
MAX_LINES = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to underline, with its words; the primary one is drawn with `^`, others with `-`."""

    span: Span
    text: str
    primary: bool


def excerpt(marks: Sequence[Mark], width: int, paint: Paint) -> list[str]:
    """Return the excerpt of all marks, file by file, the primary mark's file first."""
    sources: list[Source] = []
    for mark in marks:
        if all(mark.span.source is not s for s in sources):
            sources.append(mark.span.source)
    gutter = gutter_of(marks)
    lines: list[str] = []
    for source in sources:
        if lines and source.text:
            lines.append(paint("blue", " " * gutter + " |"))
        lines += _file([m for m in marks if m.span.source is source], gutter, width, paint, first=not lines)
    return lines


def gutter_of(marks: Sequence[Mark]) -> int:
    """Return how many cells the line numbers of an excerpt take."""
    return len(str(max(line for mark in marks for line in _lines_of(mark.span))))


def _file(marks: Sequence[Mark], gutter: int, width: int, paint: Paint, *, first: bool) -> list[str]:
    span = marks[0].span
    bar = paint("blue", " " * gutter + " |")
    place = f"{span.source.name}:{span.line}:{span.column}"
    lines = [paint("blue", " " * gutter + ("-->" if first else ":::")) + " " + visible(place)]
    if not span.source.text:
        return lines
    lines.append(bar)
    previous = None
    for number in sorted({line for mark in marks for line in _lines_of(mark.span)})[:MAX_LINES]:
        if previous is not None and number > previous + 1:
            lines.append(paint("blue", "..."))
        lines += _line(number, marks, gutter, width, paint)
        previous = number
    return lines


def _lines_of(span: Span) -> tuple[int, ...]:
    """Return the lines of a place that are shown: all of up to three, else the first and the last."""
    first, last = span.line, max(span.line, span.source.line_column(max(span.end - 1, span.start))[0])
    return tuple(range(first, last + 1)) if last - first < 3 else (first, last)


def _line(number: int, marks: Sequence[Mark], gutter: int, width: int, paint: Paint) -> Iterator[str]:
    source = marks[0].span.source
    text = source.line_text(number)
    here = [(m, _columns(m.span, number, text)) for m in marks if number in _lines_of(m.span)]
    room = max(width - gutter - 3, 20)
    shown, starts = _shown(text)
    while here:
        left = _left_edge(shown, starts[here[0][1][0]], starts[here[0][1][1]], room)
        seen = [one for one in here if one is here[0] or left <= starts[one[1][0]] and starts[one[1][1]] <= left + room]
        yield from _part(number, seen, _window(shown, left, room), left, starts, gutter, room, paint)
        here = [one for one in here if one not in seen]


def _part(
    number: int,
    here: Sequence[tuple[Mark, tuple[int, int]]],
    window: str,
    left: int,
    starts: Sequence[int],
    gutter: int,
    room: int,
    paint: Paint,
) -> Iterator[str]:
    """Yield a part of a line with the marks that lie in it; a line that is too long is shown once for each part that has any."""
    yield (paint("blue", f"{number:>{gutter}} |") + " " + window).rstrip()
    for mark, (start, end) in here:
        is_last = number == _lines_of(mark.span)[-1]
        begin = min(max(starts[start] - left, 0), room - 1)
        length = max(min(starts[end] - left, room) - begin, 1)
        yield from _underline(mark, begin, length, is_last, gutter, room, paint)


def _columns(span: Span, number: int, text: str) -> tuple[int, int]:
    """Return the part of a line that a place covers, as 0-based characters; blanks before a later line are left out."""
    start_of_line = span.source.line_starts[number - 1]
    start = min(max(span.start - start_of_line, 0), len(text))
    end = min(max(span.end - start_of_line, start), len(text))
    if span.start < start_of_line:
        start = min(len(text) - len(text.lstrip()), end)
    return start, end


def _shown(text: str) -> tuple[str, list[int]]:
    """Return a line as it is displayed, and the cell at which each of its characters starts, and the end."""
    parts: list[str] = []
    starts, at = [], 0
    for char in text:
        starts.append(at)
        part = " " * (TAB - at % TAB) if char == "\t" else visible(char)
        parts.append(part)
        at += cells(part)
    return "".join(parts), [*starts, at]


def _left_edge(shown: str, start: int, end: int, room: int) -> int:
    """Return the first cell to show so that a mark is within the room; 0 when the line fits."""
    if cells(shown) <= room or end <= room - 1:
        return 0
    return max(0, min(start - room // 4, cells(shown) - room))


def _window(shown: str, left: int, room: int) -> str:
    """Return `room` cells of a displayed line from a cell on, with an ellipsis where it is cut."""
    total = cells(shown)
    parts, at = [], 0
    for char in shown:
        size = cell_width(char)
        if left <= at and at + size <= left + room:
            parts.append(char)
        elif at < left < at + size:
            parts.append(" ")
        at += size
    text = "".join(parts)
    if left > 0:
        text = ELLIPSIS + " " * (cell_width(text[:1] or " ") - 1) + text[1:]
    if total > left + room:
        text = text[:-1] + ELLIPSIS
    return text


def _underline(mark: Mark, begin: int, length: int, is_last: bool, gutter: int, room: int, paint: Paint) -> Iterator[str]:
    style = "bold red" if mark.primary else "bold cyan"
    bar = paint("blue", " " * gutter + " |") + " "
    line = paint(style, ("^" if mark.primary else "-") * length)
    text = visible(mark.text) if is_last else ""
    if not text or begin + length + 1 + cells(text) <= room:
        yield bar + " " * begin + line + (f" {paint(style, text)}" if text else "")
        return
    yield bar + " " * begin + line
    yield bar + " " * max(min(begin, room - cells(text)), 0) + paint(style, text)
