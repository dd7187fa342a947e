"""Owns `PARAM name TYPE [NOT NULL] [SECRET] [DEFAULT …] [CHECK (…)] [FILTER source.column] [COMMENT '…']`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Expr, Name, QName, Statement, TypeRef


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
