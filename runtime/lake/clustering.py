"""Owns the columns that a Delta table is clustered by, which stand in its domain metadata `delta.clustering`."""

from __future__ import annotations

import json

from .add_actions import Stored, stored_names
from .faults import library, opening_fault
from .log import read_commit
from .snapshot import Snapshot

DOMAIN = "delta.clustering"


def clustering_columns(snapshot: Snapshot) -> list[str]:
    """Return the columns by their logical names, fields of structs behind points; empty for a table that isn't clustered.

    Raises T4007 for a log that can't be read.
    """
    if "clustering" not in snapshot.features:
        return []
    found = _configuration(snapshot) if snapshot.state is None else snapshot.state.domains.get(DOMAIN)
    if found is None:
        return []
    names = stored_names(snapshot)
    return [_logical(names, path) for path in json.loads(found).get("clusteringColumns", [])]


def _configuration(snapshot: Snapshot) -> str | None:
    """Return what a log says of the domain that is left to the library: the newest in commits, else in the newest checkpoint."""
    from .checkpoints import checkpoint_domains, whole_checkpoint

    last = whole_checkpoint(snapshot.path / "_delta_log", snapshot.version)
    for version in range(snapshot.version, -1 if last is None else last[0], -1):
        commit = read_commit(snapshot.path, version)
        for one in commit.all("domainMetadata") if commit is not None else ():
            if one.get("domain") == DOMAIN:
                return None if one.get("removed") else str(one.get("configuration") or "{}")
    with library(lambda problem: opening_fault(problem, snapshot.text)):
        known = () if last is None else checkpoint_domains(last[1])
    return next((one.configuration for one in known if one.domain == DOMAIN and not one.removed), None)


def _logical(names: Stored, path: list[str]) -> str:
    """Return a column by its logical names, of the names that files have."""
    found = []
    for part in path:
        logical, (_, inside) = next(((name, one) for name, one in names.items() if one[0] == part), (part, (part, {})))
        found.append(logical)
        names = inside
    return ".".join(found)
