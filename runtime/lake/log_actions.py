"""Owns the actions of which a table's state is made, as commits spell them: typed, decoded in bulk, whatever else stands there skipped.

In: the bytes of an entry. Out: `Entry`s. What isn't spelled as Delta's protocol says ("Actions")
raises `ValueError`; nothing is put right here.
"""

from __future__ import annotations

import msgspec

__all__ = ["Add", "Domain", "Entry", "Metadata", "Protocol", "Remove", "Sidecar", "Transaction", "Vector", "entries", "values_of"]

LogicalFile = str | tuple[str, str, str, int | None]
"""What tells files of a table apart: the path, where there is a deletion vector with its unique id ("Action Reconciliation")."""


class Vector(msgspec.Struct, frozen=True, gc=False):
    """The descriptor of a deletion vector."""

    storageType: str
    pathOrInlineDv: str
    sizeInBytes: int
    cardinality: int
    offset: int | None = None


class Add(msgspec.Struct, frozen=True, gc=False):
    """A file that became part of a table; partition values stay as they are spelled, for many files have the same."""

    path: str
    partitionValues: msgspec.Raw
    size: int
    modificationTime: int
    stats: str | None = None
    deletionVector: Vector | None = None


class Remove(msgspec.Struct, frozen=True, gc=False):
    """A file that is no longer part of a table."""

    path: str
    deletionVector: Vector | None = None


class Metadata(msgspec.Struct, frozen=True):
    """What a table is: its id, columns, partition columns, properties."""

    id: str
    schemaString: str
    partitionColumns: tuple[str, ...]
    configuration: dict[str, str] = {}
    name: str | None = None
    description: str | None = None
    createdTime: int | None = None


class Protocol(msgspec.Struct, frozen=True):
    """What a table asks of readers and writers."""

    minReaderVersion: int
    minWriterVersion: int
    readerFeatures: tuple[str, ...] | None = None
    writerFeatures: tuple[str, ...] | None = None


class Transaction(msgspec.Struct, frozen=True):
    """How far an application came."""

    appId: str
    version: int
    lastUpdated: int | None = None


class Domain(msgspec.Struct, frozen=True):
    """A configuration under a name of its own."""

    domain: str
    configuration: str
    removed: bool


class Sidecar(msgspec.Struct, frozen=True):
    """A file of a checkpoint in which its actions on files stand."""

    path: str


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line of a commit or of a checkpoint in JSON."""

    add: Add | None = None
    remove: Remove | None = None
    metaData: Metadata | None = None
    protocol: Protocol | None = None
    txn: Transaction | None = None
    domainMetadata: Domain | None = None
    sidecar: Sidecar | None = None


_ENTRIES = msgspec.json.Decoder(Entry)
_VALUES = msgspec.json.Decoder(dict[str, str | None])


def logical_file(action: Add | Remove) -> LogicalFile:
    """Return what tells a file from others of the table."""
    vector = action.deletionVector
    return action.path if vector is None else (action.path, vector.storageType, vector.pathOrInlineDv, vector.offset)


def entries(content: bytes) -> list[Entry]:
    """Return the lines of a commit; raises `ValueError` (msgspec's are such) for what the protocol has no room for."""
    return _ENTRIES.decode_lines(content)


def values_of(raw: bytes) -> dict[str, str | None]:
    """Return partition values of their spelling in a commit; raises `ValueError`."""
    return _VALUES.decode(raw)
