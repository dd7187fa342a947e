"""Owns source texts and the places in them: `Source`, `Span`, lines and columns.

In: the text of a file, a Python string or a shell line. Out: immutable places that
every token, tree node and diagnostic refers to. Offsets are 0-based character
offsets into `Source.text`, ends are exclusive; lines and columns shown to people
are 1-based.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Source:
    """One text with the name under which people know it.

    Args:
        name: path relative to the project's root with forward slashes, or a
            name in angle brackets such as `<query>` for text without a file.
        text: the text, decoded, without a byte order mark.
    """

    name: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Return the offset of the first character of every line; CRLF, LF and CR end lines."""
        starts, text, at = [0], self.text, 0
        while at < len(text):
            char = text[at]
            at += 1
            if char == "\r" and at < len(text) and text[at] == "\n":
                at += 1
            if char in "\r\n":
                starts.append(at)
        return tuple(starts)

    def line_column(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of a 0-based offset.

        >>> Source("a.sql", "one\\r\\ntwo").line_column(5)
        (2, 1)
        """
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """Return a line's text by its 1-based number, without its line break."""
        starts = self.line_starts
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """Return the place from `start` (inclusive) to `end` (exclusive)."""
        return Span(self, start, end)


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source: characters `start` (inclusive) to `end` (exclusive)."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """Return the characters of this place."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """Return the 1-based line of the first character."""
        return self.source.line_column(self.start)[0]

    @property
    def column(self) -> int:
        """Return the 1-based column of the first character."""
        return self.source.line_column(self.start)[1]

    @property
    def end_line(self) -> int:
        """Return the 1-based line just behind the last character."""
        return self.source.line_column(self.end)[0]

    @property
    def end_column(self) -> int:
        """Return the 1-based column just behind the last character."""
        return self.source.line_column(self.end)[1]

    def cover(self, other: Span) -> Span:
        """Return the smallest place that holds both."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))

    def overlaps(self, start: int, end: int) -> bool:
        """Say whether this place shares a character with `start` to `end` (or touches it, if empty)."""
        return self.start < max(end, start + 1) and start < max(self.end, self.start + 1)
