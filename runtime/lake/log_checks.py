"""Owns whether a table is one whose log is read here: its protocol, its columns and their names are spelled as is known.

The library's reader checks more than it needs, and says why a table can't be read. So whatever isn't
plain is left to it: nothing is read here that it refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .log_actions import Metadata, Protocol

FEATURES = frozenset({
    "columnMapping", "deletionVectors", "timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint", "vacuumProtocolCheck",
    "variantType", "variantType-preview",
})  # fmt: skip
"""What tables may ask of readers, for their log to be read here."""
READER_VERSIONS = (1, 2, 3)
_FEATURES_FROM = 3
_MODES = ("none", "name", "id")
_OF_TYPES = {"timestamp_ntz": ("timestampNtz",), "variant": ("variantType", "variantType-preview")}
"""Types that are there only with a feature."""


def require_known(protocol: Protocol, metadata: Metadata) -> None:
    """Raise `ValueError` unless a table's log is read here."""
    features = frozenset(protocol.readerFeatures or ())
    if protocol.minReaderVersion not in READER_VERSIONS or (protocol.readerFeatures is None) != (
        protocol.minReaderVersion < _FEATURES_FROM
    ):
        raise ValueError("a protocol that isn't known")
    if not features <= FEATURES:
        raise ValueError("features that aren't known")
    schema = json.loads(metadata.schemaString)
    if schema.get("type") != "struct":
        raise ValueError("columns that aren't known")
    names = [field["name"] for field in schema["fields"]]
    if len({name.lower() for name in names}) < len(names) or not set(metadata.partitionColumns) <= set(names):
        raise ValueError("columns of the same name, or partition columns that aren't there")
    for kind, any_of in _OF_TYPES.items():
        if kind in _kinds(schema) and features.isdisjoint(any_of):
            raise ValueError(f"{kind} without its feature")
    _require_names(protocol, metadata, schema)


def _require_names(protocol: Protocol, metadata: Metadata, schema: Mapping[str, Any]) -> None:
    mode = metadata.configuration.get("delta.columnMapping.mode", "none")
    if mode not in _MODES:
        raise ValueError("a way of naming columns that isn't known")
    maps = protocol.minReaderVersion == 2 or "columnMapping" in (protocol.readerFeatures or ())
    if mode == "none" or not maps:
        return
    for field in _fields(schema):
        said = field.get("metadata") or {}
        if not isinstance(said.get("delta.columnMapping.physicalName"), str) or type(said.get("delta.columnMapping.id")) is not int:
            raise ValueError("a column without its name or number in files")


def _fields(kind: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the fields of a type in depth."""
    if isinstance(kind, dict):
        for field in kind.get("fields", ()):
            yield field
            yield from _fields(field["type"])
        for inside in ("elementType", "keyType", "valueType"):
            yield from _fields(kind.get(inside))


def _kinds(kind: Any) -> set[str]:
    """Return the names of all types in a type."""
    if isinstance(kind, str):
        return {kind}
    inside = [field["type"] for field in kind.get("fields", ())]
    inside += [kind[one] for one in ("elementType", "keyType", "valueType") if one in kind]
    return set().union(*map(_kinds, inside))
