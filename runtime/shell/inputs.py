"""Owns cutting what is typed into statements and dot commands, and knowing when a statement is whole.

In: text of a prompt, a script or `-c`. Out: pieces with their places. Quotes and comments are respected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from ...dialect import parse
from ...dialect.scan import scan
from ...dialect.source import Source
from ...dialect.statements.query import QueryStatement

#: Dot commands that may be followed by a query, which then goes on to its semicolon.
WITH_QUERY = frozenset({".plan", ".watch"})
QUERY_WORDS = frozenset({"SELECT", "WITH", "FROM", "VALUES"})
UNFINISHED = frozenset({"T1002", "T1003"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement without its semicolon, or a dot command, and where it begins in the text."""

    text: str
    start: int
    ended: bool = True

    @property
    def is_command(self) -> bool:
        """Say whether it is a dot command."""
        return self.text.startswith(".")

    def padded(self, whole: str) -> str:
        """Return its text behind as many empty lines as stand before it, so that places are those in the whole text."""
        before = whole[: self.start]
        return "\n" * before.count("\n") + " " * (self.start - (before.rfind("\n") + 1)) + self.text


def split(text: str) -> list[Piece]:
    """Return the statements and dot commands of a text, in order.

    >>> [p.text for p in split(".tables\\nSELECT 1; FROM t -- ;")]
    ['.tables', 'SELECT 1', 'FROM t -- ;']
    """
    found, at = [], 0
    while (piece := _next(text, at)) is not None:
        found.append(piece)
        at = piece.start + len(piece.text) + piece.ended
        if piece.is_command and not piece.ended:
            at = text.find("\n", at) if "\n" in text[at:] else len(text)
    return found


def _next(text: str, at: int) -> Piece | None:
    """Return the piece that begins at an offset or behind it."""
    rest = text[at:]
    first, end = None, len(rest)
    for one in scan(rest):
        if first is None and one.kind == "comment":
            continue
        if first is None and one.text == "." and rest[one.end : one.end + 1].isalpha():
            return _command(text, at + one.start)
        if one.text == ";" and one.kind == "sign":
            if first is not None:
                return Piece(rest[first : one.start], at + first)
            continue
        first, end = (one.start if first is None else first), one.end
    if first is None:
        return None
    return Piece(rest[first : max(end, len(rest.rstrip()))], at + first, ended=False)


def _command(text: str, start: int) -> Piece:
    """Return the dot command at an offset: its line, or all up to the semicolon when a query in it goes on behind it."""
    line = text[start:].partition("\n")[0]
    if _has_query(line) and not line.rstrip().endswith(";") and (_open(line) or not _is_complete(_query_of(line))):
        for one in scan(text[start:]):
            if one.text == ";" and one.kind == "sign":
                return Piece(text[start : start + one.start], start)
        return Piece(text[start:].rstrip(), start, ended=False)
    kept = line.rstrip()
    return Piece(kept.removesuffix(";").rstrip(), start, ended=False) if kept.endswith(";") else Piece(kept, start, ended=False)


def is_whole(text: str) -> bool:
    """Say whether Enter behind a text should run it rather than begin a new line.

    A semicolon ends a statement, and an empty line gives up on it. A statement on one line needs
    neither when it is complete, or so wrong that more text can't mend it.
    """
    if not text.strip():
        return True
    pieces = split(text)
    if not pieces:
        return not _open(text)
    last = pieces[-1]
    if last.is_command:
        return last.ended or not _has_query(last.text) or "\n" in text or not _open(last.text) and _is_complete(_query_of(last.text))
    if last.ended and not text[last.start + len(last.text) + 1 :].strip():
        return True
    if _open(last.text):
        return False
    if text.rstrip(" \t").endswith("\n"):
        return True
    return "\n" not in text.strip() and _is_complete(last.text)


def _has_query(command: str) -> bool:
    """Say whether a dot command has a query in it."""
    first = command.lstrip().partition(" ")[0].lower()
    return first in WITH_QUERY and any(one.word in QUERY_WORDS for one in list(scan(command))[:6])


def _query_of(command: str) -> str:
    """Return the query in a dot command; a complete one where there is none."""
    first = next((one for one in scan(command) if one.word in QUERY_WORDS), None)
    return "SELECT 1" if first is None else command[first.start :]


def _open(text: str) -> bool:
    """Say whether a string, quoted name or comment has no end yet."""
    return any(not one.closed for one in scan(text))


def _is_complete(text: str) -> bool:
    script = parse(Source("<shell>", text), adhoc=True)
    if any(one.code in UNFINISHED for one in script.diagnostics):
        return False
    if not script.diagnostics and script.statements and isinstance(script.statements[0], QueryStatement):
        return not _lacks_from(script.statements[0].query.tree)
    return True


def _lacks_from(tree: exp.Query) -> bool:
    """Say whether a query names columns and nothing to take them from, so that its FROM is likely to follow."""
    if not isinstance(tree, exp.Select) or tree.args.get("from_"):
        return False
    return any(isinstance(node, exp.Column | exp.Star) for one in tree.expressions for node in one.walk())


def words(line: str) -> Iterator[tuple[str, int]]:
    """Yield the words of a dot command's line with their offsets; single or double quotes hold one together.

    >>> list(words(".read 'my file.sql'"))
    [('.read', 0), ('my file.sql', 6)]
    """
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        start, text = at, ""
        while at < len(line) and not line[at].isspace():
            quote = line[at]
            end = line.find(quote, at + 1) if quote in "'\"" else -1
            text += line[at + 1 : end] if end > 0 else quote
            at = end + 1 if end > 0 else at + 1
        yield text, start
