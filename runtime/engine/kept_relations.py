"""Owns keeping relations between queries: a table that the engine read footers for is taken again, not made anew.

In: a scan of a pinned source. Out: its relation under its name, and how it is read. Files of a Delta table
never change under their names, and files without versions are part of their pin; what else a relation is made of
stands in its key. What is kept lives as long as the session that was opened, not the fork that made it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from datafusion.catalog import Table

from ...planner.bundle import ScanPlan
from ...planner.ports import FileSelection, PinnedSource
from ..session import Session
from .coarse_times import cuts_times
from .errors import refusals
from .relations import counted, register, require_files

MANY_FILES = 5_000
"""Beyond it a relation's statistics are more than is worth remembering."""
KINDS = ("delta", "changes", "parquet")


@dataclass(frozen=True, slots=True)
class KeptRelation:
    """A relation as the engine has it.

    Args:
        table: the engine's table, or view over tables of its own.
        how: how it is read, for people.
        distrusted: whether statistics of its files would make a wrong answer.
    """

    table: Table
    how: str
    distrusted: bool


def readable(session: Session, scan: ScanPlan) -> str:
    """Make the relation of a scan readable under its name, the kept one where there is one; return how it is read.

    Raises what `register` raises.
    """
    key = _key(scan, session.fenced)
    known = session.kept.relations.get(key)
    if known is not None and scan.selection is not None:
        require_files(scan.selection.files)
        if known.distrusted:
            session.distrust_statistics()
        session.register(scan.relation, known.table)
        return known.how
    how = register(session, scan).how
    if key is not None:
        with refusals("plan"):
            table = session.context.table_provider(session.qualified(scan.relation))
        session.kept.relations.put(key, KeptRelation(table, how, session.distrusts))
    return how


def _key(scan: ScanPlan, fenced: bool) -> Hashable | None:
    """Return all that a relation is made of, None where it can't be kept."""
    if scan.pin is None or scan.selection is None or not keepable(scan.pin, scan.selection):
        return None
    pin, selection = scan.pin, scan.selection
    # A file of a table has its values for good; in change data one file may stand under several.
    valued = pin.ref.kind == "changes"
    files = tuple((one.path, one.size, one.without, one.only, valued and one.partition) for one in selection.files)
    cut = cuts_times(scan.predicate, scan.schema, (one.path for one in selection.files))
    forms = (cut, fenced, counted(scan), _logged(scan, selection))
    return (pin.ref.kind, pin.ref.location, pin.table_id, pin.files_digest, scan.schema, selection.stored, files, forms)


def _logged(scan: ScanPlan, selection: FileSelection) -> frozenset[str]:
    """Return the columns of the log that the plan reads: files are told apart by these alone."""
    return frozenset(name for one in selection.files for name, _ in one.partition if name in scan.columns)


def keepable(pin: PinnedSource, selection: FileSelection) -> bool:
    """Say whether what reads a selection natively may be used by later queries too."""
    return pin.ref.kind in KINDS and selection.reader == "native" and 0 < len(selection.files) <= MANY_FILES
