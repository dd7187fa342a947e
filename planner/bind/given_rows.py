"""Owns the rows that a test writes out: `GIVEN name (…) AS (…)` and `EXPECT (…) AS (…)`, bound against real columns.

In: a clause and the columns of the view or source that it speaks of. Out: `BoundRows`, or what is
wrong: a column that isn't there, a type that never fits, something read that lies outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from ...dialect.diagnostics import Problems, counted, did_you_mean, error
from ...dialect.nodes import clone
from ...dialect.source import Span
from ...dialect.statements.query import QueryStatement
from ...dialect.statements.test import Given
from ...dialect.types import DataType, Field, Schema
from ..functions.tables import table_functions
from ..project import BoundView
from ..testing import EXPECTED, BoundRows, value_rows
from .columns import copy_place
from .context import Catalog
from .names import tables_read
from .views import bind_view

Named = Sequence[tuple[str, Span]]
WRITE_OUT = "write the rows out: VALUES (…), (…), or SELECT without FROM"


def bind_rows(catalog: Catalog, clause: Given, relation: str, schema: Schema, name: str, problems: Problems) -> BoundRows | None:
    """Return the rows of a clause, or None; everything wrong in it goes to `problems`.

    Args:
        catalog: the functions and values of the test; it knows no relations.
        clause: the clause.
        relation: real name of what its rows are, or should be.
        schema: the columns of that.
        name: what the query is called in messages.
        problems: collects.
    """
    if _reads(clause, catalog, problems):
        return None
    query = replace(clause.query, tree=_named(clause.query.tree)) if clause.columns else clause.query
    view = bind_view(catalog, name, QueryStatement(query.span, query), problems)
    if view is None:
        return None
    columns = _columns(clause, view, relation, schema, name, problems)
    if columns is None or not _fit(clause, view, columns, relation, schema, problems):
        return None
    return BoundRows(relation, view, columns, schema, clause.query)


def _named(tree: exp.Query) -> exp.Query:
    """Return a query whose values have names, so that equal ones don't share theirs; the clause lists the columns anyway."""
    made = clone(tree)
    first: exp.Expr = made
    while not isinstance(first, exp.Select) and isinstance(first.args.get("this"), exp.Expr):
        first = first.this
    for at, item in enumerate(first.expressions if isinstance(first, exp.Select) else ()):
        if not isinstance(item, (exp.Alias, exp.Column, exp.Star)):
            alias = exp.Alias(this=item.copy(), alias=exp.to_identifier(f"value {at + 1}", quoted=True))
            copy_place(alias, item)
            item.replace(alias)
    return made


def _reads(clause: Given, catalog: Catalog, problems: Problems) -> bool:
    """Report what the query reads: a test knows its own rows only."""
    before = len(problems.errors)
    source, tree = clause.query.span.source, clause.query.tree
    named = {id(one) for one in tables_read(tree)}
    for table in tree.find_all(exp.Table):
        place = table.meta.get("span") or table.this.meta.get("span")
        span = source.span(*place) if place else clause.query.span
        path = isinstance(table.this, exp.Literal) or source.text[span.start : span.start + 1] == "'"
        if id(table) in named or path or _is_reader(table, catalog):
            problems.catch(error("T2081", f"a test reads nothing but its own rows, this reads {_what(table)}", span, help=WRITE_OUT))
    return len(problems.errors) > before


def _is_reader(table: exp.Table, catalog: Catalog) -> bool:
    """Say whether a table function reads what lies somewhere, or may do so since it is the project's own."""
    if not isinstance(table.this, exp.Anonymous):
        return False
    name = str(table.this.name).lower()
    function = table_functions().get(name)
    return name in catalog.tables or (function is not None and function.kind not in ("series", "rows"))


def _what(table: exp.Table) -> str:
    if isinstance(table.this, exp.Anonymous):
        return f"by way of `{table.this.name}`"
    return f"`{'.'.join(str(table.args[k].this) for k in ('db', 'this') if table.args.get(k) is not None)}`"


