"""Owns `CREATE SOURCE name FROM DELTA|PARQUET|CSV|JSON 'path' [VERSION AS OF …] [COLUMNS (…)] [OPTIONS (…)]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..source import Span
from .base import Expr, Location, Name, Option, QName, Statement, TypeRef

if TYPE_CHECKING:
    from ..reader import Node, Reader


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """One `name TYPE [NOT NULL]` of `COLUMNS (…)`."""

    name: Name
    type: TypeRef
    required: bool = False


@dataclass(frozen=True, slots=True)
class SourceStatement(Statement):
    """Names a table or files outside; `format` is upper case, `columns` are declared ones, empty when they are not."""

    kind: ClassVar[str] = "SOURCE"
    name: QName
    format: str
    location: Location
    version: Expr | None = None
    timestamp: Expr | None = None
    columns: tuple[TypedColumn, ...] = ()
    options: tuple[Option, ...] = ()
    comment: str | None = None
    tags: tuple[str, ...] = ()


def read(tree: Node, reader: Reader, span: Span) -> SourceStatement:
    """Return the declaration of a source from its tree.

    Raises:
        TreadleError: T1011 for a repeated clause, or what is wrong in an expression.
    """
    from ..reader import once, subtrees, terminals

    found = once(reader, tree, groups=(("version", "timestamp"),))

    def expression(name: str) -> Expr | None:
        return reader.expression(terminals(found[name], "EXPR")[0]) if name in found else None

    return SourceStatement(
        span,
        name=reader.qname(subtrees(tree, "qname")[0]),
        format=reader.word(found["format"]),
        location=reader.location(terminals(tree, "EXPR")[0]),
        version=expression("version"),
        timestamp=expression("timestamp"),
        columns=tuple(_column(one, reader) for one in subtrees(found["columns"], "typed_column")) if "columns" in found else (),
        options=reader.options(found["options"]) if "options" in found else (),
        comment=reader.comment(found["comment"]) if "comment" in found else None,
        tags=reader.tags(found["tags"]) if "tags" in found else (),
    )


def _column(tree: Node, reader: Reader) -> TypedColumn:
    from ..reader import subtrees, terminals

    name, written = reader.name(terminals(tree, "NAME")[0]), reader.type(terminals(tree, "TYPE")[0])
    return TypedColumn(name, written, bool(subtrees(tree, "required")))
