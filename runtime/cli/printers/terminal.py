"""Owns diagnostics as people read them on a terminal: title, message, excerpt with carets, help, cause.

In: diagnostics and a width in cells. Out: text; each diagnostic stays within one screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ....dialect.diagnostics import Diagnostic, codes
from ..text import Paint, clip, plural, visible, wrap
from .snippet import Mark, excerpt, gutter_of

MAX_LABELS = 5
MAX_CAUSE_LINES = 6
MAX_DIAGNOSTICS = 20


def terminal(found: Sequence[Diagnostic], width: int, paint: Paint) -> str:
    """Return diagnostics as text for a terminal, with a last line that counts them; empty for none."""
    if not found:
        return ""
    blocks = ["\n".join(one(d, width, paint)) for d in found[:MAX_DIAGNOSTICS]]
    if len(found) > MAX_DIAGNOSTICS:
        blocks.append(f"… and {len(found) - MAX_DIAGNOSTICS} more; `--plain` or `--json` prints all")
    return "\n\n".join([*blocks, summary(found, width)]) + "\n"


def summary(found: Sequence[Diagnostic], width: int) -> str:
    """Return the line that counts errors and warnings and says where to read more."""
    counts = Counter(d.severity for d in found)
    parts = [plural(counts[s], s) for s in ("error", "warning") if counts[s]]
    first = next((d.code for d in found if d.severity == "error"), found[0].code)
    return "\n".join(wrap(f"{', '.join(parts)}; `treadle explain {first}` says more", width))


def one(diagnostic: Diagnostic, width: int, paint: Paint) -> list[str]:
    """Return the lines of one diagnostic."""
    color = "red" if diagnostic.severity == "error" else "yellow"
    known = codes().get(diagnostic.code)
    head = paint(f"bold {color}", f"{diagnostic.severity}[{diagnostic.code}]")
    lines = [head + (" " + paint("bold", known.title) if known else "")]
    for text in diagnostic.message.splitlines():
        lines += wrap(text.strip(), width, "    " if text.startswith(" ") else "  ")
    tail, gutter = diagnostic.help or diagnostic.cause, 1
    if diagnostic.span is not None:
        labels = diagnostic.labels[:MAX_LABELS]
        marks = [Mark(diagnostic.span, "", True), *(Mark(label.span, label.text, False) for label in labels)]
        gutter = gutter_of(marks)
        lines += excerpt(marks, width, paint)
        if len(diagnostic.labels) > MAX_LABELS:
            lines.append(f"{' ' * gutter} = and {plural(len(diagnostic.labels) - MAX_LABELS, 'more place')}")
        elif tail and diagnostic.span.source.text:
            lines.append(paint("blue", " " * gutter + " |"))
    if diagnostic.help:
        lines += wrap(diagnostic.help, width, f"{' ' * gutter} = help: ")
    if diagnostic.cause:
        lines += _cause(diagnostic.cause, width, f"{' ' * gutter} = cause: ")
    return lines


def _cause(cause: str, width: int, start: str) -> list[str]:
    lines: list[str] = []
    for text in cause.strip().splitlines():
        lines += wrap(text, width, start if not lines else " " * len(start))
    if len(lines) > MAX_CAUSE_LINES:
        lines = [*lines[: MAX_CAUSE_LINES - 1], f"{' ' * len(start)}… {plural(len(lines) - MAX_CAUSE_LINES + 1, 'more line')}"]
    return [clip(visible(line), max(width, 20)) for line in lines]
