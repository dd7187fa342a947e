"""Owns commits: taking staged rows into a table, once, over nobody else's commit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...planner.spec import OutputSpec
from .faults import library, writing_fault
from .gate import Gate
from .identity import PREFIX, CommitIdentity
from .log import Commit, head_mark, read_commit
from .partition_text import partition_key, partition_text
from .paths import data_path
from .snapshot import Snapshot
from .stage import Source, Stage, remove_if_empty
from .target import Target

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable
    from deltalake.transaction import AddAction, RemoveAction


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be committed: the target, the output's wishes, who commits; `exact` when only over the head that was found."""

    target: Target
    output: OutputSpec
    identity: CommitIdentity
    exact: bool = False

    @property
    def goes_on(self) -> bool:
        """Say whether it may be committed on a newer head than was found: what is appended, unless something was proved of the whole."""
        return self.output.mode == "APPEND" and not self.exact

    def properties(self) -> CommitProperties:
        """Return the commit's metadata and transactions; only what may go on is tried again on a newer head.

        Without retries the library fails when the next version is taken, instead of merging
        over rows that it hasn't seen (FACTS H).
        """
        from deltalake import CommitProperties, Transaction

        version = 0 if self.target.version is None else self.target.version + 1
        marks = [Transaction(name, number) for name, number in self.identity.transactions(version).items()]
        metadata: Mapping[str, Any] = self.identity.metadata(self.target.mode, self.output.metadata)
        retries = self.output.retries if self.goes_on else 0
        return CommitProperties(custom_metadata=dict(metadata), max_commit_retries=retries, app_transactions=marks)

    def require_head(self) -> None:
        """Raise T4034 when another writer committed since the target was found, unless this may go on."""
        head = self.target.head
        if head is None or self.goes_on:
            return
        newest = head_mark(head.path, head.version)[0]
        if newest != head.version:
            raise error(
                "T4034",
                f"another writer committed version {newest} of `{self.target.text}` during the run, which began at version {head.version}",
                help="run again; nothing was written",
            )


@dataclass(slots=True)
class _Moved:
    """Files that were moved beside the table's own, to be taken back when the commit fails."""

    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    def take(self, source: Path, place: Path) -> None:
        """Move a file into place, making its folders."""
        missing = [p for p in place.parents if not p.exists()]
        place.parent.mkdir(parents=True, exist_ok=True)
        self.folders += missing
        os.rename(source, place)
        self.files.append(place)

    def undo(self) -> None:
        """Remove the files and the folders that were made for them."""
        for file in self.files:
            file.unlink(missing_ok=True)
        for folder in sorted(set(self.folders), key=lambda p: len(p.parts), reverse=True):
            remove_if_empty(folder)


def move_into_place(order: Order, stage: Stage, gate: Gate) -> int:
    """Make the stage the new table, in one step; raises T4034 when something came to be there. Returns 0."""
    gate.enter()
    try:
        os.rename(stage.folder, order.target.location)
    except OSError as problem:
        if order.target.location.exists():
            what = f"another writer made something at `{order.target.text}` during the run"
            raise error("T4034", what, help="run again; nothing was written", cause=str(problem)) from problem
        raise writing_fault(problem, order.target.text) from problem
    return 0


def adopt(order: Order, stage: Stage, gate: Gate) -> int:
    """Commit staged files to an existing table; return the new version. Raises T4034, T4037 to T4040.

    The table's files are untouched and the staged ones removed when the commit fails.
    """
    head = _head(order)
    table, adds = head.handle(), stage.adds()
    removes = _replaced(head, stage) if order.output.mode == "REPLACE PARTITIONS" else []
    moved = _Moved()
    try:
        with library(lambda problem: writing_fault(problem, order.target.text)):
            for add in adds:
                moved.take(stage.file(add), data_path(head.path, add["path"]))
            order.require_head()
            return _committed(order, gate, lambda: _transact(order, table, [*map(_add_action, adds), *removes]))
    except BaseException:
        moved.undo()
        raise


