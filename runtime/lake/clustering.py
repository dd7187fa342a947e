"""Owns the columns that a Delta table is clustered by, which stand in its domain metadata `delta.clustering`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .add_actions import Stored, stored_names
from .log import log_files, read_commit
from .snapshot import Snapshot

DOMAIN = "delta.clustering"


def clustering_columns(snapshot: Snapshot) -> list[str]:
    """Return the columns by their logical names, fields of structs behind points; empty for a table that isn't clustered.

    Raises T4007 for a log that can't be read.
    """
    if "clustering" not in snapshot.features:
        return []
    found = next(_configurations(snapshot), None)
    if found is None:
        return []
    names = stored_names(snapshot)
    return [_logical(names, path) for path in json.loads(found).get("clusteringColumns", [])]


def _configurations(snapshot: Snapshot) -> Iterator[str]:
    """Yield what the log says of the domain, the newest first: in commits, and below them in the newest checkpoint."""
    checkpoints = [v for v in log_files(snapshot.path).checkpoints if v <= snapshot.version]
    last = checkpoints[-1] if checkpoints else -1
    for version in range(snapshot.version, last, -1):
        commit = read_commit(snapshot.path, version)
        yield from _own(commit.all("domainMetadata") if commit is not None else ())
    if checkpoints:
        yield from _own(_in_checkpoint(snapshot, last))


def _own(actions: tuple[dict[str, Any], ...]) -> Iterator[str]:
    for one in actions:
        if one.get("domain") == DOMAIN:
            yield "{}" if one.get("removed") else str(one.get("configuration") or "{}")


def _in_checkpoint(snapshot: Snapshot, version: int) -> tuple[dict[str, Any], ...]:
    import pyarrow.parquet as pq

    found: list[dict[str, Any]] = []
    for path in sorted((snapshot.path / "_delta_log").glob(f"{version:020d}.checkpoint*.parquet")):
        with pq.ParquetFile(path) as file:
            if "domainMetadata" in file.schema_arrow.names:
                found += [one for one in file.read(columns=["domainMetadata"])["domainMetadata"].to_pylist() if one is not None]
    return tuple(found)


def _logical(names: Stored, path: list[str]) -> str:
    """Return a column by its logical names, of the names that files have."""
    found = []
    for part in path:
        logical, (_, inside) = next(((name, one) for name, one in names.items() if one[0] == part), (part, (part, {})))
        found.append(logical)
        names = inside
    return ".".join(found)
