"""Owns partition columns of native scans: values that stand in the log and not in the files.

Which form is best was measured: one group is a literal; up to 25 groups a `UNION ALL` of one
table each, whose branches fold away; up to 200 a `CASE` over the file's name; more, a join.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    """Make partitioned Parquet files readable under a name; return how, for people.

    Args:
        session: where the name is.
        name: the relation's name.
        columns: all columns, partition columns where the table's schema has them.
        files: at least one, all with values for the same partition columns.
    """
    groups = _groups(files)
    stored = [column for column in columns if column.name not in dict(files[0].partition)]
    if len(groups) <= UNIONS or not declarable(stored):
        return _union(session, name, columns, stored, groups)
    whole = session.private("files")
    external_table(session, whole, "PARQUET", stored, [file.path for file in files], {})
    made = [whole]
    if len(groups) <= CASES:
        sql, how = _case(columns, whole, groups), f"{len(groups)} partitions by case"
    else:
        lookup = _lookup(session, columns, files)
        sql, how = _join(columns, whole, lookup, files), f"{len(groups)} partitions by join"
        made.append(lookup)
    session.define(name, sql)
    for private in made:
        session.drop(private)
    return how


def _groups(files: Sequence[DataFile]) -> list[Group]:
    """Return the files by partition values, in the order in which values first appear."""
    found: dict[tuple[tuple[str, Value], ...], list[DataFile]] = {}
    for file in files:
        found.setdefault(file.partition, []).append(file)
    return list(found.items())


def _union(session: Session, name: str, columns: Schema, stored: Sequence[Field], groups: Sequence[Group]) -> str:
    parts: list[tuple[str, str]] = []
    for values, files in groups:
        for chunk in [files] if declarable(stored) else [[file] for file in files]:
            private = session.private("files")
            _table(session, private, stored, chunk)
            parts.append((private, _literals(columns, private, dict(values))))
    session.define(name, "\nUNION ALL\n".join(sql for _, sql in parts))
    for private, _ in parts:
        session.drop(private)
    return "one partition" if len(groups) == 1 else f"{len(groups)} partitions by union"


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
