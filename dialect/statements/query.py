"""Owns bare queries, `DESCRIBE name|query` and `SUMMARIZE name|query`, as a person types them ad hoc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..source import Span
from .base import QName, Query, Statement

if TYPE_CHECKING:
    from ..reader import Node, Reader


@dataclass(frozen=True, slots=True)
class QueryStatement(Statement):
    """A query on its own."""

    kind: ClassVar[str] = "QUERY"
    query: Query


@dataclass(frozen=True, slots=True)
class DescribeStatement(Statement):
    """`DESCRIBE` or `SUMMARIZE` of a name or a query; `verb` says which."""

    kind: ClassVar[str] = "DESCRIBE"
    verb: str
    name: QName | None = None
    query: Query | None = None


def read(tree: Node, reader: Reader, span: Span) -> DescribeStatement:
    """Return a DESCRIBE or SUMMARIZE from its tree.

    Raises:
        TreadleError: what is wrong in the query.
    """
    from ..reader import subtrees, terminals

    names, queries = subtrees(tree, "qname"), subtrees(tree, "query")
    return DescribeStatement(
        span,
        verb=reader.word(subtrees(tree, "describe_verb")[0]),
        name=reader.qname(names[0]) if names else None,
        query=reader.query(terminals(queries[0], "QUERY")[0]) if queries else None,
    )
