"""Owns places in a TOML text: where the key and the value of every path stand, which tomllib doesn't tell.

In: a `Source` that tomllib has accepted (so this scanner need not judge). Out: spans by
path, from which `config.py` points at what is wrong in `treadle.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..dialect.source import Source, Span

Path = tuple[str | int, ...]
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]*")
_STRINGS = tuple(
    re.compile(pattern, re.DOTALL) for pattern in (r'"""(?:\\.|[^\\])*?"""(?!")', r"'''.*?'''(?!')", r'"(?:\\.|[^"\\])*"', r"'[^']*'")
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands and where its value stands; both are the header for a table."""

    key: Span
    value: Span


def toml_places(source: Source) -> Mapping[Path, Place]:
    """Return the places of every key of a valid TOML text by its path; array elements by index.

    >>> found = toml_places(Source("t", "[a]\\nb.c = [1, 2]"))
    >>> found["a", "b", "c"].value.text, found["a", "b", "c", 1].key.text
    ('[1, 2]', '2')
    """
    return _Scanner(source).scan()


def nearest_place(places: Mapping[Path, Place], path: Path) -> Place | None:
    """Return the place of a path, or of its longest beginning that has one."""
    return next((places[path[:n]] for n in range(len(path), 0, -1) if path[:n] in places), None)


class _Scanner:
    """Walks over the text once; lenient, since tomllib has already judged it."""

    def __init__(self, source: Source) -> None:
        self._source, self._text, self._at = source, source.text, 0
        self._found: dict[Path, Place] = {}
        self._tables: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, Place]:
        prefix: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            before = self._at
            if self._text[self._at] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)
            self._skip(_BLANK)
            if self._at == before:
                break
        return self._found

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _header(self) -> Path:
        start = self._at
        is_array = self._text.startswith("[[", start)
        self._at += 2 if is_array else 1
        keys = self._keys()
        path = self._indexed(keys)
        for depth in range(1, len(keys)):
            self._found.setdefault(self._indexed(keys[:depth]), Place(keys[depth - 1][1], keys[depth - 1][1]))
        if is_array:
            self._tables[path] = self._tables.get(path, -1) + 1
            path = (*path, self._tables[path])
        self._at += 2 if is_array else 1
        span = self._source.span(start, self._at)
        self._found.setdefault(path, Place(span, span))
        return path

    def _indexed(self, keys: list[tuple[str, Span]]) -> Path:
        path: Path = ()
        for position, (key, _) in enumerate(keys):
            path = (*path, key)
            if path in self._tables and position < len(keys) - 1:
                path = (*path, self._tables[path])
        return path

    def _keys(self) -> list[tuple[str, Span]]:
        keys = []
        while True:
            self._skip(_SPACE)
            start = self._at
            text = self._skip(_BARE_KEY) or self._string()
            name = _unquoted(text)
            keys.append((name, self._source.span(start, self._at)))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _string(self) -> str:
        return next((text for pattern in _STRINGS if (text := self._skip(pattern))), "")

    def _pair(self, prefix: Path) -> None:
        keys = self._keys()
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        path = (*prefix, *(key for key, _ in keys))
        start = self._at
        self._value(path)
        value = self._source.span(start, self._at)
        for depth in range(1, len(keys)):
            self._found.setdefault((*prefix, *(key for key, _ in keys[:depth])), Place(keys[depth - 1][1], value))
        self._found[path] = Place(keys[0][1].cover(keys[-1][1]), value)

    def _value(self, path: Path) -> None:
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._elements(path)
        elif opening == "{":
            self._inline_table(path)
        elif not self._string():
            text = self._skip(_BARE_VALUE)
            self._at -= len(text) - len(text.rstrip())

    def _elements(self, path: Path) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._text[self._at : self._at + 1] in ("]", ""):
                break
            start = self._at
            self._value((*path, index))
            span = self._source.span(start, self._at)
            self._found[(*path, index)] = Place(span, span)
            index += 1
            self._skip(_BLANK)
            if self._text.startswith(",", self._at):
                self._at += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._text[self._at : self._at + 1] in ("}", ""):
                break
            self._pair(path)
            self._skip(_BLANK)
            if self._text.startswith(",", self._at):
                self._at += 1
        self._at += 1


def _unquoted(text: str) -> str:
    if text.startswith("'"):
        return text[1:-1]
    if text.startswith('"'):
        return _ESCAPE.sub(_unescaped, text[1:-1])
    return text


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else _ESCAPED.get(match.group(3), match.group(3))
