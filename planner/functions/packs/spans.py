"""Owns the pack `spans`: pieces of texts and of other lines of numbers, half-open from `bstart` to before `bend`."""

from __future__ import annotations

from .base import Pack, function

_SPAN = "span STRUCT"
_TWO = "a STRUCT, b STRUCT"
_EXAMPLE = "span_make(bstart => 3, bend => 8)"
_OTHER = "span_make(bstart => 6, bend => 12)"

PACK = Pack(
    "spans",
    "Pieces of texts, and of anything else that is counted: a span is a struct whose fields `bstart` and `bend` say a half-open range.",
    (
        function(
            "span_make(bstart BIGINT, bend BIGINT, line_base BIGINT = 0, col_unit VARCHAR = 'byte',"
            " end_exclusive BOOLEAN = true) -> STRUCT",
            "CASE WHEN bstart IS NOT NULL AND bend IS NOT NULL THEN named_struct('bstart', bstart - line_base,"
            " 'bend', bend - line_base + CASE WHEN end_exclusive THEN 0 ELSE 1 END,"
            " 'line_base', line_base, 'col_unit', col_unit, 'end_exclusive', end_exclusive) END",
            "A span in half-open offsets from 0: `line_base` is the number of the first place as the ends count, and an end that belongs to"
            " the span becomes the place behind it; the last three fields keep how it was given.",
            "span_make(bstart => 1, bend => 5, line_base => 1, col_unit => 'byte', end_exclusive => false)",
            "{'bstart': 0, 'bend': 5, 'line_base': 1, 'col_unit': 'byte', 'end_exclusive': false}",
            nulls="null in `bstart` or `bend` gives null",
        ),
        function(
            f"span_len({_SPAN}) -> BIGINT",
            "span.bend - span.bstart",
            "How long a span is; below zero where its ends are the wrong way round.",
            f"span_len(span => {_EXAMPLE})",
            "5",
        ),
        function(
            f"span_overlaps({_TWO}) -> BOOLEAN",
            "a.bstart < b.bend AND b.bstart < a.bend AND a.bstart < a.bend AND b.bstart < b.bend",
            "Whether two spans have a place in common; spans that only touch have none, nor have empty ones and those whose ends are the"
            " wrong way round.",
            f"span_overlaps(a => {_EXAMPLE}, b => {_OTHER})",
            "true",
            nulls="null gives null, or false where the other span is empty",
        ),
    ),
)
