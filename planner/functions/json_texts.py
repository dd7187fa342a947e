"""Owns SQL for the JSON text of a value of any type (RFC 8259): NULL inside of lists, maps and structs is `null`."""

from __future__ import annotations

import json

from ...dialect.types import DataType
from ..json_paths import QUOTED
from ..literal import quote_text

NO_TEXT = frozenset(("BYTEA", "INTERVAL", "DURATION"))
"""Types that JSON has no text for, and systems write differently."""


def json_text(value: str, kind: DataType, depth: int = 0) -> str:
    """Return SQL for a value's JSON text, null for null; raises `ValueError` with the name of a type that has none.

    Numbers are written as they are, NaN and infinities as `null`; dates and times as texts by ISO 8601.

    Args:
        value: SQL that names the value, and may be said several times.
        kind: its type.
        depth: how many lambdas are around it.
    """
    item = f"item_{depth}"
    if kind.name == "LIST":
        inner = _inner(item, kind.fields[0].type, depth + 1)
        return f"'[' || array_to_string(list_transform({value}, {item} -> {inner}), ',') || ']'"
    if kind.name == "STRUCT":
        parts = [
            f"{quote_text(json.dumps(f.name, ensure_ascii=False) + ':')} || {_inner(f'{value}[{quote_text(f.name)}]', f.type, depth)}"
            for f in kind.fields
        ]
        return f"CASE WHEN {value} IS NOT NULL THEN '{{' || {' || chr(44) || '.join(parts)} || '}}' END"
    if kind.name == "MAP":
        key, held = (f"{item}['{name}']" for name in ("key", "value"))
        entry = f'"{QUOTED}"(CAST({key} AS VARCHAR)) || chr(58) || {_inner(held, kind.fields[1].type, depth + 1)}'
        return f"'{{' || array_to_string(list_transform(map_entries({value}), {item} -> {entry}), ',') || '}}'"
    return _plain(value, kind)


def _inner(value: str, kind: DataType, depth: int) -> str:
    return "'null'" if kind.name == "NULL" else f"coalesce({json_text(value, kind, depth)}, 'null')"


def _plain(value: str, kind: DataType) -> str:
    if kind.name in NO_TEXT:
        raise ValueError(kind.sql())
    text = f"CAST({value} AS VARCHAR)"
    if kind.name in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN isfinite({value}) THEN {text} ELSE CASE WHEN {value} IS NOT NULL THEN 'null' END END"
    if kind.name == "NULL":
        return "CAST(NULL AS VARCHAR)"
    if kind.name in ("BOOLEAN", "DECIMAL") or kind.is_integer:
        return text
    return f'"{QUOTED}"({value if kind.name == "VARCHAR" else text})'
