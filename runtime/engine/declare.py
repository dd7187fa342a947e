"""Owns the statements that make the engine's own sources: external tables over exact lists of files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote as percent

import pyarrow as pa

from ...dialect.types import FLOATS, DataType, Field, Schema, quote
from ...planner.literal import quote_text
from ..session import Session
from .arrow_types import arrow_schema, unit
from .constant_floats import may_hide_nan
from .errors import refusals

STATISTICS = "datafusion.execution.collect_statistics"
MANY_FILES = 2_000  # beyond it reading all footers first costs more than statistics win, even over several queries
_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def declared_type(kind: DataType) -> str | None:
    """Return a type as the engine's column declarations spell it; None where they have no spelling.

    What the engine makes of it is checked after registration, since some spellings lose a
    time zone or the case of struct fields without a word.
    """
    if kind.name in ("MAP", "NULL", "DURATION") or kind.zone not in (None, "UTC"):
        return None
    if kind.name == "TIMESTAMP":
        return f"TIMESTAMP({_DIGITS[unit(kind)]})" + (" WITH TIME ZONE" if kind.zone else "")
    if kind.name == "LIST":
        item = declared_type(kind.fields[0].type)
        return None if item is None else f"ARRAY<{item}>"
    if kind.name == "STRUCT":
        return _struct(kind)
    return "REAL" if kind.name == "FLOAT" else kind.sql()


def _struct(kind: DataType) -> str | None:
    parts = [(field.name, declared_type(field.type)) for field in kind.fields]
    if not parts or any(part is None for _, part in parts):
        return None
    return f"STRUCT<{', '.join(f'{quote(name)} {part}' for name, part in parts)}>"


def declarable(columns: Iterable[Field]) -> bool:
    """Say whether an external table can declare all these columns."""
    return all(declared_type(column.type) is not None for column in columns)


def url(path: str) -> str:
    """Return a local path as a URL, which the engine takes literally; bare paths with `*?[` would be patterns.

    >>> url("/a b%20*.parquet")
    'file:///a%20b%2520%2A.parquet'
    """
    return path if "://" in path else f"file://{percent(path)}"


def file_name(path: str) -> str:
    """Return what the engine's `input_file_name()` says for a local path: the path without its leading slash."""
    return os.path.normpath(path).lstrip("/")


def as_scanned(column: Field, name: str | None = None) -> str:
    """Return what to select of a Parquet column, so that the engine never answers by its statistics where they lie.

    Statistics leave NaN out and the engine sorts NaN above all, so pruning, `max` and filters made while
    running would lose rows (FACTS-DELTA 5). Behind a function that changes nothing they aren't used.
    Nested columns need none: the engine has no use for their statistics.

    Args:
        column: the column in the files.
        name: what it is called from there on; None for its own name.
    """
    stored, called = quote(column.name), quote(column.name if name is None else name)
    if column.type.name in FLOATS:
        return f"nullif({stored}, NULL) AS {called}"
    return stored if stored == called else f"{stored} AS {called}"


def external_table(
    session: Session, name: str, kind: str, columns: Sequence[Field], paths: Sequence[str], options: Mapping[str, str]
) -> None:
    """Make an external table under exactly this name over exactly these files.

    Args:
        session: where the name is.
        name: the relation's name.
        kind: `PARQUET`, `CSV` or `JSON`.
        columns: declared columns; Parquet and JSON match them by name, CSV by position.
        paths: absolute paths or URLs, at least one; the engine reads a missing one as empty.
        options: format options by full name.
    """
    written = ", ".join(f"{quote(c.name)} {declared_type(c.type)}{'' if c.nullable else ' NOT NULL'}" for c in columns)
    places = ", ".join(quote_text(url(path)) for path in paths)
    tail = f" OPTIONS ({', '.join(f'{quote_text(k)} {quote_text(v)}' for k, v in options.items())})" if options else ""
    few = {} if len(paths) <= MANY_FILES else {STATISTICS: "false"}
    if kind == "PARQUET" and may_hide_nan(columns, paths):
        session.distrust_statistics()
    with session.planning(few) as context, refusals("plan"):
        context.sql(f"CREATE EXTERNAL TABLE {session.qualified(name)} ({written}) STORED AS {kind} LOCATION ({places}){tail}")
        session.adopt(name)


def listing_table(
    session: Session,
    name: str,
    columns: Sequence[Field],
    place: str,
    paths: Sequence[str],
    partitions: Sequence[tuple[str, pa.DataType]] = (),
) -> None:
    """Make a Parquet table with any Arrow types, maps included, under exactly this name.

    Args:
        session: where the name is.
        name: the relation's name.
        columns: the columns of the files.
        place: a file, or a folder that holds all files and nothing else.
        paths: the files themselves.
        partitions: columns that the folders' names tell.
    """
    arrow = arrow_schema(Schema(tuple(columns)), views=True)
    if may_hide_nan(columns, paths):
        session.distrust_statistics()
    few = {} if len(paths) <= MANY_FILES else {STATISTICS: "false"}
    with session.planning(few) as context, refusals("plan"):
        context.register_listing_table(
            session.qualified(name), url(place), table_partition_cols=list(partitions), file_extension="", schema=arrow
        )
        session.adopt(name)


def listing_type(session: Session, name: str, column: str) -> pa.DataType:
    """Return the Arrow type in which the engine reads a column of a table of this session."""
    with session.planning({}) as context, refusals("plan"):
        return context.table(session.qualified(name)).schema().field(column).type
