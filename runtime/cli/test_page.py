"""Owns the page of `treadle test`: a line for each test, what went wrong with rows side by side, the count at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .console import Console
from .difference_table import difference_lines
from .text import Paint, cells, clip, plural, visible

if TYPE_CHECKING:
    from ..testing.outcome import Outcome, Report

SIGNS = {"passed": "✓", "failed": "✗", "error": "!", "not run": "-"}
COLORS = {"passed": "green", "failed": "bold red", "error": "bold red", "not run": "yellow"}
MOST_SHOWN = 20
"""Failures that are shown in full."""


def show_report(console: Console, report: Report) -> None:
    """Print a line for each test to stdout, failures and the count to stderr."""
    names = max((cells(visible(one.name)) for one in report), default=0)
    views = max((cells(visible(one.target)) for one in report), default=0)
    for one in report:
        console.data(_line(console, one, names, views) + "\n")
    broken = [one for one in report if not one.passed and one.state != "not run"]
    for one in broken[:MOST_SHOWN]:
        console.say()
        console.stderr.write("\n".join(failure_lines(one, console.width, console.err, plain=console.plain)) + "\n")
    if len(broken) > MOST_SHOWN:
        console.say(f"\n… and {len(broken) - MOST_SHOWN} more; `--json` prints all")
    console.say()
    console.say(_summary(console, report))


def _line(console: Console, one: Outcome, names: int, views: int) -> str:
    """Return `✓ name  view  12 ms`, clipped so that the time is always there."""
    took = "not run" if one.state == "not run" else _took(one.seconds)
    name, view = visible(one.name), visible(one.target)
    if console.is_terminal:
        room = console.width - 2 - 8
        names = min(names, max(room * 3 // 5, room - 2 - views))
        views = min(views, max(room - names - 2, 0))
    paint = console.out
    name, view = _padded(name, names), _padded(view, views)
    return f"{paint(COLORS[one.state], SIGNS[one.state])} {name}  {paint('dim', view)}  {took}"


def _padded(text: str, width: int) -> str:
    text = clip(text, width)
    return text + " " * (width - cells(text))


def _took(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def failure_lines(one: Outcome, width: int, paint: Paint, *, plain: bool = False) -> list[str]:
    """Return what went wrong with a test: its diagnostics, and the rows that differ.

    Args:
        one: the outcome.
        width: cells of the screen.
        paint: colours.
        plain: whether diagnostics are one line each.
    """
    from .printers.plain import plain as plain_lines
    from .printers.terminal import one as diagnostic_lines

    head = f"{SIGNS[one.state]} {visible(one.name)}"
    lines = [paint(COLORS[one.state], clip(head, width))]
    if plain:
        lines += plain_lines(one.diagnostics).rstrip("\n").split("\n")
    else:
        for at, found in enumerate(one.diagnostics):
            lines += ["", *diagnostic_lines(found, width, paint)] if at else diagnostic_lines(found, width, paint)
    if one.difference is not None:
        lines += ["", *difference_lines(one.difference, width, paint)]
    return lines


def _summary(console: Console, report: Report) -> str:
    parts = [
        console.err(COLORS[state], f"{count:,} {word}")
        for state, word in (("passed", "passed"), ("failed", "failed"), ("error", "could not run"), ("not run", "not run"))
        if (count := report.count(state))  # type: ignore[arg-type]
    ]
    stopped = "cancelled; " if report.cancelled else ""
    return f"{stopped}{plural(len(report), 'test')}: {', '.join(parts)} in {_took(report.seconds)}"
