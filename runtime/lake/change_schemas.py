"""Owns the columns of a table while a change window went on: which changes of them leave its changes readable as one table.

Columns that are added, that may be null from then on, or whose type grows are read under the pinned
schema. Columns that are dropped, renamed or otherwise retyped within the window are not: which rows
of it should show what can't be said, and Delta's own readers refuse them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...dialect.types import INTEGERS, DataType
from .schemas import type_of

_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19}

Fields = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TableState:
    """What a table's metadata said at one version.

    Args:
        fields: columns as Delta's schema has them in JSON.
        feed: whether the change feed was on.
        mapped: whether files name columns by `delta.columnMapping.physicalName`.
        partitioned: whether it had partition columns.
    """

    fields: Fields
    feed: bool
    mapped: bool
    partitioned: bool

    def stored_names(self) -> dict[str, str]:
        """Return the names of its columns, by the names that files and the log have for them."""
        return {_identity(field, self): str(field["name"]) for field in self.fields}


def state_of(schema_json: str, configuration: Mapping[str, str], partition_by: Sequence[str]) -> TableState:
    """Return a table's state by its schema, its properties and its partition columns."""
    mapped = configuration.get("delta.columnMapping.mode", "none") != "none"
    return TableState(json.loads(schema_json)["fields"], is_on(configuration), mapped, bool(partition_by))


def is_on(configuration: Mapping[str, str]) -> bool:
    """Say whether table properties switch the change feed on."""
    return configuration.get("delta.enableChangeDataFeed", "false").lower() == "true"


def broken(then: TableState, now: TableState) -> str | None:
    """Return what a change of columns within a window did that makes it unreadable as one table; None if it is readable."""
    return next(_differences(then.fields, now.fields, then, now, "", strict=True), None)


def unreadable(then: TableState, now: TableState) -> str | None:
    """Return why files of one state can't be read under the columns of a later one; None if they can.

    Columns that the later state lacks are not read, and names are the later ones.
    """
    return next(_differences(then.fields, now.fields, then, now, "", strict=False), None)


def _differences(then: Fields, now: Fields, before: TableState, after: TableState, path: str, strict: bool) -> Iterator[str]:
    there = {_identity(field, after): field for field in now}
    for old in then:
        new, name = there.pop(_identity(old, before), None), f"{path}{old['name']}"
        if new is None:
            if strict:
                yield f"column `{name}` was dropped"
            continue
        if strict and new["name"] != old["name"]:
            yield f"column `{name}` was renamed to `{path}{new['name']}`"
        if old["nullable"] and not new["nullable"]:
            yield f"column `{name}` could be null before and can't be null after it"
        yield from _types(old["type"], new["type"], before, after, name, strict)
    for new in there.values():
        if not new["nullable"]:
            yield f"column `{path}{new['name']}`, which can't be null, was added"


def _identity(field: Mapping[str, Any], state: TableState) -> str:
    metadata = field.get("metadata") or {}
    return str(metadata.get("delta.columnMapping.physicalName", field["name"]) if state.mapped else field["name"])


def _types(then: Any, now: Any, before: TableState, after: TableState, path: str, strict: bool) -> Iterator[str]:
    kinds = [one["type"] if isinstance(one, dict) else "" for one in (then, now)]
    if kinds == ["struct", "struct"]:
        yield from _differences(then["fields"], now["fields"], before, after, f"{path}.", strict)
    elif kinds == ["array", "array"]:
        yield from _types(then["elementType"], now["elementType"], before, after, path, strict)
    elif kinds == ["map", "map"]:
        yield from _types(then["keyType"], now["keyType"], before, after, path, strict)
        yield from _types(then["valueType"], now["valueType"], before, after, path, strict)
    elif then != now:
        old, new = type_of(then, path), type_of(now, path)
        if old != new and not widens(old, new):
            yield f"column `{path}` was {old.sql()} before and is {new.sql()} after it"


def widens(then: DataType, now: DataType) -> bool:
    """Say whether every value of a type is one of a wider type, as which the engine can read it (Delta's protocol, Type Widening).

    >>> widens(DataType("INT"), DataType("BIGINT")), widens(DataType("BIGINT"), DataType("INT"))
    (True, False)
    """
    if then.name == "NULL":
        return True
    if then.name in INTEGERS and now.name in INTEGERS:
        return INTEGERS.index(then.name) <= INTEGERS.index(now.name)
    if now.name == "DOUBLE":
        return then.name in ("TINYINT", "SMALLINT", "INT", "FLOAT")
    if now.name == "DECIMAL":
        whole = _DIGITS.get(then.name) if then.name != "DECIMAL" else (then.precision or 0) - (then.scale or 0)
        return whole is not None and whole <= (now.precision or 0) - (now.scale or 0) and (then.scale or 0) <= (now.scale or 0)
    return then.name == "DATE" and now.name == "TIMESTAMP" and now.zone is None
