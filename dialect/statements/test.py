"""Owns `CREATE TEST name FOR view [WITH (…)] [GIVEN …] EXPECT …`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Name, Option, QName, Query, Statement


@dataclass(frozen=True, slots=True)
class Given:
    """Rows that stand in for a view or source during a test, or that are expected of one."""

    columns: tuple[Name, ...]
    query: Query
    name: QName | None = None


@dataclass(frozen=True, slots=True)
class TestStatement(Statement):
    """Declares a test of a view; `error` is the code after `EXPECT ERROR`."""

    kind: ClassVar[str] = "TEST"
    name: Name
    target: QName
    parameters: tuple[Option, ...] = ()
    given: tuple[Given, ...] = ()
    expect: Given | None = None
    error: Name | None = None
