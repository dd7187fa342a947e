"""Owns how a constraint that does not hold is told: the error that keeps rows from being committed, the warnings."""

from __future__ import annotations

from ..dialect.diagnostics import Diagnostic, counted, error
from ..dialect.source import Span
from ..planner.warnings import PlanWarning
from .receipt import ExpectationReceipt

CODE, WARNED, DROPPED = "T6070", "T6071", "T6072"
MAX_TEXT = 60


def failure(view: str, found: ExpectationReceipt, place: Span | None) -> Diagnostic:
    """Return the error of a constraint whose violation keeps an output from being committed."""
    lines = "".join(f"\n  {line}" for line in examples(found))
    help_line = {
        "row": "mend the view or the rows; ON VIOLATION DROP leaves such rows out, WARN commits them",
        "key": "mend the view: QUALIFY row_number() OVER (PARTITION BY …) = 1 keeps one row per key",
        "references": "mend the view, or the rows that are referred to; ON VIOLATION WARN commits such rows",
    }.get(found.kind, "mend the view or the condition; ON VIOLATION WARN commits all the same")
    return error(CODE, f"{said(view, found)}{':' if lines else ''}{lines}", place, help=help_line).diagnostics[0]


def warning(view: str, found: ExpectationReceipt) -> PlanWarning:
    """Return the warning of a constraint that was violated and let rows pass, or left them out."""
    dropped = found.on_violation == "DROP"
    end = ", which were not written" if dropped else ""
    context = {"view": view, "constraint": found.name, "rule": found.rule}
    context |= {"rows": str(found.rows), "violations": str(found.violations)}
    if found.kind == "aggregate":
        end = f": {examples(found)[0]}" if found.examples else ""
    return PlanWarning(code=DROPPED if dropped else WARNED, stage=view, message=said(view, found) + end, context=context)


def said(view: str, found: ExpectationReceipt) -> str:
    """Return how far a constraint does not hold, in a sentence without a period."""
    name = found.rule if found.kind == "key" else f"`{found.name}`"
    if found.kind == "aggregate":
        return f"{name} does not hold over the {counted(found.rows or 0, 'row')} of `{view}`"
    return f"{name} does not hold for {found.violations or 0:,} of {found.rows or 0:,} row{'' if found.rows == 1 else 's'} of `{view}`"


def examples(found: ExpectationReceipt) -> list[str]:
    """Return some of what violates a constraint, a line each."""
    grouped = found.kind in ("unique", "key", "references")
    return [_line(row, grouped) for row in found.examples]


def _line(row: dict[str, str], grouped: bool) -> str:
    items = list(row.items())
    shown = ", ".join(f"{name} = {_short(text)}" for name, text in (items[:-1] if grouped else items))
    return f"{shown}: {counted(int(items[-1][1]), 'row')}" if grouped else shown


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"
