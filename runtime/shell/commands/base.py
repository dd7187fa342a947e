"""Owns `DotCommand`: a command of the shell, and how its line is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ....dialect.diagnostics import TreadleError, error
from ....dialect.source import Source, Span
from ..inputs import words

if TYPE_CHECKING:
    from ...cancel import Cancel
    from ..shell import Shell

Argument = Literal["relation", "selector", "parameter", "file", "query", "command", "column", "words", ""]


@dataclass(frozen=True, slots=True)
class Line:
    """A dot command's line: its words with their offsets, without the command itself.

    Args:
        text: the line, behind as many empty ones as stand before it in its script.
        words: what stands behind the command.
    """

    text: str
    words: tuple[tuple[str, int], ...]

    @property
    def command(self) -> Span:
        """Return the place of the command itself."""
        start = len(self.text) - len(self.text.lstrip())
        return Source("<shell>", self.text).span(start, start + len(self.text.split(None, 1)[0]))

    @property
    def first(self) -> str:
        """Return the first word, or nothing."""
        return self.words[0][0] if self.words else ""

    def wrong(self, message: str, at: int = 0, help: str | None = None) -> TreadleError:
        """Return T7051 at a word of the line, or at the command where there is none."""
        source = self.command.source
        if at < len(self.words):
            start = self.words[at][1]
            end = self.words[at + 1][1] if at + 1 < len(self.words) else len(self.text)
            return error("T7051", message, source.span(start, start + len(self.text[start:end].rstrip())), help=help)
        return error("T7051", message, self.command, help=help)


@dataclass(frozen=True, slots=True)
class DotCommand:
    """One command.

    Args:
        name: with its point.
        usage: what follows it, as the help shows it.
        summary: one line, without a final period.
        run: does it; raises `TreadleError`.
        argument: what its words are, for completion.
        choices: the words that are allowed first, for completion.
        aliases: other names for it.
    """

    name: str
    usage: str
    summary: str
    run: Callable[[Shell, Line, Cancel], None]
    argument: Argument = ""
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def read_line(text: str) -> Line:
    """Return a dot command's line in words."""
    return Line(text, tuple(words(text))[1:])


def chosen(line: Line, choices: tuple[str, ...], what: str) -> str:
    """Return the line's one word, which must be among some; raises T7051."""
    from ....dialect.diagnostics import did_you_mean

    if len(line.words) != 1:
        raise line.wrong(f"expected one of {', '.join(choices)}", min(1, len(line.words)))
    if line.first not in choices:
        help_line = did_you_mean(line.first, choices) or f"there are {', '.join(choices)}"
        raise line.wrong(f"there is no {what} `{line.first}`", 0, help_line)
    return line.first
