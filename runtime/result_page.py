"""Owns a result as HTML for notebooks: names with their types, the first rows, what was left out.

In: a schema and texts of cells. Out: one self-contained fragment; it takes its colours from the
page, so that light and dark notebooks both can be read, and puts nothing of the rows in as markup.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import pyarrow as pa

from .engine.arrow_types import schema as schema_of

NULL = "NULL"

_TABLE = "border-collapse:collapse;font-variant-numeric:tabular-nums"
_CELL = "padding:2px 10px;text-align:{side};white-space:pre-wrap;vertical-align:top;max-width:40em"
_FAINT = "opacity:.6;font-weight:normal;font-size:85%"


def result_page(schema: pa.Schema, rows: Sequence[Sequence[str | None]], more: bool) -> str:
    """Return the HTML of the first rows of a result.

    Args:
        schema: columns of the rows, in plain layouts.
        rows: text of every cell; None is a null, which is shown unlike the text `NULL`.
        more: whether the result has rows beyond these.
    """
    sides = ["right" if _is_number(field.type) else "left" for field in schema]
    types = [field.type.sql() for field in schema_of(schema)]
    head = "".join(
        f'<th style="{_CELL.format(side=side)}">{html.escape(name)}<br><span style="{_FAINT}">{html.escape(kind)}</span></th>'
        for name, kind, side in zip(schema.names, types, sides, strict=True)
    )
    body = "".join("<tr>" + "".join(_cell(*one) for one in zip(row, sides, strict=True)) + "</tr>" for row in rows)
    table = f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div>{table}<p style="{_FAINT}">{_count(len(rows), more)}</p></div>'


def _cell(text: str | None, side: str) -> str:
    shown = f'<span style="opacity:.5">{NULL}</span>' if text is None else html.escape(text)
    return f'<td style="{_CELL.format(side=side)}">{shown}</td>'


def _count(count: int, more: bool) -> str:
    noun = "row" if count == 1 else "rows"
    return f"first {count} {noun}, there are more" if more else f"{count} {noun}"


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
