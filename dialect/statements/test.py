"""Owns `CREATE TEST name FOR view [WITH (…)] [GIVEN …] EXPECT …`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..source import Span
from .base import Name, Option, QName, Query, Statement

if TYPE_CHECKING:
    from ..reader import Node, Reader


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


def read(tree: Node, reader: Reader, span: Span) -> TestStatement:
    """Return the declaration of a test from its tree.

    Raises:
        TreadleError: T1011 for a parameter given twice, or what is wrong in a query.
    """
    from ..reader import subtrees, terminals

    given, rows, fault = subtrees(tree, "test_with"), subtrees(tree, "expect_rows"), subtrees(tree, "expect_error")
    return TestStatement(
        span,
        name=reader.name(terminals(tree, "NAME")[0]),
        target=reader.qname(subtrees(tree, "qname")[0]),
        parameters=reader.options(given[0]) if given else (),
        given=tuple(_rows(one, reader) for one in subtrees(tree, "given")),
        expect=_rows(rows[0], reader) if rows else None,
        error=reader.name(terminals(fault[0], "NAME")[0]) if fault else None,
    )


def _rows(tree: Node, reader: Reader) -> Given:
    from ..reader import subtrees, terminals

    columns, name = subtrees(tree, "names"), subtrees(tree, "qname")
    return Given(
        columns=reader.names(columns[0]) if columns else (),
        query=reader.query(terminals(tree, "QUERY")[0]),
        name=reader.qname(name[0]) if name else None,
    )
