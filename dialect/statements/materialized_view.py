"""Owns `CREATE MATERIALIZED VIEW name INTO 'path' [mode] [clauses] AS query`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ..source import Span
from .base import Expr, Location, Name, Option, QName, Query, Statement

WriteMode = Literal["OVERWRITE", "APPEND", "REPLACE WHERE", "REPLACE PARTITIONS"]


@dataclass(frozen=True, slots=True)
class Constraint:
    """`CONSTRAINT name EXPECT (condition) | UNIQUE (…) | REFERENCES view(…) [ON VIOLATION …]`.

    Args:
        form: `row` (condition set), `unique` or `references` (columns set).
        on_violation: `FAIL` (the default), `WARN` or `DROP`.
    """

    name: Name
    form: Literal["row", "unique", "references"]
    span: Span
    condition: Expr | None = None
    columns: tuple[Name, ...] = ()
    target: QName | None = None
    target_columns: tuple[Name, ...] = ()
    on_violation: str = "FAIL"


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """`PRIMARY KEY (columns) [CHECKED]`."""

    columns: tuple[Name, ...]
    checked: bool
    span: Span


@dataclass(frozen=True, slots=True)
class MaterializedViewStatement(Statement):
    """Declares a view whose rows are written to a Delta table.

    Args:
        mode: how the table's rows are replaced; `OVERWRITE` when not said.
        replace_where: the condition of `REPLACE WHERE (…)`.
        refresh: `AUTO`, `FULL`, `INCREMENTAL` or None when not said.
        refresh_span: place of the REFRESH clause.
    """

    kind: ClassVar[str] = "MATERIALIZED VIEW"
    name: QName
    location: Location
    query: Query
    mode: WriteMode = "OVERWRITE"
    replace_where: Expr | None = None
    partition_by: tuple[Name, ...] = ()
    refresh: str | None = None
    refresh_span: Span | None = None
    primary_key: PrimaryKey | None = None
    constraints: tuple[Constraint, ...] = ()
    comment: str | None = None
    tags: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
