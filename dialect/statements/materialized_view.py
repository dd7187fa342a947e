"""Owns `CREATE MATERIALIZED VIEW name INTO 'path' [mode] [clauses] AS query`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from ..source import Span
from .base import Expr, Location, Name, Option, QName, Query, Statement

if TYPE_CHECKING:
    from ..reader import Node, Reader

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


_MODES: dict[str, WriteMode] = {
    "overwrite": "OVERWRITE",
    "append": "APPEND",
    "replace_where": "REPLACE WHERE",
    "replace_partitions": "REPLACE PARTITIONS",
}


def read(tree: Node, reader: Reader, span: Span) -> MaterializedViewStatement:
    """Return the declaration of a materialised view from its tree.

    Raises:
        TreadleError: T1011 for a repeated clause, T1012 without INTO, or what is wrong in a part.
    """
    from ..diagnostics import error
    from ..reader import once, subtrees, terminals

    found = once(reader, tree, groups=(tuple(_MODES),), repeated=("constraint_clause",))
    name = reader.qname(subtrees(tree, "qname")[0])
    if "into" not in found:
        raise error("T1012", f"`{name.text}` doesn't say where its rows go", name.span, help="add INTO 'path' behind the name")
    mode = next((m for m in _MODES if m in found), "overwrite")
    refresh = found.get("refresh_clause")
    return MaterializedViewStatement(
        span,
        name=name,
        location=reader.location(terminals(found["into"], "EXPR")[0]),
        query=reader.query(terminals(tree, "QUERY")[0]),
        mode=_MODES[mode],
        replace_where=reader.expression(terminals(found[mode], "EXPR")[0]) if mode == "replace_where" else None,
        partition_by=_names(found.get("partition_by"), reader),
        refresh=reader.word(subtrees(refresh, "refresh")[0]) if refresh else None,
        refresh_span=reader.span(refresh) if refresh else None,
        primary_key=_key(found["primary_key"], reader) if "primary_key" in found else None,
        constraints=tuple(_constraint(c, reader) for c in subtrees(tree, "constraint_clause")),
        comment=reader.comment(found["comment"]) if "comment" in found else None,
        tags=reader.tags(found["tags"]) if "tags" in found else (),
        options=reader.options(found["options"]) if "options" in found else (),
    )


def _names(tree: Node | None, reader: Reader) -> tuple[Name, ...]:
    from ..reader import subtrees

    listed = subtrees(tree, "names") if tree is not None else []
    return reader.names(listed[0]) if listed else ()


def _key(tree: Node, reader: Reader) -> PrimaryKey:
    from ..reader import subtrees

    return PrimaryKey(_names(tree, reader), bool(subtrees(tree, "checked")), reader.span(tree))


def _constraint(tree: Node, reader: Reader) -> Constraint:
    from ..diagnostics import error
    from ..reader import subtrees, terminals

    inner = subtrees(tree, "row_constraint", "unique_constraint", "references_constraint")[0]
    name, span = reader.name(terminals(tree, "NAME")[0]), reader.span(tree)
    violation = subtrees(tree, "violation")
    action = reader.word(subtrees(violation[0], "action")[0]) if violation else "FAIL"
    if inner.data == "row_constraint":
        return Constraint(name, "row", span, condition=reader.expression(terminals(inner, "EXPR")[0]), on_violation=action)
    columns = _names(inner, reader)
    if inner.data == "unique_constraint":
        return Constraint(name, "unique", span, columns=columns, on_violation=action)
    foreign = subtrees(inner, "foreign")
    own = _names(foreign[0], reader) if foreign else columns
    target = reader.qname(subtrees(inner, "qname")[0])
    if not own:
        raise error("T1012", "REFERENCES doesn't say which columns", target.span, help=f"write REFERENCES {target.text} (column, …)")
    return Constraint(name, "references", span, columns=own, target=target, target_columns=columns or own, on_violation=action)
