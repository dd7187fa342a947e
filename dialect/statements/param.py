"""Owns `PARAM name TYPE [NOT NULL] [SECRET] [DEFAULT …] [CHECK (…)] [FILTER source.column] [COMMENT '…']`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..source import Span
from .base import Expr, Name, QName, Statement, TypeRef

if TYPE_CHECKING:
    from ..reader import Node, Reader


@dataclass(frozen=True, slots=True)
class ParamStatement(Statement):
    """Declares a typed parameter, once in a project."""

    kind: ClassVar[str] = "PARAM"
    name: Name
    type: TypeRef
    default: Expr | None = None
    not_null: bool = False
    check: Expr | None = None
    secret: bool = False
    filter: QName | None = None
    comment: str | None = None


def read(tree: Node, reader: Reader, span: Span) -> ParamStatement:
    """Return the declaration of a parameter from its tree.

    Raises:
        TreadleError: T1011 for a repeated clause, or what is wrong in an expression.
    """
    from ..reader import once, subtrees, terminals

    found = once(reader, tree)

    def expression(name: str) -> Expr | None:
        return reader.expression(terminals(found[name], "EXPR")[0]) if name in found else None

    return ParamStatement(
        span,
        name=reader.name(terminals(tree, "NAME")[0]),
        type=reader.type(terminals(tree, "TYPE")[0]),
        default=expression("default"),
        not_null="not_null" in found,
        check=expression("check"),
        secret="secret" in found,
        filter=reader.qname(subtrees(found["filter"], "qname")[0]) if "filter" in found else None,
        comment=reader.comment(found["comment"]) if "comment" in found else None,
    )
