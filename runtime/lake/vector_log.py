"""Owns finding the deletion vectors of a table's active files in its log: few lines of it are read as JSON.

The library's list of active files lacks them. A logical file is a path with a vector or without one
(Delta's protocol, "Action Reconciliation"), so only actions that carry vectors tell which are in force.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...planner.ports import DeletionVector
from .deletion_vectors import resolve
from .faults import library, words
from .log import entry_path
from .paths import data_file

if TYPE_CHECKING:
    from .logged_files import LoggedFiles

_MARK = b'"deletionVector"'
_FIELDS = ("storageType", "pathOrInlineDv", "offset", "sizeInBytes", "cardinality")

Key = tuple[object, ...]
Held = dict[str, dict[Key, dict[str, Any]]]


def active_vectors(table: Path, text: str, version: int) -> Mapping[str, DeletionVector]:
    """Return the deletion vectors in force at a version, by the absolute path of their data file.

    Paths of files that are no longer active may be among them: their removal need not tell.

    Args:
        table: the table's canonical folder.
        text: the location as people know it, for messages.
        version: the version.

    Raises:
        TreadleError: T4007, the log can't be read, or gives one file two vectors; T4018, a descriptor makes no sense.
    """
    from .checkpoints import whole_checkpoint

    held: Held = {}
    first = 0
    with library(lambda problem: error("T4007", f"the log of `{text}` can't be read", cause=words(problem))):
        found = whole_checkpoint(table / "_delta_log", version)
        if found is not None:
            first = found[0] + 1
            for path, vector in _in_checkpoint(table / "_delta_log", found[1]):
                held.setdefault(path, {})[_key(vector)] = vector
        for number in range(first, version + 1):
            with open(entry_path(table, number), "rb", buffering=0) as entry:
                _replay(held, entry.read())
    return _resolved(table, text, held)


def vectors_of(table: Path, text: str, files: LoggedFiles) -> Mapping[str, DeletionVector]:
    """Return the deletion vectors of active files, by the absolute path of their data file.

    Args:
        table: the table's canonical folder.
        text: the location as people know it, for messages.
        files: as the log spells them.

    Raises T4007, T4018.
    """
    vectors = files.adds["vector"]
    if vectors.null_count == len(vectors):
        return {}
    held: Held = {}
    there = vectors.is_valid()
    for path, vector in zip(files.adds["path"].filter(there).to_pylist(), vectors.filter(there).to_pylist(), strict=True):
        held.setdefault(path, {})[_key(vector)] = vector
    return _resolved(table, text, held)


def _resolved(table: Path, text: str, held: Held) -> Mapping[str, DeletionVector]:
    folder = str(table)
    return {data_file(folder, path): resolve(folder, _only(vectors, path, text)) for path, vectors in held.items() if vectors}


def _only(vectors: Mapping[Key, dict[str, Any]], path: str, text: str) -> dict[str, Any]:
    if len(vectors) > 1:
        raise error("T4007", f"the log of `{text}` gives the file `{path}` {len(vectors)} deletion vectors at once")
    return next(iter(vectors.values()))


def _key(vector: Mapping[str, Any]) -> Key:
    """Return what tells vectors apart: the protocol's unique id."""
    return (vector.get("storageType"), vector.get("pathOrInlineDv"), vector.get("offset"))


def _replay(held: Held, content: bytes) -> None:
    """Take a commit's removed and added vectors into account; within a commit their order means nothing."""
    if _MARK not in content:
        return
    actions = [json.loads(line) for line in content.splitlines() if _MARK in line]
    for path, vector in _vectors(actions, "remove"):
        held.get(path, {}).pop(_key(vector), None)
    for path, vector in _vectors(actions, "add"):
        held.setdefault(path, {})[_key(vector)] = vector


def _vectors(actions: Iterable[Mapping[str, Any]], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for action in actions:
        body = action.get(kind)
        if body and body.get("deletionVector"):
            yield body["path"], body["deletionVector"]


def _in_checkpoint(log: Path, files: Iterable[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield paths and descriptors of the added files in a checkpoint, and in the sidecars that it names."""
    for file in files:
        read: Callable[[Path], tuple[list[tuple[str, dict[str, Any]]], list[str]]]
        read = _read_json if file.suffix == ".json" else _read_parquet
        found, sidecars = read(file)
        yield from found
        for name in sidecars:
            yield from _read_parquet(Path(data_file(str(log / "_sidecars"), name)))[0]


def _read_json(file: Path) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    actions = [json.loads(line) for line in file.read_bytes().splitlines() if _MARK in line or b'"sidecar"' in line]
    return list(_vectors(actions, "add")), [one["sidecar"]["path"] for one in actions if one.get("sidecar")]


def _read_parquet(file: Path) -> tuple[list[tuple[str, dict[str, Any]]], list[str]]:
    """Read just the columns that matter: child fields look valid under a null vector, so the struct itself is asked."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as parquet:
        kinds = {field.name: field.type for field in parquet.schema_arrow if pa.types.is_struct(field.type)}
        sidecars = _named(parquet.read(columns=["sidecar.path"])["sidecar"]) if "sidecar" in kinds else []
        if "add" not in kinds or kinds["add"].get_field_index("deletionVector") < 0:
            return [], sidecars
        vectors: Any = pc.struct_field(parquet.read(columns=["add.deletionVector"])["add"], ["deletionVector"])
        if vectors.null_count == len(vectors):
            return [], sidecars
        paths: Any = pc.struct_field(parquet.read(columns=["add.path"])["add"], ["path"])
    there = pc.is_valid(vectors)
    found = zip(paths.filter(there).to_pylist(), vectors.filter(there).to_pylist(), strict=True)
    return [(path, {name: one.get(name) for name in _FIELDS}) for path, one in found], sidecars


def _named(sidecars: Any) -> list[str]:
    return [one["path"] for one in sidecars.to_pylist() if one and one["path"]]