def _head(order: Order) -> Snapshot:
    assert order.target.head is not None, "only new tables have no head"
    return order.target.head


def _transact(order: Order, table: DeltaTable, actions: list[AddAction | RemoveAction]) -> None:
    from deltalake import PostCommitHookProperties

    table.create_write_transaction(
        actions,
        mode="overwrite" if order.output.mode == "OVERWRITE" else "append",
        schema=table.schema(),
        partition_by=list(order.target.partition_by) or None,
        commit_properties=order.properties(),
        post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
    )


def _committed(order: Order, gate: Gate, commit: Callable[[], None]) -> int:
    """Commit and return the new version. A failure after the commit (a checkpoint) is none: rows are there."""
    gate.enter()
    try:
        commit()
    except BaseException:
        version = landed(order)
        if version is None:
            raise
        return version
    return _found(order)


def _found(order: Order) -> int:
    version = landed(order)
    if version is None:
        raise error("T4040", f"the commit to `{order.target.text}` can't be found in its log")
    return version


def landed(order: Order) -> int | None:
    """Return the version that this run committed for this output, or None."""
    head = _head(order)
    version = head.version + 1
    while (commit := read_commit(head.path, version)) is not None:
        if _is_ours(commit, order.identity):
            return version
        version += 1
    return None


def _is_ours(commit: Commit, identity: CommitIdentity) -> bool:
    said = (commit.info.get(PREFIX + "run_id"), commit.info.get(PREFIX + "view"))
    return said == (identity.run_id, identity.view)


def _add_action(add: dict[str, Any]) -> AddAction:
    """Return a staged file as an action; the library encodes paths itself."""
    from urllib.parse import unquote

    from deltalake.transaction import AddAction

    return AddAction(unquote(add["path"]), add["size"], add["partitionValues"], add["modificationTime"], True, add["stats"] or "{}")


def _replaced(head: Snapshot, stage: Stage) -> list[RemoveAction]:
    """Return the removal of every file in a partition that the staged rows have."""
    from urllib.parse import unquote

    import pyarrow as pa
    from deltalake.transaction import RemoveAction

    staged = pa.table(stage.table.get_add_actions(flatten=False)).to_pylist()
    touched = {partition_key(row["partition"]) for row in staged}
    now = time.time_ns() // 1_000_000
    return [
        RemoveAction(unquote(row["path"]), True, now, row["size_bytes"], {k: partition_text(v) for k, v in row["partition"].items()})
        for row in head.adds().select(["path", "size_bytes", "partition"]).to_pylist()
        if partition_key(row["partition"]) in touched
    ]


def rewrite(order: Order, stage: Stage, gate: Gate) -> int:
    """Write staged rows into a table through the library, which checks what only it can; return the new version."""
    import pyarrow as pa

    order.require_head()
    source = Source(pa.RecordBatchReader.from_stream(stage.table.scan()), order.target, gate, last=True)
    try:
        source.drain(lambda: _write_through(order, source), order.target.text)
    except BaseException:
        version = landed(order)
        if version is None:
            raise
        return version
    return _found(order)


def _write_through(order: Order, source: Source) -> None:
    from deltalake import PostCommitHookProperties, write_deltalake

    table, output, partitions = _head(order).handle(), order.output, list(order.target.partition_by) or None
    hooks = PostCommitHookProperties(cleanup_expired_logs=False)
    if output.mode == "APPEND":
        write_deltalake(
            table,
            source.reader(),
            mode="append",
            partition_by=partitions,
            commit_properties=order.properties(),
            post_commithook_properties=hooks,
        )
        return
    write_deltalake(
        table,
        source.reader(),
        mode="overwrite",
        predicate=output.replace_where if output.mode == "REPLACE WHERE" else None,
        schema_mode="overwrite" if order.target.replaces_schema else None,
        partition_by=partitions,
        commit_properties=order.properties(),
        post_commithook_properties=hooks,
    )
