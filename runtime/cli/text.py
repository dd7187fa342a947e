"""Owns text that fits a terminal: widths in cells, clipping, wrapping, tables, ANSI colours.

Pure, without rich, since the paths that end in an error should start fast. Text of users
passes through `visible` before it is shown, so that no escape sequence of theirs reaches
the terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ELLIPSIS = "…"
_QUOTED = re.compile(r'PARAM "([A-Za-z_]\w*)"')
_TYPED_NUMBER = re.compile(r"\b(?:U?Int\d+|Float\d+|Boolean)\(([^()\"]*)\)")
_TYPED_DECIMAL = re.compile(r"\bDecimal\d+\(([^(),\"]*),\d+,-?\d+\)")
_TYPED_TIME = re.compile(r"\bTimestamp(Second|Millisecond|Microsecond|Nanosecond)\((-?\d+), (?:None|Some\(\"([^\"]*)\"\))\)")
_TICKS = {"Second": 1, "Millisecond": 10**3, "Microsecond": 10**6, "Nanosecond": 10**9}
_TYPED_TEXT = re.compile(r'\b(?:Utf8|Utf8View|LargeUtf8|Date32|Date64)\("([^"]*)"\)')
_COLORS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def cell_width(char: str) -> int:
    """Return how many terminal cells one character takes: 0, 1 or 2."""
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def cells(text: str) -> int:
    """Return how many terminal cells a text without control characters takes.

    >>> cells("naïve"), cells("表")
    (5, 2)
    """
    return len(text) if text.isascii() else sum(map(cell_width, text))


def visible(text: str) -> str:
    r"""Return a text whose control characters are replaced by their pictures, line breaks by `⏎`.

    >>> visible("a\x1b[31mb\n")
    'a␛[31mb⏎'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _picture(c) for c in text)


def _picture(char: str) -> str:
    if char == "\n":
        return "⏎"
    if ord(char) < 32:
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "␡"
    return char if unicodedata.category(char) in ("Zs", "Mn", "Me") else "\ufffd"


def clip(text: str, width: int) -> str:
    """Return at most `width` cells of a text; what is cut is told by an ellipsis.

    >>> clip("departure", 5)
    'depa…'
    """
    if cells(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        used += cell_width(char)
        if used > max(width - 1, 0):
            break
        kept.append(char)
    return "".join(kept) + ELLIPSIS[: max(width, 0)]


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Return a text as lines of at most `width` cells, begun by `first`, then by `rest` (spaces when None).

    Words longer than a line are kept whole when they are paths or names, since broken ones can't be copied.
    """
    rest = " " * cells(first) if rest is None else rest
    lines: list[str] = []
    current, start = "", first
    for word in visible(text.strip().replace("\n", " ")).split(" "):
        longer = f"{current} {word}" if current else word
        if current and cells(start) + cells(longer) > width:
            lines.append(start + current)
            current, start = word, rest
        else:
            current = longer
    return [*lines, start + current]


def plain_value(value: object, type: str) -> str:
    """Return a value in its JSON form (`planner.codec.to_json`) as a person would write it.

    >>> plain_value(["UA", None], "VARCHAR[]"), plain_value("2013-01-01", "DATE"), plain_value("a", "VARCHAR")
    ("['UA', NULL]", '2013-01-01', "'a'")
    """
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(plain_value(one, type.removesuffix("[]")) for one in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if type == "VARCHAR" else str(value)


def plain_sql(text: str) -> str:
    """Return treadle's canonical SQL with parameters' names unquoted where they need no quotes.

    >>> plain_sql('PARAM "since" >= 1')
    'PARAM since >= 1'
    """
    return _QUOTED.sub(r"PARAM \1", text)


def plain_condition(text: str) -> str:
    """Return a condition as the engine spells it with the types of its literals left out.

    >>> plain_condition('r0.a >= Int64(3) AND r0.b = Utf8View("x")')
    "r0.a >= 3 AND r0.b = 'x'"
    >>> plain_condition("a < Decimal128(5.00,10,2) OR b = TimestampMicrosecond(1767225600500000, None)")
    "a < 5.00 OR b = '2026-01-01 00:00:00.5'"
    """
    text = _TYPED_TIME.sub(_plain_time, _TYPED_DECIMAL.sub(r"\1", _TYPED_NUMBER.sub(r"\1", text)))
    return _TYPED_TEXT.sub(r"'\1'", text)


def _plain_time(written: re.Match[str]) -> str:
    """Return an instant that the engine counts in ticks since 1970 as it is written, or as it stands beyond the years 1 to 9999."""
    ticks = _TICKS[written[1]]
    seconds, part = divmod(int(written[2]), ticks)
    try:
        moment = str(datetime(1970, 1, 1) + timedelta(seconds=seconds))
    except OverflowError:
        return written[0]
    digits = f".{part:0{len(str(ticks)) - 1}d}".rstrip("0") if part else ""
    return f"'{moment}{digits}{'Z' if written[3] else ''}'"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "view"), plural(1200, "row")
    ('1 view', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts ANSI colours round text, or leaves it as it is; colour never carries meaning."""

    enabled: bool

    def __call__(self, style: str, text: str) -> str:
        """Return a text in a style of words such as `bold red`."""
        if not self.enabled or not text:
            return text
        codes = ";".join(_COLORS[word] for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, whether it is aligned right, whether it gives way when space is short."""

    title: str
    right: bool = False
    shrinks: bool = True


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int | None, paint: Paint) -> list[str]:
    """Return a table as lines: bold headings, a rule, the rows; cells are clipped to fit `width` cells, if given."""
    body = [[visible(cell) for cell in row] for row in rows]
    widths = [max([cells(c.title), *(cells(row[i]) for row in body)]) for i, c in enumerate(columns)]
    if width is not None:
        widths = _fitted(columns, widths, width - 2 * (len(columns) - 1))
    heading = _line([c.title for c in columns], columns, widths)
    rule = "  ".join("─" * w for w in widths)
    return [paint("bold", heading), paint("dim", rule), *(_line(row, columns, widths) for row in body)]


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = []
    for cell, column, width in zip(row, columns, widths, strict=True):
        text = clip(cell, width)
        space = " " * (width - cells(text))
        parts.append(space + text if column.right else text + space)
    return "  ".join(parts).rstrip()


def _fitted(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """Narrow the widest shrinkable columns, a cell at a time, until the room suffices."""
    widths = list(widths)
    least = 4
    while sum(widths) > room:
        candidates = [i for i, c in enumerate(columns) if c.shrinks and widths[i] > least]
        if not candidates:
            break
        widest = max(candidates, key=lambda i: widths[i])
        widths[widest] -= 1
    return widths
