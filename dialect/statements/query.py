"""Owns bare queries, `DESCRIBE name|query` and `SUMMARIZE name|query`, as a person types them ad hoc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import QName, Query, Statement


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
