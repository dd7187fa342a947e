"""Owns `Draft`: a relation in the making, out of private tables over exact files and queries over them.

In: Parquet files, with the columns that they have. Out: queries whose columns have their
logical names, whose deleted rows are gone, and which can tell each row's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from datafusion import ScalarUDF

from ...dialect.types import VARCHAR, Field, quote
from ...planner.ports import DataFile
from ..session import Session
from .declare import declarable, external_table, file_name, listing_table, listing_type
from .farms import Farm, link
from .kept_rows import FILE, ROW, condition, kept
from .mapped_columns import Column, shown
from .row_numbers import every, fence


@dataclass(frozen=True, slots=True)
class Files:
    """A private table over exact files.

    Args:
        name: the table's.
        seen: its files, by what the engine's `input_file_name()` says there.
        marked: whether all of them have deletion vectors; else none has.
    """

    name: str
    seen: dict[str, DataFile]
    marked: bool


@dataclass(slots=True)
class Draft:
    """What a relation is made of so far; `define` makes it, and forgets the private parts."""

    session: Session
    made: list[str] = field(default_factory=list)
    functions: dict[str, ScalarUDF] = field(default_factory=dict)

    def private(self, kind: str) -> str:
        """Return a private name that is gone after `define`."""
        self.made.append(self.session.private(kind))
        return self.made[-1]

    def define(self, name: str, branches: Sequence[str]) -> None:
        """Make the union of queries readable under a name."""
        self.session.define(name, "\nUNION ALL\n".join(branches), self.functions)
        for private in self.made:
            self.session.drop(private)

    def tables(self, columns: Sequence[Column], files: Sequence[DataFile]) -> list[Files]:
        """Return tables over files, as few as can be; files with deletion vectors have tables of their own."""
        plain = [one for one in files if not is_marked(one)]
        marked = [one for one in files if is_marked(one)]
        return [table for part in (plain, marked) if part for table in self._tables(columns, part)]

    def _tables(self, columns: Sequence[Column], files: Sequence[DataFile]) -> list[Files]:
        # A table needs a column; no file has this one, so it reads as null and is never asked for.
        stored = [column.stored for column in columns if column.is_stored] or [Field(FILE, VARCHAR)]
        if declarable(stored) and len({file.path for file in files}) == len(files):
            return [self._declared(stored, files)]
        farm = link(self.session, files) if len(files) > 1 else None
        if farm is not None:
            return [self.linked(stored, files, farm)]
        if declarable(stored):
            return [self._declared(stored, part) for part in _once(files)]
        return [self._alone(stored, file) for file in files]

    def _declared(self, stored: Sequence[Field], files: Sequence[DataFile]) -> Files:
        name = self.private("files")
        external_table(self.session, name, "PARQUET", stored, [file.path for file in files], {})
        return Files(name, {file_name(file.path): file for file in files}, is_marked(files[0]))

    def linked(self, stored: Sequence[Field], files: Sequence[DataFile], farm: Farm) -> Files:
        """Return the table over a link farm of files."""
        name = self.private("links")
        paths = [file.path for file in files]
        listing_table(self.session, name, stored, str(farm.folder), paths, farm.columns)
        return Files(name, {file_name(place): file for place, file in zip(farm.links, files, strict=True)}, is_marked(files[0]))

    def _alone(self, stored: Sequence[Field], file: DataFile) -> Files:
        name = self.private("file")
        listing_table(self.session, name, stored, file.path, [file.path])
        return Files(name, {file_name(file.path): file}, is_marked(file))

    def rows(self, table: Files, columns: Sequence[Column], also: Sequence[str] = (), *, with_file: bool = False) -> str:
        """Return the query of a table's rows that stay, under logical names; `FILE` tells the file where asked for.

        Args:
            table: the table.
            columns: what to show of it; columns that it hasn't are left out.
            also: columns of the table to show as they are.
            with_file: whether to show the column `FILE`.
        """
        if not table.marked and not (with_file and self.session.fenced):
            listed = [self._shown(table, column) for column in columns if column.is_shown] + [quote(name) for name in also]
            file = [f"input_file_name() AS {quote(FILE)}"] if with_file else []
            return f"SELECT {', '.join([*listed, *file]) or '1'} FROM {quote(table.name)}"
        several = len(table.seen) > 1 or not table.marked
        # Beside anything but plain columns the engine doesn't take the row's number into the scan, and can't have it elsewhere.
        plain = [quote(column.stored.name) for column in columns if column.is_stored and column.is_shown] + [quote(name) for name in also]
        file = [f"input_file_name() AS {quote(FILE)}"] if with_file or several else []
        row = [f"file_row_index() AS {quote(ROW)}"] if table.marked else []
        inner = f"SELECT {', '.join([*plain, *file, *row])} FROM {quote(table.name)}"
        listed = [self._shown(table, column) for column in columns if column.is_shown] + [self._plain(table, name) for name in also]
        shown = ", ".join([*listed, self._fenced(quote(FILE), FILE, pa.string())] if with_file else listed) or "1"
        return f"SELECT {shown} FROM ({inner}) AS k WHERE {self._stays(table)}"

    def _stays(self, table: Files) -> str:
        """Return the condition under which a row of a table is read."""
        name = self._function("kept")
        if table.marked:
            self.functions[name] = kept(name, table.seen)
            return condition(name, len(table.seen))
        self.functions[name] = every(name)
        return f"{name}({quote(FILE)})"

    def _shown(self, table: Files, column: Column) -> str:
        name = self._function("named")
        found = shown(column, name, lambda: listing_type(self.session, table.name, column.stored.name), fenced=self.session.fenced)
        if found.function is not None:
            self.functions[name] = found.function
        return found.sql

    def _plain(self, table: Files, name: str) -> str:
        return self._fenced(quote(name), name, None if not self.session.fenced else listing_type(self.session, table.name, name))

    def _fenced(self, sql: str, name: str, kind: pa.DataType | None) -> str:
        """Return a column as it is, behind a fence where the session has them."""
        if not self.session.fenced or kind is None:
            return sql
        function = self._function("fenced")
        self.functions[function] = fence(function, kind)
        return f"{function}({sql}) AS {quote(name)}"

    def _function(self, kind: str) -> str:
        return f"treadle_{kind}_{len(self.functions) + 1}"


def is_marked(file: DataFile) -> bool:
    """Say whether a file has deletion vectors."""
    return bool(file.without) or file.only is not None


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
