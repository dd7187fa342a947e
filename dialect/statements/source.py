"""Owns `CREATE SOURCE name FROM DELTA|PARQUET|CSV|JSON 'path' [VERSION AS OF …] [OPTIONS (…)]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Expr, Location, Option, QName, Statement


@dataclass(frozen=True, slots=True)
class SourceStatement(Statement):
    """Names a table or files outside; `format` is upper case."""

    kind: ClassVar[str] = "SOURCE"
    name: QName
    format: str
    location: Location
    version: Expr | None = None
    timestamp: Expr | None = None
    options: tuple[Option, ...] = ()
    comment: str | None = None
    tags: tuple[str, ...] = ()