def _columns(clause: Given, view: BoundView, relation: str, schema: Schema, name: str, problems: Problems) -> tuple[str, ...] | None:
    """Return the real columns that the query gives, in its order; None after reporting what is wrong with them."""
    given = view.schema.names
    if clause.columns:
        named = [(one.text, one.span, one.quoted) for one in clause.columns]
    elif value_rows(clause.query.tree) is not None:
        named = [(one, clause.query.span, True) for one in schema.names]
    else:
        named = [(one, clause.query.span, False) for one in given]
    if len(named) != len(given):
        what = f"{counted(len(named), 'column')}, each row has {counted(len(given), 'value')}"
        message = f"{name} names {what}" if clause.columns else f"`{relation}` has {what}"
        problems.catch(error("T2013", message, _list_span(clause), help="name the columns that the rows give, in their order"))
        return None
    found: list[str] = []
    for text, span, quoted in named:
        real = _real(text, quoted, relation, schema, span, problems)
        if real in found:
            problems.catch(error("T2007", f"the column `{text}` is named twice", span, help="leave one of them out"))
        found.append(real or text)
    if name == EXPECTED and not clause.columns:
        _require_all(clause, found, relation, schema, problems)
    return tuple(found) if all(one in schema.names for one in found) and len(set(found)) == len(found) else None


def _real(text: str, quoted: bool, relation: str, schema: Schema, span: Span, problems: Problems) -> str | None:
    matching = [one for one in schema.names if one == text or (not quoted and one.lower() == text.lower())]
    if len(matching) == 1:
        return matching[0]
    help_ = did_you_mean(text, schema.names) or "its columns are " + ", ".join(f"`{n}`" for n in schema.names[:8])
    problems.catch(error("T2001", f"`{relation}` has no column `{text}`", span, help=help_))
    return None


def _require_all(clause: Given, found: Sequence[str], relation: str, schema: Schema, problems: Problems) -> None:
    """Report columns that EXPECT leaves out without saying that only some are compared."""
    missing = [one for one in schema.names if one not in found]
    if missing and all(one in schema.names for one in found):
        shown = ", ".join(f"`{one}`" for one in missing[:6]) + (", …" if len(missing) > 6 else "")
        help_ = f"name those that are compared: EXPECT ({', '.join(found)}) AS (…)"
        problems.catch(error("T2085", f"EXPECT leaves out {shown} of `{relation}`", clause.query.span, help=help_))


def _list_span(clause: Given) -> Span:
    return clause.columns[0].span.cover(clause.columns[-1].span) if clause.columns else clause.query.span


def _fit(clause: Given, view: BoundView, columns: Sequence[str], relation: str, schema: Schema, problems: Problems) -> bool:
    """Report columns whose type can never become the real one without loss."""
    good = True
    for at, (given, name) in enumerate(zip(view.schema, columns, strict=True)):
        wanted = schema.get(name)
        assert wanted is not None
        if could_become(given.type, wanted.type):
            continue
        good = False
        span = _cell(clause, at)
        message = f"`{name}` of `{relation}` is {wanted.type}, this is {given.type}"
        problems.catch(error("T2082", message, span, help=_way_out(wanted.type)))
    return good


def _way_out(wanted: DataType) -> str:
    from .parameters import literal_help

    return literal_help(wanted).replace(", or change the type", "") if not wanted.fields else f"CAST(… AS {wanted})"


def _cell(clause: Given, at: int) -> Span:
    """Return the place of a column's first value in VALUES, of its name, or of the query."""
    rows = value_rows(clause.query.tree) or ((),)
    for item in rows[0][at : at + 1]:
        place = item.meta.get("span")
        if place:
            return clause.query.span.source.span(*place)
    return clause.columns[at].span if clause.columns else clause.query.span


def could_become(given: DataType, wanted: DataType) -> bool:
    """Say whether some values of a type are values of another one too; each is looked at when the test runs."""
    if given.sql() == wanted.sql() or given.name == "NULL":
        return True
    if given.is_number and wanted.is_number:
        return True
    if wanted.name == "TIMESTAMP":
        return given.name == "DATE" or (given.name == "TIMESTAMP" and not (given.zone and not wanted.zone))
    if given.name == wanted.name and given.fields and len(given.fields) == len(wanted.fields):
        return all(_field_could(given, g, w) for g, w in zip(given.fields, wanted.fields, strict=True))
    return False


def _field_could(kind: DataType, given: Field, wanted: Field) -> bool:
    return (kind.name != "STRUCT" or given.name == wanted.name) and could_become(given.type, wanted.type)
