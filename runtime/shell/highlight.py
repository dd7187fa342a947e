"""Owns the colours of SQL at the prompt: from the words and signs of our own grammar, on light and dark screens alike.

Colours are the terminal's own sixteen, which its user chose to be read on its background.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from ...dialect.scan import Stretch, query_words, scan, statement_words, type_words

_COLORS = Style.from_dict(
    {
        "sql.keyword": "ansiblue bold",
        "sql.type": "ansicyan",
        "sql.function": "ansimagenta",
        "sql.string": "ansigreen",
        "sql.number": "ansicyan",
        "sql.parameter": "ansiyellow",
        "sql.comment": "ansibrightblack italic",
        "sql.command": "ansimagenta bold",
        "sql.unfinished": "ansigreen underline",
        "prompt": "ansigreen bold",
        "prompt.environment": "ansiyellow",
        "prompt.continuation": "ansibrightblack",
        "auto-suggestion": "ansibrightblack",
        "completion-menu.completion": "bg:#303446 fg:#dfe3ee",
        "completion-menu.completion.current": "bg:#5b8def fg:#ffffff bold noreverse",
        "completion-menu.meta.completion": "bg:#252837 fg:#9aa3b8",
        "completion-menu.meta.completion.current": "bg:#4a78cf fg:#eef2ff",
        "scrollbar.background": "bg:#303446",
        "scrollbar.button": "bg:#7f8aa3",
    }
)
_NO_COLORS = Style.from_dict(
    {
        "sql.keyword": "bold",
        "sql.command": "bold",
        "prompt": "bold",
        "completion-menu.completion": "noreverse",
        "completion-menu.completion.current": "reverse",
        "completion-menu.meta.completion.current": "reverse",
    }
)
_LITERALS = frozenset({"TRUE", "FALSE", "NULL", "UNKNOWN"})
#: First words of statements in which the words of the statement grammar are keywords.
_STATEMENTS = frozenset({"CREATE", "PARAM", "DESCRIBE", "SUMMARIZE", "OPTIMIZE", "VACUUM", "DROP", "EXPLAIN"})
_OTHERS = frozenset({"DROP", "EXPLAIN"})
_QUERY = frozenset({"SELECT", "WITH", "FROM", "VALUES"})


def style() -> Style:
    """Return the colours, or without them (`NO_COLOR`) what bold and reversed text can say."""
    return _NO_COLORS if os.environ.get("NO_COLOR") else _COLORS


def classes(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text in parts with the class of each; together they are the text.

    >>> [part for part in classes("SELECT 1") if part[0]]
    [('sql.keyword', 'SELECT'), ('sql.number', '1')]
    """
    at, stretches = 0, list(scan(text))
    painter = _Painter()
    for index, one in enumerate(stretches):
        if one.start > at:
            yield "", text[at : one.start]
        yield painter.name(stretches, index), one.text
        at = one.end
    if at < len(text):
        yield "", text[at:]


class _Painter:
    """Names the class of each stretch in turn; knows which kind of statement it is in."""

    def __init__(self) -> None:
        self._begins, self._declares = True, False

    def name(self, stretches: list[Stretch], index: int) -> str:
        one = stretches[index]
        if one.kind == "comment":
            return "sql.comment"
        begins, self._begins = self._begins, one.text == ";"
        before = stretches[index - 1] if index else None
        if begins:
            self._declares = one.word in _STATEMENTS
        if one.kind == "string":
            return "sql.string" if one.closed else "sql.unfinished"
        if one.kind == "number":
            return "sql.number"
        if one.text == "$" or (before is not None and before.text == "$" and one.kind in ("word", "name")):
            return "sql.parameter"
        return self._word(one, before, stretches[index + 1] if index + 1 < len(stretches) else None, begins) if one.word else ""

    def _word(self, one: Stretch, before: Stretch | None, after: Stretch | None, begins: bool) -> str:
        word = one.word
        if before is not None and before.text == ".":
            return "sql.command" if begins else ""
        if before is not None and before.word == "PARAM" and not begins:
            return "sql.parameter"
        if self._declares and word in _QUERY and before is not None and before.word in ("AS", "RETURN", "EXPLAIN", "DESCRIBE", "SUMMARIZE"):
            self._declares = False
        called = after is not None and after.text == "(" and after.start == one.end
        if word in _LITERALS:
            return "sql.number"
        if word == "PARAM" or (self._declares and word in statement_words() | _OTHERS) or (word in query_words() and not called):
            return "sql.keyword"
        if word in type_words() and not called:
            return "sql.type"
        return "sql.function" if called and word not in query_words() else "sql.keyword" if word in query_words() else ""


class SqlLexer(Lexer):
    """Colours the whole text of a prompt, whose strings and comments go over lines."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Return the parts of each line."""
        lines: list[StyleAndTextTuples] = [[]]
        for name, text in _parts(document.text):
            first, *rest = text.split("\n")
            lines[-1].append((f"class:{name}" if name else "", first))
            for line in rest:
                lines.append([(f"class:{name}" if name else "", line)])
        return lambda number: lines[number] if number < len(lines) else []


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a prompt's text: a dot command has its name in colour and its words plain."""
    if text.lstrip().startswith("."):
        line, end, rest = text.partition("\n")
        command, space, words = line.partition(" ")
        yield "sql.command", command
        yield from classes(space + words + end + rest)
    else:
        yield from classes(text)
