"""Owns the pack `spans`: pieces of texts and of other lines of numbers, half-open from `bstart` to before `bend`."""

from __future__ import annotations

from .base import Given, Pack, RewriteRefused, function
from .hashing import TEXT_128

_SPAN = "span_make(bstart => 3, bend => 8)"
_OTHER = "span_make(bstart => 6, bend => 12)"
_COMMON = "least({a}.bend, {b}.bend) - greatest({a}.bstart, {b}.bstart)"
_ASTRAL = "[\\x{10000}-\\x{10FFFF}]"
"""Characters beyond U+FFFF, which UTF-16 writes as two units."""

_COLUMNS = {
    "byte": "least(greatest(col, 0), CAST(octet_length(line_text) AS BIGINT))",
    "utf32": "CAST(octet_length(left(line_text, greatest(col, 0))) AS BIGINT)",
    # A mark behind every character of two units makes characters of units; a first half alone is left out.
    "utf16": f"CAST(octet_length(regexp_replace(regexp_replace(left(regexp_replace(line_text, '({_ASTRAL})', '${{1}}' || chr(1), 'g'),"
    f" greatest(col, 0)), '{_ASTRAL}$', ''), '({_ASTRAL})' || chr(1), '${{1}}', 'g')) AS BIGINT)",
}


def _col_to_byte(given: Given) -> str:
    """Return the offset for the unit that is named; for one that is a column's value, all of them by cases."""
    unit = given.literal("col_unit")
    if unit is not None and unit not in _COLUMNS:
        raise RewriteRefused("col_unit", f"`{unit}` is no unit of columns", "write 'byte', 'utf16' or 'utf32'")
    cases = " ".join(f"WHEN '{name}' THEN {text}" for name, text in _COLUMNS.items() if unit in (None, name))
    return f"CASE WHEN line_text IS NOT NULL AND col IS NOT NULL THEN CASE col_unit {cases} END END"


def _span_make(given: Given) -> str:
    unit = given.literal("col_unit")
    if unit is not None and unit not in _COLUMNS:
        raise RewriteRefused("col_unit", f"`{unit}` is no unit of columns", "write 'byte', 'utf16' or 'utf32'")
    return (
        "CASE WHEN bstart IS NOT NULL AND bend IS NOT NULL THEN named_struct('bstart', bstart - line_base,"
        " 'bend', bend - line_base + CASE WHEN end_exclusive THEN 0 ELSE 1 END,"
        " 'line_base', line_base, 'col_unit', col_unit, 'end_exclusive', end_exclusive) END"
    )


def _score(common: str, lengths: str) -> str:
    """Return the common length by that of both together; null where an end is, since lengths are."""
    shared = f"greatest({common}, 0)"
    union = f"{lengths} - {shared}"
    return f"CASE WHEN {union} > 0 THEN CAST({shared} AS DOUBLE) / ({union}) WHEN {union} <= 0 THEN 0.0 END"


PACK = Pack(
    "spans",
    "Pieces of texts, and of anything else that is counted: a span is a struct whose fields `bstart` and `bend` say a half-open range.",
    (
        function(
            "span_make(bstart BIGINT, bend BIGINT, line_base BIGINT = 0, col_unit VARCHAR = 'byte',"
            " end_exclusive BOOLEAN = true) -> STRUCT",
            _span_make,
            "A span in half-open offsets from 0: `line_base` is the number that the first place has in `bstart` and `bend`, and an end that"
            " belongs to the span becomes the place behind it. Its fields are `bstart`, `bend`, and how it was given.",
            "span_make(bstart => 1, bend => 5, line_base => 1, col_unit => 'byte', end_exclusive => false)",
            "{'bstart': 0, 'bend': 5, 'line_base': 1, 'col_unit': 'byte', 'end_exclusive': false}",
            nulls="null in `bstart` or `bend` gives null",
        ),
        function(
            "span_len(span STRUCT) -> BIGINT",
            "span.bend - span.bstart",
            "How long a span is; below zero where its ends are the wrong way round.",
            f"span_len(span => {_SPAN})",
            "5",
        ),
        function(
            "span_overlaps(a STRUCT, b STRUCT) -> BOOLEAN",
            "a.bstart < b.bend AND b.bstart < a.bend AND a.bstart < a.bend AND b.bstart < b.bend",
            "Whether two spans have a place in common; spans that only touch have none, nor have empty ones and those whose ends are the"
            " wrong way round.",
            f"span_overlaps(a => {_SPAN}, b => {_OTHER})",
            "true",
            nulls="null gives null, or false where the other span is empty",
        ),
        function(
            "span_contains(span STRUCT, place BIGINT) -> BOOLEAN",
            "span.bstart <= place AND place < span.bend",
            "Whether a place lies in a span.",
            f"span_contains(span => {_SPAN}, place => 8)",
            "false",
            nulls="null gives null, or false where what is known says no",
        ),
        function(
            "span_contains(span STRUCT, inner_span STRUCT) -> BOOLEAN",
            "span.bstart <= inner_span.bstart AND inner_span.bend <= span.bend AND inner_span.bstart <= inner_span.bend",
            "Whether a span lies wholly in another, ends that are equal and empty ones included.",
            f"span_contains(span => {_SPAN}, inner_span => span_make(bstart => 4, bend => 8))",
            "true",
            nulls="null gives null, or false where the inner span has its ends the wrong way round",
        ),
        function(
            "span_id(path VARCHAR, span STRUCT, kind VARCHAR = 'span') -> VARCHAR",
            "kind || ':' || \"treadle:hash_128\"(path || chr(31) || CAST(span.bstart AS VARCHAR) || chr(31) || CAST(span.bend AS VARCHAR))",
            "A key for a span of a document: the kind, a colon, and `stable_hash128` of path, start and end with U+001F between them.",
            f"span_id(path => 'a.py', span => {_SPAN}, kind => 'call')",
            "'call:' || stable_hash128('a.py' || chr(31) || '3' || chr(31) || '8')",
            arrow=(TEXT_128,),
        ),
        function(
            "interval_align_score(a STRUCT, b STRUCT) -> DOUBLE",
            _score(_COMMON.format(a="a", b="b"), "(a.bend - a.bstart + b.bend - b.bstart)"),
            "How well two spans lie on each other: the length of what they have in common by the length of what either covers"
            " (intersection over union), 1 for equal spans, 0 for spans that have nothing in common and for two empty ones.",
            f"interval_align_score(a => {_SPAN}, b => span_make(bstart => 3, bend => 13))",
            "0.5",
        ),
        function(
            "interval_align_score(a_start BIGINT, a_end BIGINT, b_start BIGINT, b_end BIGINT) -> DOUBLE",
            _score("least(a_end, b_end) - greatest(a_start, b_start)", "(a_end - a_start + b_end - b_start)"),
            "The same of two ranges whose ends are given.",
            "interval_align_score(a_start => 3, a_end => 8, b_start => 6, b_end => 11)",
            "0.25",
        ),
        function(
            "col_to_byte(line_text VARCHAR, col BIGINT, col_unit VARCHAR) -> BIGINT",
            _col_to_byte,
            "The offset in bytes of UTF-8 of a column of a line, both from 0: columns count `'byte'`s, `'utf16'` units or `'utf32'`"
            " characters. One behind the line is the line's end; the second half of a character in UTF-16 is its start.",
            "col_to_byte(line_text => 'aé😀b', col => 4, col_unit => 'utf16')",
            "7",
            nulls="null in any argument, or a unit that is none, gives null",
        ),
    ),
)
