"""Owns the comments between tokens: read from the gaps of a text, with the line ends around each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NEXT = re.compile(r"--[^\r\n]*|/\*|\*/|[\r\n]+|[^\S\r\n]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between two tokens.

    Args:
        comments: the comments as written, without spaces at the end of `--` ones.
        lines: how many lines end before each of them, and after the last: one number more than comments.
    """

    comments: tuple[str, ...]
    lines: tuple[int, ...]

    @property
    def leading(self) -> int:
        """Return how many comments at the end stand on the line of the token behind them."""
        found = 0
        while found < len(self.comments) and self.lines[len(self.comments) - found] == 0:
            found += 1
        return found


def read_gap(text: str) -> Gap:
    """Return the comments of the text between two tokens.

    >>> read_gap(" -- one \\n /* two */ ")
    Gap(comments=('-- one', '/* two */'), lines=(0, 1, 0))
    """
    comments: list[str] = []
    lines, depth, start = [0], 0, 0
    for found in _NEXT.finditer(text):
        part = found[0]
        if part == "/*":
            start = start if depth else found.start()
            depth += 1
        elif part == "*/" and depth:
            depth -= 1
            if depth == 0:
                comments.append(text[start : found.end()])
                lines.append(0)
        elif depth:
            continue
        elif part.startswith("--"):
            comments.append(part.rstrip())
            lines.append(0)
        elif part[0] in "\r\n":
            lines[-1] += part.replace("\r\n", "\n").count("\n") or len(part)
    return Gap(tuple(comments), tuple(lines))


def semicolon(text: str) -> int | None:
    """Return the offset of the first semicolon in a gap that is not in a comment, or None.

    >>> semicolon(" -- a; b\\n;")
    9
    """
    return next((at for at, part in _outside(text) if part == ";"), None)


def blank_until(text: str) -> int:
    """Return the offset of the first thing in a text that is no space, comment or semicolon, or its length.

    >>> blank_until(" -- a\\n; 'b")
    8
    """
    for at, part in _outside(text):
        if part != ";" and not part.isspace() and not part.startswith("--"):
            return at
    return len(text)


def _outside(text: str) -> Iterator[tuple[int, str]]:
    """Yield what stands outside of block comments with its offset; of a comment without an end its opening."""
    depth = start = 0
    for found in _NEXT.finditer(text):
        part = found[0]
        if part == "/*":
            start = start if depth else found.start()
            depth += 1
        elif depth:
            depth -= part == "*/"
        else:
            yield found.start(), part
    if depth:
        yield start, "/*"
