"""Owns columns of native scans whose values stand in the log and not in the files.

Which form is best was measured: one group of equal values is a literal; up to 25 groups a
`UNION ALL` of one table each, whose branches fold away; more, a link farm, whose partition
columns the engine knows; where that can't be, a join on the file's name. A `CASE` over the name
is no way: a condition on it is pushed to where the engine can't compute the name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from ...dialect.types import VARCHAR, Field, Schema, quote
from ...planner.literal import literal_sql
from ...planner.ports import DataFile
from ...planner.values import Value
from .arrow_types import array
from .drafts import Draft, Files, is_marked
from .farms import link, told
from .kept_rows import FILE
from .mapped_columns import Column, columns_of
from .rows import register_batches

UNIONS = 25

Logged = tuple[tuple[str, Value], ...]
Group = tuple[Logged, list[DataFile]]


@dataclass(frozen=True, slots=True)
class Part:
    """Files that are read alike: the queries of their rows, and how, for people."""

    branches: tuple[str, ...]
    how: str


def parts_of(
    draft: Draft, columns: Schema, stored: Schema | None, files: Sequence[DataFile], read: Container[str] | None = None
) -> list[Part]:
    """Return the queries that read files, those together whose columns have the same names there and in the log.

    Args:
        draft: what the relation is made in.
        columns: all columns, those of the log where the source's schema has them.
        stored: the same columns as the files have them; None where those are the same.
        files: at least one; one may be there more than once, with other values.
        read: the columns that the plan reads; None for all. Files that differ in values of others only are read as one:
            for those columns any of the values is shown.
    """
    found: dict[tuple[int, int, tuple[str, ...]], list[DataFile]] = {}
    for file in files:
        found.setdefault((id(file.stored), id(file.own), tuple(name for name, _ in file.partition)), []).append(file)
    parts = []
    for (_, _, names), alike in found.items():
        own = stored if alike[0].stored is None else alike[0].stored
        parts += _parts(draft, columns_of(columns, own, names, alike[0].own), _settled(alike, read))
    return parts


def _settled(files: Sequence[DataFile], read: Container[str] | None) -> Sequence[DataFile]:
    """Return files that name the same columns of the log with one value for each column that is not read."""
    if read is None or all(name in read for name, _ in files[0].partition):
        return files
    first = dict(files[0].partition)
    known: dict[Logged, Logged] = {}
    for file in files:
        if file.partition not in known:
            known[file.partition] = tuple((name, value if name in read else first[name]) for name, value in file.partition)
    return [replace(file, partition=known[file.partition]) for file in files]


def _parts(draft: Draft, columns: Sequence[Column], files: Sequence[DataFile]) -> list[Part]:
    groups = groups_of(files)
    if len(groups) <= UNIONS:
        return [_union(draft, columns, groups)]
    planted = _planted(draft, columns, files)
    return [_joined(draft, columns, files, len(groups))] if planted is None else planted


def groups_of(files: Sequence[DataFile]) -> list[Group]:
    """Return the files by values from the log, in the order in which values first appear."""
    found: dict[Logged, list[DataFile]] = {}
    for file in files:
        found.setdefault(file.partition, []).append(file)
    return list(found.items())


def _union(draft: Draft, columns: Sequence[Column], groups: Sequence[Group]) -> Part:
    branches = []
    for values, files in groups:
        literals = {name: literal_sql(value) for name, value in values}
        branches += [_over(draft.rows(table, columns), columns, literals.__getitem__) for table in draft.tables(columns, files)]
    if not groups[0][0]:
        return Part(tuple(branches), "files")
    return Part(tuple(branches), "one partition" if len(groups) == 1 else f"{len(groups)} partitions by union")


def _over(rows: str, columns: Sequence[Column], spell: Callable[[str], str]) -> str:
    """Return the query of all columns over the query of files' rows; `spell` writes those of the log, by name."""
    if not any(column.logged for column in columns):
        return rows
    names = ((column.logged, column.logical.name) for column in columns)
    listed = (f"{spell(name)} AS {quote(name)}" if logged else quote(name) for logged, name in names)
    return f"SELECT {', '.join(listed)} FROM ({rows}) AS f"


def _planted(draft: Draft, columns: Sequence[Column], files: Sequence[DataFile]) -> list[Part] | None:
    """Read files through a link farm whose folders tell their values; None where that can't be.

    What all files have in common is a literal. Nulls, and values that folders can't tell, are a part of their own.
    """
    common = {name: literal_sql(value) for name, value in files[0].partition if all((name, value) in file.partition for file in files)}
    logged = [column.logical for column in columns if column.logged and column.logical.name not in common]
    tell = [all(told(value) is not None for name, value in file.partition if name not in common) for file in files]
    fit = [file for file, can in zip(files, tell, strict=True) if can]
    rest = [file for file, can in zip(files, tell, strict=True) if not can]
    if not fit:
        return None
    stored = [column.stored for column in columns if column.is_stored] or [Field(FILE, VARCHAR)]
    branches = []
    for chosen in ([one for one in fit if not is_marked(one)], [one for one in fit if is_marked(one)]):
        farm = link(draft.session, chosen, logged) if chosen else None
        if farm is None and chosen:
            return None
        if farm is not None:
            table, names = draft.linked(stored, chosen, farm), [name for name, _ in farm.columns]
            spelt = {**common, **{field.name: quote(name) for field, name in zip(logged, names, strict=True)}}
            branches.append(_over(draft.rows(table, columns, names), columns, spelt.__getitem__))
    planted = Part(tuple(branches), f"{len(groups_of(fit))} partitions by links")
    return [planted, *(_parts(draft, columns, rest) if rest else ())]


def _joined(draft: Draft, columns: Sequence[Column], files: Sequence[DataFile], groups: int) -> Part:
    """Read files with their values found by the file's name."""
    tables = draft.tables(columns, files)
    branches = [_join(draft, draft.rows(table, columns, with_file=True), columns, table) for table in tables]
    return Part(tuple(branches), f"{groups} partitions by join")


def _join(draft: Draft, rows: str, columns: Sequence[Column], table: Files) -> str:
    """Return the join of files' rows with the table of file names and values."""
    kinds = [column.logical for column in columns if column.logged]
    values = [dict(file.partition) for file in table.seen.values()]
    arrays = [array(kind.type, [one[kind.name].value for one in values]) for kind in kinds]
    lookup = Schema((Field(FILE, VARCHAR, False), *kinds))
    private = draft.private("partitions")
    batch = pa.RecordBatch.from_arrays([pa.array(list(table.seen)), *arrays], names=list(lookup.names))
    register_batches(draft.session, private, lookup, [batch])
    shown = (f"{'p' if c.logged else 'f'}.{quote(c.logical.name)}" for c in columns)
    return f"SELECT {', '.join(shown)} FROM ({rows}) AS f JOIN {quote(private)} AS p ON f.{quote(FILE)} = p.{quote(FILE)}"
