"""Owns diagnostics as editors and `grep` read them: one line each, other places as notes below."""

from __future__ import annotations

from collections.abc import Sequence

from ....dialect.diagnostics import Diagnostic
from ....dialect.source import Span
from ..text import visible


def plain(found: Sequence[Diagnostic]) -> str:
    """Return `file:line:column: severity T2003: message (help)` per diagnostic, and a `note` line per label."""
    lines = []
    for one in found:
        tail = f" ({one.help})" if one.help else ""
        cause = f" [{one.cause}]" if one.cause else ""
        lines.append(visible(f"{_place(one.span)}{one.severity} {one.code}: {one.message}{tail}{cause}"))
        lines += [visible(f"{_place(label.span)}note: {label.text}") for label in one.labels]
    return "".join(f"{line}\n" for line in lines)


def _place(span: Span | None) -> str:
    return "" if span is None else f"{span.source.name}:{span.line}:{span.column}: "
