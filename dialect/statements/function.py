"""Owns `CREATE [AGGREGATE|WINDOW] FUNCTION name(…) RETURNS type|TABLE [(columns)] RETURN … | LANGUAGE PYTHON AS '…'`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..source import Span
from .base import Expr, Name, Query, Statement, TypeRef

if TYPE_CHECKING:
    from ..reader import Node, Reader


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function: name, type and default; `variadic` when it takes any number of further arguments, as a list."""

    name: Name
    type: TypeRef
    default: Expr | None = None
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One declared column of a table function's result."""

    name: Name
    type: TypeRef
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionStatement(Statement):
    """Declares a function.

    Args:
        flavour: `scalar`, `aggregate`, `window` or `table`.
        body: the expression after RETURN, for SQL functions that are no table functions.
        query: the query after RETURN, for SQL table functions.
        columns: the columns behind RETURNS TABLE, empty when they are not declared.
        language: `SQL` or `PYTHON`.
        target: `module:function` of a Python function.
        target_span: its place.
        volatility: `IMMUTABLE`, `STABLE`, `VOLATILE` or None when not said.
        strict: whether a null argument gives null without a call; None when not said.
        strict_span: place of what says so.
    """

    kind: ClassVar[str] = "FUNCTION"
    name: Name
    flavour: str
    arguments: tuple[Argument, ...]
    returns: TypeRef | None = None
    body: Expr | None = None
    query: Query | None = None
    columns: tuple[TableColumn, ...] = ()
    language: str = "SQL"
    target: str | None = None
    target_span: Span | None = None
    volatility: str | None = None
    strict: bool | None = None
    strict_span: Span | None = None
    comment: str | None = None


def read(tree: Node, reader: Reader, span: Span) -> FunctionStatement:
    """Return the declaration of a function from its tree.

    Raises:
        TreadleError: T1011 for a repeated clause, or what is wrong in an expression.
    """
    from ..reader import once, subtrees, terminals

    returned = subtrees(tree, "scalar_body", "scalar_python", "table_body", "table_python")[0]
    is_table = str(returned.data).startswith("table")
    python = subtrees(returned, "python")
    found = once(reader, returned, joined=python, groups=(("strict", "called"),))
    strictness = found.get("strict") or found.get("called")
    flavour = subtrees(tree, "flavour")
    listed = subtrees(tree, "arguments")
    columns = subtrees(returned, "table_columns")
    body, query, type_ = terminals(returned, "EXPR"), terminals(returned, "QUERY"), terminals(returned, "TYPE")
    return FunctionStatement(
        span,
        name=reader.name(terminals(tree, "NAME")[0]),
        flavour="table" if is_table else reader.word(flavour[0]).lower() if flavour else "scalar",
        arguments=tuple(_argument(a, reader) for a in subtrees(listed[0], "argument")) if listed else (),
        returns=reader.type(type_[0]) if type_ else None,
        body=reader.expression(body[0]) if body else None,
        query=reader.query(query[0]) if query else None,
        columns=tuple(_column(c, reader) for c in subtrees(columns[0], "table_column")) if columns else (),
        language="PYTHON" if python else "SQL",
        target=reader.string(terminals(python[0], "STRING")[0]) if python else None,
        target_span=reader.span(terminals(python[0], "STRING")[0]) if python else None,
        volatility=reader.word(found["volatility"]) if "volatility" in found else None,
        strict="strict" in found if strictness is not None else None,
        strict_span=reader.span(strictness) if strictness is not None else None,
        comment=reader.comment(found["comment"]) if "comment" in found else None,
    )


def _argument(tree: Node, reader: Reader) -> Argument:
    from ..reader import subtrees, terminals

    default = terminals(tree, "EXPR")
    return Argument(
        reader.name(terminals(tree, "NAME")[0]),
        reader.type(terminals(tree, "TYPE")[0]),
        reader.expression(default[0]) if default else None,
        bool(subtrees(tree, "variadic")),
    )


def _column(tree: Node, reader: Reader) -> TableColumn:
    from ..reader import subtrees, terminals

    comment = subtrees(tree, "comment")
    return TableColumn(
        reader.name(terminals(tree, "NAME")[0]),
        reader.type(terminals(tree, "TYPE")[0]),
        reader.comment(comment[0]) if comment else None,
    )
