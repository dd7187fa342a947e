"""Owns partition columns of native scans: values that stand in the log and not in the files.

Which form is best was measured: one group is a literal; up to 25 groups a `UNION ALL` of one
table each, whose branches fold away; up to 200 a `CASE` over the file's name; more, a join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from ...dialect.types import VARCHAR, Field, Schema, quote
from ...planner.literal import literal_sql, quote_text
from ...planner.ports import DataFile
from ...planner.values import Value
from ..session import Session
from .arrow_types import array
from .declare import as_scanned, declarable, external_table, file_name, listing_table
from .rows import register_batches

UNIONS = 25
CASES = 200
FILE = "__treadle_file"

Group = tuple[tuple[tuple[str, Value], ...], list[DataFile]]


def register_partitioned(session: Session, name: str, columns: Schema, files: Sequence[DataFile]) -> str:
    """Make Parquet files with values from the log readable under a name; return how, for people.

    Args:
        session: where the name is.
        name: the relation's name.
        columns: all columns, those of the log where the source's schema has them.
        files: at least one. They may differ in which columns the log has values for, and one may be there
            more than once: each such part is a relation of its own.
    """
    parts = [_part(session, columns, alike) for alike in _alike(files)]
    session.define(name, "\nUNION ALL\n".join(part.sql for part in parts))
    for part in parts:
        for private in part.made:
            session.drop(private)
    return "; ".join(part.how for part in parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """Files that are read alike: the query of their rows, the private relations under it, how, for people."""

    sql: str
    made: tuple[str, ...]
    how: str


def _alike(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """Return the files by the names of the columns that the log has; files named apart hold each path once."""
    found: dict[tuple[str, ...], list[DataFile]] = {}
    for file in files:
        found.setdefault(tuple(name for name, _ in file.partition), []).append(file)
    return [part for alike in found.values() for part in ([alike] if len(_groups(alike)) <= UNIONS else _once(alike))]


def _once(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """Return the files in parts in which no path comes twice."""
    parts: list[list[DataFile]] = []
    turns: dict[str, int] = {}
    for file in files:
        turn = turns[file.path] = turns.get(file.path, -1) + 1
        if turn == len(parts):
            parts.append([])
        parts[turn].append(file)
    return parts


def _part(session: Session, columns: Schema, files: Sequence[DataFile]) -> _Part:
    """Read files that all have values for the same columns."""
    groups, logged = _groups(files), dict(files[0].partition)
    stored = [column for column in columns if column.name not in logged]
    if len(groups) <= UNIONS or not declarable(stored):
        return _union(session, columns, stored, groups)
    whole = session.private("files")
    external_table(session, whole, "PARQUET", stored, [file.path for file in files], {})
    if len(groups) <= CASES:
        return _Part(_case(columns, whole, groups), (whole,), f"{len(groups)} partitions by case")
    lookup = _lookup(session, columns, files)
    return _Part(_join(columns, whole, lookup, files), (whole, lookup), f"{len(groups)} partitions by join")


def _groups(files: Sequence[DataFile]) -> list[Group]:
    """Return the files by partition values, in the order in which values first appear."""
    found: dict[tuple[tuple[str, Value], ...], list[DataFile]] = {}
    for file in files:
        found.setdefault(file.partition, []).append(file)
    return list(found.items())


def _union(session: Session, columns: Schema, stored: Sequence[Field], groups: Sequence[Group]) -> _Part:
    parts: list[tuple[str, str]] = []
    for values, files in groups:
        for chunk in _once(files) if declarable(stored) else [[file] for file in files]:
            private = session.private("files")
            _table(session, private, stored, chunk)
            parts.append((private, _literals(columns, private, dict(values))))
    if not groups[0][0]:
        how = "files"
    else:
        how = "one partition" if len(groups) == 1 else f"{len(groups)} partitions by union"
    return _Part("\nUNION ALL\n".join(sql for _, sql in parts), tuple(private for private, _ in parts), how)


def _table(session: Session, name: str, stored: Sequence[Field], files: Sequence[DataFile]) -> None:
    if not declarable(stored):
        return listing_table(session, name, stored, files[0].path)
    # A table needs a column; no file has this one, so it reads as null and is never asked for.
    external_table(session, name, "PARQUET", stored or [Field(FILE, VARCHAR)], [file.path for file in files], {})


def _literals(columns: Schema, private: str, values: dict[str, Value]) -> str:
    shown = (f"{literal_sql(values[c.name])} AS {quote(c.name)}" if c.name in values else as_scanned(c) for c in columns)
    return f"SELECT {', '.join(shown)} FROM {quote(private)}"


def _case(columns: Schema, whole: str, groups: Sequence[Group]) -> str:
    def case(column: Field) -> str:
        literals = [(literal_sql(dict(values)[column.name]), files) for values, files in groups]
        arms = (f"WHEN {quote_text(file_name(file.path))} THEN {literal}" for literal, files in literals for file in files)
        return f"CASE input_file_name() {' '.join(arms)} END AS {quote(column.name)}"

    partitioned = dict(groups[0][0])
    shown = (case(c) if c.name in partitioned else as_scanned(c) for c in columns)
    return f"SELECT {', '.join(shown)} FROM {quote(whole)}"


def _lookup(session: Session, columns: Schema, files: Sequence[DataFile]) -> str:
    """Make the table of file names and partition values; return its name."""
    kinds = [column for column in columns if column.name in dict(files[0].partition)]
    names = pa.array([file_name(file.path) for file in files])
    arrays = [array(kind.type, [dict(file.partition)[kind.name].value for file in files]) for kind in kinds]
    private = session.private("partitions")
    lookup = Schema((Field(FILE, VARCHAR, False), *kinds))
    register_batches(session, private, lookup, [pa.RecordBatch.from_arrays([names, *arrays], names=list(lookup.names))])
    return private


def _join(columns: Schema, whole: str, lookup: str, files: Sequence[DataFile]) -> str:
    partitioned = dict(files[0].partition)
    shown = (f"{'p' if c.name in partitioned else 'f'}.{quote(c.name)}" for c in columns)
    stored = "".join(f"{as_scanned(c)}, " for c in columns if c.name not in partitioned)
    inner = f"SELECT {stored}input_file_name() AS {quote(FILE)} FROM {quote(whole)}"
    return f"SELECT {', '.join(shown)} FROM ({inner}) AS f JOIN {quote(lookup)} AS p ON f.{quote(FILE)} = p.{quote(FILE)}"
