"""Owns `CREATE [AGGREGATE|WINDOW] FUNCTION name(arguments) RETURNS type|TABLE RETURN … | LANGUAGE PYTHON AS '…'`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .base import Expr, Name, Query, Statement, TypeRef


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function: name, type and default."""

    name: Name
    type: TypeRef
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class FunctionStatement(Statement):
    """Declares a function.

    Args:
        flavour: `scalar`, `aggregate`, `window` or `table`.
        body: the expression after RETURN, for SQL functions that are no table functions.
        query: the query after RETURN, for SQL table functions.
        language: `SQL` or `PYTHON`.
        target: `module:function` of a Python function.
        volatility: `IMMUTABLE`, `STABLE`, `VOLATILE` or None when not said.
    """

    kind: ClassVar[str] = "FUNCTION"
    name: Name
    flavour: str
    arguments: tuple[Argument, ...]
    returns: TypeRef | None = None
    body: Expr | None = None
    query: Query | None = None
    language: str = "SQL"
    target: str | None = None
    volatility: str | None = None
    comment: str | None = None
