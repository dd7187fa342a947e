"""Owns `CREATE VIEW name [COMMENT '…'] [TAGS (…)] [OPTIONS (…)] AS query`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..source import Span
from .base import Option, QName, Query, Statement

if TYPE_CHECKING:
    from ..reader import Node, Reader


@dataclass(frozen=True, slots=True)
class ViewStatement(Statement):
    """Declares a view that is computed where it is used."""

    kind: ClassVar[str] = "VIEW"
    name: QName
    query: Query
    comment: str | None = None
    tags: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()


def read(tree: Node, reader: Reader, span: Span) -> ViewStatement:
    """Return the declaration of a view from its tree.

    Raises:
        TreadleError: T1011 for a repeated clause, or what is wrong in the query.
    """
    from ..reader import once, subtrees, terminals

    found = once(reader, tree)
    return ViewStatement(
        span,
        name=reader.qname(subtrees(tree, "qname")[0]),
        query=reader.query(terminals(tree, "QUERY")[0]),
        comment=reader.comment(found["comment"]) if "comment" in found else None,
        tags=reader.tags(found["tags"]) if "tags" in found else (),
        options=reader.options(found["options"]) if "options" in found else (),
    )
