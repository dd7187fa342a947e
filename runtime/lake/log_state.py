"""Owns `LogState`: what a log says that a table is at one version, and its way from one version to a newer one.

A state is what is left of a log after "Action Reconciliation" (Delta's protocol): of metadata, protocol, each
application and each domain the newest, of files those that are active. A checkpoint is one, a kept state is one
as well: newer commits are laid upon either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from .checkpoints import Checkpoint, read_checkpoint, whole_checkpoint
from .log_actions import Domain, Entry, Metadata, Protocol, Transaction, entries
from .logged_files import NO_FILES, LoggedFiles

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LogState:
    """A table at a version, by its log.

    Args:
        version: the version.
        protocol: what is asked of readers and writers.
        metadata: id, columns, partition columns, properties.
        transactions: by application.
        domains: configurations by name; removed ones are left out.
        files: the active files.
    """

    version: int
    protocol: Protocol
    metadata: Metadata
    files: LoggedFiles
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)


def read_state(table: Path, version: int, base: LogState | None = None) -> LogState:
    """Return the state of a table at a version.

    Args:
        table: canonical folder.
        version: the version; the log has all that is needed for it, or this fails.
        base: its state at an older version, when it was the same table; without one the newest checkpoint is read.

    Raises:
        ValueError: something in the log is not as the protocol says, or not known here.
        OSError: an entry or a checkpoint is gone, or can't be read.
    """
    if base is not None and base.version == version:
        return base
    found = None if base is not None else whole_checkpoint(table / "_delta_log", version)
    start = base or (None if found is None else _of_checkpoint(read_checkpoint(table / "_delta_log", found)))
    first = 0 if start is None else start.version + 1
    folder = str(table / "_delta_log")
    commits = [entries(_content(folder, number)) for number in range(first, version + 1)]
    if not all(commits):
        raise ValueError("an entry is empty")
    return _advanced(start, version, commits)


def _content(log: str, version: int) -> bytes:
    with open(f"{log}/{version:020d}.json", "rb", buffering=0) as entry:
        return entry.read()


def _of_checkpoint(found: Checkpoint) -> LogState:
    protocol, metadata = _newest(found.protocols, None, "protocol"), _newest(found.metadata, None, "metadata")
    transactions = {one.appId: one for one in found.transactions}
    domains = {one.domain: one.configuration for one in found.domains if not one.removed}
    return LogState(found.version, protocol, metadata, found.files, transactions, domains)


def _advanced(base: LogState | None, version: int, commits: Sequence[Sequence[Entry]]) -> LogState:
    lines = [one for commit in commits for one in commit if one.add is None and one.remove is None]
    protocol = _newest((one.protocol for one in lines), base.protocol if base else None, "protocol")
    metadata = _newest((one.metaData for one in lines), base.metadata if base else None, "metadata")
    transactions = {**(base.transactions if base else {}), **{one.txn.appId: one.txn for one in lines if one.txn is not None}}
    files = (base.files if base else NO_FILES).changed(commits)
    domains = _domains(base.domains if base else {}, (one.domainMetadata for one in lines if one.domainMetadata is not None))
    return LogState(version, protocol, metadata, files, transactions, domains)


def _newest(found: Iterable[T | None], before: T | None, what: str) -> T:
    newest = before
    for one in found:
        newest = newest if one is None else one
    if newest is None:
        raise ValueError(f"the log has no {what}")
    return newest


def _domains(before: Mapping[str, str], found: Iterable[Domain]) -> dict[str, str]:
    domains = dict(before)
    for one in found:
        if one.removed:
            domains.pop(one.domain, None)
        else:
            domains[one.domain] = one.configuration
    return domains
