"""Owns making an output's own rows readable before they are committed: as they are staged, and as the table will stand.

In: a scan of origin `staged` or `after`, the folder of staged rows, the table as it was found.
Out: a relation in the table's stored types. Old rows that stay are those that the output's mode
doesn't replace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..dialect.types import Schema, quote
from ..planner.bundle import ScanPlan
from ..planner.ports import DataFile, FileSelection, PinnedSource, SourceRef
from ..planner.predicates import Predicate
from ..planner.spec import OutputSpec

if TYPE_CHECKING:
    from .lake.snapshot import Snapshot
    from .lake.target import Target
    from .session import Session

Chosen = Callable[["Snapshot", Predicate | None], FileSelection]


@dataclass(frozen=True, slots=True)
class StagedRows:
    """Rows of one output about to be committed.

    Args:
        output: what is written, and how.
        target: its table as it was found.
        folder: where the staged rows are a table.
    """

    output: OutputSpec
    target: Target
    folder: Path

    @property
    def replaces_all(self) -> bool:
        """Say whether no old row stays."""
        return self.target.head is None or self.output.mode == "OVERWRITE"

    def register(self, session: Session, scan: ScanPlan) -> None:
        """Make a scan of the rows readable under its name; raises what reading a table raises."""
        from .lake.opening import open_table
        from .lake.select import select_delta

        staged = open_table(self.folder, self.target.text, 0)
        if scan.origin == "staged" or self.replaces_all:
            self._read(session, scan, staged, select_delta(staged, scan.predicate))
            return
        new, old = session.private("staged"), session.private("standing")
        self._read(session, replace(scan, relation=new), staged, select_delta(staged, scan.predicate))
        self._read(session, replace(scan, relation=old), self._head, self._standing(staged, scan.predicate))
        columns = ", ".join(map(quote, self._columns.names))
        stays = f" WHERE ({self.output.replace_where}) IS NOT TRUE" if self.output.mode == "REPLACE WHERE" else ""
        session.define(
            scan.relation, f"SELECT {columns} FROM {quote(new)} UNION ALL SELECT {columns} FROM (SELECT * FROM {quote(old)}{stays}) AS old"
        )
        session.drop(new)
        session.drop(old)

    @property
    def _head(self) -> Snapshot:
        assert self.target.head is not None, "only new tables have no head"
        return self.target.head

    @property
    def _columns(self) -> Schema:
        return self.target.schema

    def _standing(self, staged: Snapshot, predicate: Predicate | None) -> FileSelection:
        """Return the old files that stay; those of replaced partitions go, as the commit will have it."""
        from .lake.select import select_delta

        found = select_delta(self._head, predicate)
        if self.output.mode != "REPLACE PARTITIONS":
            return found
        touched = {_partition(one) for one in staged.files()}
        return replace(found, files=tuple(one for one in found.files if _partition(one) not in touched))

    def _read(self, session: Session, scan: ScanPlan, table: Snapshot, selection: FileSelection) -> None:
        from .engine.relations import register

        pin = PinnedSource(SourceRef("delta", str(table.path), table.version), table.schema, table_id=table.table_id, version=table.version)
        columns = self._columns
        found = replace(scan, origin="source", schema=columns, columns=columns.names, predicate=None, pin=pin, selection=selection)
        register(session, found)


def _partition(file: DataFile) -> tuple[object, ...]:
    from .lake.partition_text import partition_key

    return partition_key({name: value.value for name, value in file.partition})
