"""Owns the names that a file gives to a table's columns under column mapping by id, in depth.

A column is whatever column of the file has its number (Delta's protocol, "Reader Requirements for
Column Mapping"), whatever that is called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...dialect.types import Schema
from .faults import library, reading_fault
from .schemas import from_delta

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER, PHYSICAL = "delta.columnMapping.id", "delta.columnMapping.physicalName"
ABSENT = "__treadle_absent_"
_FIELD_ID = b"PARQUET:field_id"

Raw = Mapping[str, Any]
Found = tuple[str, "pa.DataType | None"]
Find = Callable[[Raw, "Sequence[pa.Field] | None"], Found]


def physical(field: Raw) -> str:
    """Return a field's physical name."""
    return str((field.get("metadata") or {}).get(PHYSICAL) or field["name"])


def names_by_number(schema_json: str, partition_by: Sequence[str], path: str) -> Schema:
    """Return a table's columns, one for one and in depth, under the names that one file gives to their numbers.

    A number that the file lacks gets a name that it lacks as well, so that the column is null. Files
    without any numbers are read by physical names, as their writers meant it.

    Args:
        schema_json: Delta's own spelling of the columns, with metadata.
        partition_by: columns that stand in no file.
        path: the file, whose footer is read.

    Raises:
        TreadleError: T4006, the file has neither numbers nor physical names; T4008 or T4007, it can't be read.
    """
    import pyarrow.parquet as pq

    with library(lambda problem: reading_fault(problem, path)):
        there = list(pq.read_schema(path))
    raw = [field for field in json.loads(schema_json)["fields"] if field["name"] not in partition_by]
    numbered = any(_number(one) is not None for one in there)
    names = {one.name for one in there}
    if raw and there and not numbered and not any(physical(field) in names for field in raw):
        what = f"the columns of `{path}` can't be told: the table maps columns by id, and the file has neither its ids nor its names"
        raise error("T4006", what, help="write the file again with field ids")

    def find(field: Raw, fields: Sequence[pa.Field] | None) -> Found:
        if field["name"] in partition_by and fields is there:
            return physical(field), None
        return _by_number(field, fields or ()) if numbered else _by_name(field, fields or ())

    return _schema(schema_json, find, there)


def names_in_any_case(schema_json: str, partition_by: Sequence[str], path: str) -> Schema:
    """Return a table's columns, one for one and in depth, under the names that one file has for them, in whatever case.

    A name in the table's own case comes first; of several others none is taken, nor of none at all.

    Args:
        schema_json: Delta's own spelling of the columns.
        partition_by: columns that stand in no file.
        path: the file, whose footer is read.

    Raises:
        TreadleError: T4008 or T4007, it can't be read.
    """
    import pyarrow.parquet as pq

    with library(lambda problem: reading_fault(problem, path)):
        there = list(pq.read_schema(path))

    def find(field: Raw, fields: Sequence[pa.Field] | None) -> Found:
        name = str(field["name"])
        alike = [one for one in fields or () if one.name.casefold() == name.casefold()]
        exact = [one for one in alike if one.name == name]
        if (name in partition_by and fields is there) or len(exact or alike) != 1:
            return name, None
        (one,) = exact or alike
        return one.name, one.type

    return _schema(schema_json, find, there)


def _number(field: pa.Field) -> int | None:
    found = (field.metadata or {}).get(_FIELD_ID)
    return None if found is None else int(found)


def _by_number(field: Raw, fields: Sequence[pa.Field]) -> Found:
    wanted = (field.get("metadata") or {}).get(NUMBER)
    one = next((one for one in fields if wanted is not None and _number(one) == int(wanted)), None)
    return (f"{ABSENT}{wanted}", None) if one is None else (one.name, one.type)


def _by_name(field: Raw, fields: Sequence[pa.Field]) -> Found:
    name = physical(field)
    return name, next((one.type for one in fields if one.name == name), None)


def _schema(schema_json: str, find: Find, there: Sequence[pa.Field] | None) -> Schema:
    fields = [_named(field, find, there) for field in json.loads(schema_json)["fields"]]
    return from_delta(json.dumps({"type": "struct", "fields": fields}))


def _named(field: Raw, find: Find, there: Sequence[pa.Field] | None) -> dict[str, Any]:
    name, kind = find(field, there)
    return {**field, "name": name, "type": _inside(field["type"], find, kind)}


def _inside(delta: Any, find: Find, kind: pa.DataType | None) -> Any:
    """Return a type of Delta's with the fields in it named by what was found in the file, if anything was."""
    if isinstance(delta, str):
        return delta
    inner = [] if kind is None else [kind.field(at) for at in range(kind.num_fields)]
    if delta["type"] == "struct":
        return {**delta, "fields": [_named(field, find, inner) for field in delta["fields"]]}
    if delta["type"] == "array":
        return {**delta, "elementType": _inside(delta["elementType"], find, inner[0].type if inner else None)}
    if delta["type"] == "map":
        entry = [inner[0].type.field(at).type for at in range(2)] if inner else [None, None]
        parts = {key: _inside(delta[key], find, found) for key, found in zip(("keyType", "valueType"), entry, strict=True)}
        return {**delta, **parts}
    return delta
