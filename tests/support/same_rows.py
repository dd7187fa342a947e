"""When two Arrow tables hold the same rows: as multisets, with the same columns and types, whatever their layout."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

import pyarrow as pa

MANY = 20_000
"""Rows beyond which tables without nested columns are compared by hashes."""


def kind(type_: pa.DataType) -> str:
    """Return a type's name without its layout: views, large and encoded forms are the same type.

    >>> kind(pa.list_(pa.large_string())), kind(pa.dictionary(pa.int8(), pa.string_view()))
    ('list<string>', 'string')
    """
    if pa.types.is_dictionary(type_):
        return kind(type_.value_type)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_) or type_ == pa.string_view():
        return "string"
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or type_ == pa.binary_view():
        return "binary"
    if pa.types.is_decimal(type_):
        return f"decimal({type_.precision}, {type_.scale})"
    if pa.types.is_map(type_):
        return f"map<{kind(type_.key_type)}, {kind(type_.item_type)}>"
    if pa.types.is_struct(type_):
        return "struct<" + ", ".join(f"{f.name}: {kind(f.type)}" for f in type_) + ">"
    if hasattr(type_, "value_type"):
        return f"list<{kind(type_.value_type)}>"
    return str(type_)


def columns(schema: pa.Schema) -> dict[str, str]:
    """Return a schema's columns by name."""
    return {field.name: kind(field.type) for field in schema}


def plain(value: Any) -> Hashable:
    """Return a value as one that equals and hashes as SQL's IS NOT DISTINCT FROM does."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value
    if isinstance(value, dict):
        return tuple((name, plain(one)) for name, one in value.items())
    if isinstance(value, list):
        if value and all(isinstance(one, tuple) for one in value):  # a map, whose entries have no order
            return frozenset((plain(key), plain(one)) for key, one in value)
        return tuple(map(plain, value))
    return value if isinstance(value, Hashable) else repr(value)


def bag(table: pa.Table, wanted: Iterable[str]) -> Counter[Hashable]:
    """Return a table's rows as a multiset of tuples of these columns."""
    lists = [[plain(value) for value in table[name].to_pylist()] for name in wanted]
    return Counter(zip(*lists, strict=True)) if lists else Counter({(): table.num_rows})


def require_same(found: pa.Table, wanted: pa.Table) -> None:
    """Assert that two tables have the same columns, types and rows."""
    assert columns(found.schema) == columns(wanted.schema)
    assert found.num_rows == wanted.num_rows
    if found.num_rows > MANY and not any(pa.types.is_nested(f.type) for f in found.schema):
        assert _hashes(found, wanted.column_names) == _hashes(wanted, wanted.column_names)
        return
    ours, theirs = bag(found, wanted.column_names), bag(wanted, wanted.column_names)
    assert ours == theirs, f"only found: {list((ours - theirs).items())[:3]}; only wanted: {list((theirs - ours).items())[:3]}"


def _hashes(table: pa.Table, wanted: list[str]) -> list[int]:
    import polars as pl

    frame = pl.from_arrow(table.select(wanted))
    assert isinstance(frame, pl.DataFrame)
    return frame.hash_rows(seed=1).sort().to_list()
