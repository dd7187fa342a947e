"""Owns rows that differ, side by side: `−` missing, `+` unexpected, `~` alike, with `expected → found` where cells differ.

As many rows as a screen takes and as many columns as fit; word of what was left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..cells import as_texts
from .text import Column, Paint, cells, clip, plural, table, visible, wrap

if TYPE_CHECKING:
    from ..testing.compare import Difference

MISSING, UNEXPECTED, CHANGED = "−", "+", "~"
COLORS = {MISSING: "red", UNEXPECTED: "green", CHANGED: "yellow"}
LEGEND = {CHANGED: "differs, expected → found", MISSING: "expected, not found", UNEXPECTED: "found, not expected"}
MOST_ROWS = 15
NULL = "NULL"
INDENT = "  "

Row = tuple[str, tuple[str, ...]]


def difference_lines(difference: Difference, width: int, paint: Paint) -> list[str]:
    """Return the rows that differ as lines that fit a width."""
    rows = _rows(difference)
    shown = rows[:MOST_ROWS]
    kept = _fitting(difference, shown, width - len(INDENT))
    columns = [Column(""), *(Column(visible(difference.columns[at]), right=_is_number(difference, at)) for at in kept)]
    body = [(sign, *(row[at] for at in kept)) for sign, row in shown]
    lines = table(columns, body, width - len(INDENT), paint)
    found = [INDENT + line for line in lines[:2]]
    found += [INDENT + paint(COLORS[sign], line) for (sign, _), line in zip(shown, lines[2:], strict=True)]
    return found + _notes(difference, rows, kept, width, paint)


def _rows(difference: Difference) -> list[Row]:
    """Return all rows as text: those that pair up, then missing ones, then unexpected ones."""
    expected, found = _texts(difference.expected), _texts(difference.found)
    rows: list[Row] = []
    for pair in difference.changed:
        left, right = expected[pair.expected], found[pair.found]
        cell = [f"{a} → {b}" if at in pair.columns else b for at, (a, b) in enumerate(zip(left, right, strict=True))]
        rows.append((CHANGED, tuple(cell)))
    rows += [(MISSING, expected[at]) for at in difference.missing]
    return rows + [(UNEXPECTED, found[at]) for at in difference.unexpected]


def _texts(data: object) -> list[tuple[str, ...]]:
    columns = [as_texts(column, NULL) for column in data.columns]  # type: ignore[attr-defined]
    return [tuple(visible(cell) for cell in row) for row in zip(*columns, strict=True)]


def _is_number(difference: Difference, at: int) -> bool:
    from .result_table import is_number

    return is_number(difference.expected.schema.field(at).type)


def _fitting(difference: Difference, rows: list[Row], width: int) -> list[int]:
    """Return the columns to show: those that differ come first when not all have room, then the others, in order."""
    count = len(difference.columns)
    natural = [max([cells(visible(difference.columns[at])), *(cells(row[at]) for _, row in rows)]) for at in range(count)]
    differing = {at for pair in difference.changed for at in pair.columns}
    kept: list[int] = []
    room = width - 1
    for at in sorted(range(count), key=lambda at: (at not in differing, at)):
        needed = natural[at] + 2
        if kept and needed > room:
            continue
        kept.append(at)
        room -= needed
    return sorted(kept)


def _notes(difference: Difference, rows: list[Row], kept: list[int], width: int, paint: Paint) -> list[str]:
    notes = []
    if len(rows) > MOST_ROWS:
        notes.append(f"… and {plural(len(rows) - MOST_ROWS, 'more row')}")
    hidden = [visible(name) for at, name in enumerate(difference.columns) if at not in kept]
    if hidden:
        notes.append(f"{plural(len(hidden), 'column')} did not fit: {', '.join(hidden[:6])}{', …' if len(hidden) > 6 else ''}")
    signs = [sign for sign in (CHANGED, MISSING, UNEXPECTED) if any(one == sign for one, _ in rows[:MOST_ROWS])]
    notes.append("; ".join(f"{sign} {LEGEND[sign]}" for sign in signs))
    return [paint("dim", clip(line, width)) for note in notes for line in wrap(note, width, INDENT)]
