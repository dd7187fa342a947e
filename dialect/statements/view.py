"""Owns `CREATE VIEW name [COMMENT '…'] [TAGS (…)] [OPTIONS (…)] AS query`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Option, QName, Query, Statement


@dataclass(frozen=True, slots=True)
class ViewStatement(Statement):
    """Declares a view that is computed where it is used."""

    kind: ClassVar[str] = "VIEW"
    name: QName
    query: Query
    comment: str | None = None
    tags: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
