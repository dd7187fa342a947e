"""Owns the canonical text of a value of any type, from which `stable_hash_any` and ids are made: equal values, equal texts."""

from __future__ import annotations

from ....dialect.types import DataType
from ...literal import quote_text
from .base import RewriteRefused

_SCALE = {0: 1_000_000, 3: 1_000, 6: 1}


def tagged(value: str, kind: DataType, depth: int = 0) -> str:
    """Return SQL for a value's text with a letter that says its type; texts in it have their length before them.

    `n` null, `b` boolean, `i` integer, `d` decimal without trailing zeros, `f` float, `s` text with its bytes' number, `y` bytes in
    hexadecimal, `D` date, `h` time of day, `t` microseconds since 1970, `z` the same of an instant, `[…]` list, `{…}` struct with its
    fields' names, `<…>` map in the order of its keys' texts.

    Args:
        value: SQL that names the value, and may be said several times.
        kind: its type.
        depth: how many lambdas are around it.
    """
    if kind.name == "NULL":
        return "'n'"
    item = f"item_{depth}"
    if kind.name == "LIST":
        inner = tagged(item, kind.fields[0].type, depth + 1)
        text = f"'[' || array_to_string(list_transform({value}, {item} -> {inner}), ',') || ']'"
    elif kind.name == "STRUCT":
        parts = [f"{quote_text(_named(f.name))} || {tagged(f'{value}[{quote_text(f.name)}]', f.type, depth)}" for f in kind.fields]
        inside = " || ',' || ".join(parts) or "''"
        text = f"CASE WHEN {value} IS NOT NULL THEN '{{' || {inside} || '}}' END"
    elif kind.name == "MAP":
        key, held = (tagged(f"{item}['{name}']", f.type, depth + 1) for name, f in zip(("key", "value"), kind.fields, strict=True))
        entries = f"list_transform(map_entries({value}), {item} -> {key} || '=' || {held})"
        text = f"'<' || array_to_string(array_sort({entries}, 'ASC', 'NULLS LAST'), ',') || '>'"
    else:
        text = f"'{_LETTERS.get(kind.name, 'i')}:' || {plain(value, kind)}"
        if kind.name == "VARCHAR":
            text = f"'s:' || CAST(octet_length({value}) AS VARCHAR) || ':' || {value}"
        if kind.name == "TIMESTAMP" and kind.zone is not None:
            text = f"'z{text[2:]}"
    return f"coalesce({text}, 'n')"


def _named(name: str) -> str:
    return f"{len(name.encode())}:{name}="


_LETTERS = {"BOOLEAN": "b", "DECIMAL": "d", "FLOAT": "f", "DOUBLE": "f", "BYTEA": "y", "DATE": "D", "TIME": "h", "TIMESTAMP": "t"}


def plain(value: str, kind: DataType) -> str:
    """Return SQL for a value's text without its type, null for null; raises `RewriteRefused` for types that have none."""
    if kind.name == "DECIMAL":
        text = f"CAST({value} AS VARCHAR)"
        return f"rtrim(rtrim({text}, '0'), '.')" if kind.scale else text
    if kind.name in ("FLOAT", "DOUBLE"):
        return f"CAST(CAST({value} AS DOUBLE) + CAST(0 AS DOUBLE) AS VARCHAR)"
    if kind.name == "BYTEA":
        return f"encode({value}, 'hex')"
    if kind.name == "TIMESTAMP":
        count = f"CAST({value} AS BIGINT)"
        if kind.precision in _SCALE:
            return f"CAST({count} * {_SCALE[kind.precision]} AS VARCHAR)"
        micro = f"CAST(floor({count} / CAST(1000 AS DECIMAL(4, 0))) AS BIGINT)"
        rest = f"{count} - {micro} * 1000"
        return f"CAST({micro} AS VARCHAR) || CASE WHEN {rest} = 0 THEN '' ELSE '+' || CAST({rest} AS VARCHAR) END"
    if kind.name in ("VARCHAR", "BOOLEAN", "DATE", "TIME") or kind.is_integer:
        return value if kind.name == "VARCHAR" else f"CAST({value} AS VARCHAR)"
    raise RewriteRefused("value", f"a value of type {kind} has no canonical text", "CAST it to VARCHAR, or take it apart first")
