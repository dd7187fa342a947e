"""Owns how constraints become queries: a column beside the rows for a row condition, a query over the staged rows for the others.

In: an `ExpectationSpec` and the output that it belongs to. Out: trees. A query of a constraint
gives what violates it: its columns, and how many rows have those values in the last one; that
of an aggregate condition gives whether it holds, then the aggregates in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from ..dialect.diagnostics import TreadleError, error
from ..dialect.source import Source
from ..dialect.types import Schema, quote
from ..dialect.walk import find_all, nodes
from .bundle import ScanOrigin
from .functions.python import PREFIX
from .graph import build_graph
from .project import frozen
from .spec import ExecutionSpec, ExpectationSpec, OutputSpec, ViewSpec
from .trees import references
from .views import CheckView, PlannedView, Views

ROWS = "rows"
"""The alias under which the rows that are checked stand in every query of a constraint."""

KEY = "PRIMARY KEY"
WRAPPERS = (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def expectations_of(output: OutputSpec) -> tuple[ExpectationSpec, ...]:
    """Return the constraints of an output, a primary key that is CHECKED first."""
    if not output.key_checked:
        return output.expectations
    return (ExpectationSpec(name=KEY, kind="key", columns=output.key), *output.expectations)


def row_conditions(output: OutputSpec) -> tuple[ExpectationSpec, ...]:
    """Return the constraints that are checked row by row, in the stream that is written."""
    return tuple(one for one in output.expectations if one.kind == "row") if output.mode != "RESULT" else ()


def sees_the_table(one: ExpectationSpec) -> bool:
    """Say whether a constraint speaks of the table as it will stand, old rows that stay included."""
    return one.kind in ("aggregate", "unique", "key")


def place_of(view: str, constraint: str) -> str:
    """Return the name under which the place of a constraint is known; that of a checked key is `VIEW.key`."""
    return f"{view}.key" if constraint == KEY else f"{view}.constraint {constraint}"


def rule_text(one: ExpectationSpec) -> str:
    """Return what a constraint says, for people.

    >>> rule_text(ExpectationSpec(name="c", kind="references", columns=("a",), target="w", target_columns=("b",)))
    '(a) REFERENCES w (b)'
    """
    listed = ", ".join(map(_plain, one.columns))
    if one.kind == "unique":
        return f"UNIQUE ({listed})"
    if one.kind == "key":
        return f"PRIMARY KEY ({listed})"
    if one.kind == "references":
        return f"({listed}) REFERENCES {one.target} ({', '.join(map(_plain, one.target_columns))})"
    return plain_names(_plain_sums(one)) if one.condition else ""


def _plain_sums(one: ExpectationSpec) -> str:
    """Return a condition without the casts by which sums of integers are checked for overflow."""
    from ..dialect import parse_expression, to_sql

    try:
        holder = exp.Select(expressions=[parse_expression(one.condition or "", "<constraint>")])
    except TreadleError:
        return one.condition or ""
    for call in find_all(holder, exp.Anonymous):
        outer, inner = call.parent, call.expressions[0] if call.expressions else None
        if str(call.this).lower() == "sum" and isinstance(outer, exp.Cast) and isinstance(inner, exp.Cast):
            inner.replace(inner.this)
            outer.replace(call)
    return to_sql(holder.expressions[0])


def plain_names(sql: str) -> str:
    """Return canonical SQL with quotes left out where names need none, and Python functions by their own names.

    >>> plain_names('"n" > 0 AND "a b" <> \\'"x"\\'')
    'n > 0 AND "a b" <> \\'"x"\\''
    """
    pieces = re.split(r"('(?:[^']|'')*')", sql)
    name = re.compile(rf'"(?:{re.escape(PREFIX)})?([a-z_][a-z0-9_]*)"')
    return "".join(piece if at % 2 else name.sub(r"\1", piece) for at, piece in enumerate(pieces))


def _plain(name: str) -> str:
    return plain_names(quote(name))


def condition_tree(one: ExpectationSpec) -> exp.Expr:
    """Return the condition of a constraint, its columns those of `ROWS`.

    Raises:
        TreadleError: T3012 when it can't be read.
    """
    from ..dialect import parse_expression

    try:
        tree = parse_expression(one.condition or "", f"<constraint>/{one.name}.sql")
    except TreadleError as problem:
        message = f"the condition of `{one.name}` can't be read: {problem.diagnostics[0].message}"
        raise error("T3012", message, help="mend the SQL of the condition") from problem
    holder = exp.Select(expressions=[tree])
    for column in find_all(holder, exp.Column):
        if not _is_of_lambda(column):
            column.set("table", exp.to_identifier(ROWS, quoted=True))
    held: exp.Expr = holder.expressions[0]
    held.pop()
    return held


def condition_columns(one: ExpectationSpec) -> tuple[str, ...]:
    """Return the columns that a constraint's condition reads, as often as it does; raises as `condition_tree` does."""
    return tuple(column.name for column in find_all(condition_tree(one), exp.Column) if column.table)


def _is_of_lambda(column: exp.Expr) -> bool:
    """Say whether a name is that of a parameter of a lambda around it."""
    at = column.parent
    while at is not None:
        if isinstance(at, exp.Lambda) and any(column.name == one.name for one in at.expressions):
            return True
        at = at.parent
    return False


def check_tree(one: ExpectationSpec, view: str, aggregates: frozenset[str], target: str | None = None) -> exp.Query:
    """Return the query of a constraint that is no row condition.

    Args:
        one: the constraint.
        view: the output's view; its rows are the relations `VIEW#staged` and `VIEW#after`.
        aggregates: names of aggregate functions, lower case.
        target: the relation that is referred to.
    """
    if one.kind == "aggregate":
        return _aggregate_tree(one, view, aggregates)
    from ..dialect import parse_query

    text = _references_text(one, view, target or one.target or "") if one.kind == "references" else _unique_text(one, view)
    tree = parse_query(text, f"<constraint>/{one.name}.sql")
    assert isinstance(tree, exp.Query)
    return tree


def _count_name(columns: Sequence[str]) -> str:
    """Return a name for the count of rows that none of the columns has."""
    name, taken = "rows", {column.lower() for column in columns}
    while name in taken:
        name += "_"
    return quote(name)


def _keys(columns: Sequence[str]) -> tuple[str, str]:
    """Return the select list and the GROUP BY list of some columns of `ROWS`."""
    full = [f"{quote(ROWS)}.{quote(name)}" for name in columns]
    return ", ".join(f"{one} AS {quote(name)}" for one, name in zip(full, columns, strict=True)), ", ".join(full)


def _none_null(columns: Sequence[str]) -> str:
    return " AND ".join(f"{quote(ROWS)}.{quote(name)} IS NOT NULL" for name in columns)


def _unique_text(one: ExpectationSpec, view: str) -> str:
    """Return values that several rows have; of a key also those that are null."""
    listed, grouped = _keys(one.columns)
    where = "" if one.kind == "key" else f" WHERE {_none_null(one.columns)}"
    nulls = "".join(f" OR {quote(ROWS)}.{quote(name)} IS NULL" for name in one.columns) if one.kind == "key" else ""
    head = f"SELECT {listed}, count(*) AS {_count_name(one.columns)} FROM {quote(after(view))} AS {quote(ROWS)}"
    return f"{head}{where} GROUP BY {grouped} HAVING count(*) > 1{nulls}"


def _references_text(one: ExpectationSpec, view: str, target: str) -> str:
    """Return values without a null that the target lacks."""
    listed, grouped = _keys(one.columns)
    count = _count_name(one.columns)
    inner = f"SELECT {listed}, count(*) AS {count} FROM {quote(staged(view))} AS {quote(ROWS)}"
    inner += f" WHERE {_none_null(one.columns)} GROUP BY {grouped}"
    pairs = zip(one.columns, one.target_columns, strict=True)
    on = " AND ".join(f'"keys".{quote(own)} = "target".{quote(theirs)}' for own, theirs in pairs)
    outer = ", ".join(f'"keys".{quote(name)} AS {quote(name)}' for name in one.columns)
    return f'SELECT {outer}, "keys".{count} AS {count} FROM ({inner}) AS "keys" LEFT ANTI JOIN {quote(target)} AS "target" ON {on}'


def _aggregate_tree(one: ExpectationSpec, view: str, aggregates: frozenset[str]) -> exp.Query:
    tree = condition_tree(one)
    holds = exp.Is(this=exp.Paren(this=tree), expression=exp.Boolean(this=True))
    items = [exp.alias_(holds, "holds", quoted=True)]
    seen = {"holds"}
    for call in aggregate_calls(tree, aggregates):
        name = _call_text(call)
        if name.lower() not in seen:
            seen.add(name.lower())
            items.append(exp.alias_(call.copy(), name, quoted=True))
    table = exp.alias_(exp.Table(this=exp.to_identifier(after(view), quoted=True)), ROWS, table=True, quoted=True)
    return exp.Select(expressions=items, from_=exp.From(this=table))


def aggregate_calls(tree: exp.Expr, aggregates: frozenset[str]) -> list[exp.Expr]:
    """Return the calls of aggregates in a condition, with their FILTER and ORDER around them."""
    found = []
    for node in nodes(tree):
        if not isinstance(node, exp.Anonymous) or str(node.this).lower() not in aggregates:
            continue
        outer: exp.Expr = node
        while isinstance(outer.parent, WRAPPERS) and outer.parent.this is outer:
            outer = outer.parent
        found.append(outer)
    return found


def _call_text(call: exp.Expr) -> str:
    from ..dialect import to_sql

    text = plain_names(to_sql(call)).replace(f"{ROWS}.", "")
    return re.sub(r"CAST\((\w+) AS DECIMAL\(38, 0\)\)", r"\1", text)


def staged(view: str) -> str:
    """Return the private name of the rows that an output is about to commit."""
    return f"{view}#staged"


def after(view: str) -> str:
    """Return the private name of an output's table as it will stand after the commit."""
    return f"{view}#after"


@dataclass(frozen=True, slots=True)
class _Names:
    """What the target of a constraint can be."""

    views: frozenset[str]
    sources: frozenset[str]


def with_checks(views: Views, spec: ExecutionSpec, aggregates: frozenset[str]) -> Views:
    """Return the views with one more for each constraint that is checked over staged rows, in an order that works.

    Raises:
        TreadleError: T3012 for a target or a condition that can't be, or views that wait for each other.
    """
    known = _Names(frozenset(views.by_name), frozenset(one.name for one in spec.sources))
    found = dict(views.by_name)
    checks: list[CheckView] = []
    for output in spec.outputs:
        for one in expectations_of(output):
            if one.kind == "row" or output.mode == "RESULT":
                continue
            made = _check_view(output, one, known, views[output.view].schema, aggregates, spec)
            found[made.name] = made
            checks.append(CheckView(made.name, output.view, one.name))
    if not checks:
        return views
    _refuse_circles(found, checks, spec)
    order = build_graph({name: view.reads() for name, view in found.items()}).order
    return replace(views, by_name=frozen(found), order=order, outputs=(*views.outputs, *(c.name for c in checks)), checks=tuple(checks))


def _check_view(
    output: OutputSpec, one: ExpectationSpec, known: _Names, schema: Schema, aggregates: frozenset[str], spec: ExecutionSpec
) -> PlannedView:
    from ..dialect import to_sql
    from ..dialect.nodes import Param

    view = output.view
    own: dict[str, ScanOrigin] = {staged(view): "staged", after(view): "after"}
    target = after(view) if one.target == view else one.target
    if target is not None and target not in (known.views | known.sources | set(own)):
        message = f"the constraint `{one.name}` of `{view}` refers to `{target}`, which is no view or source of the specification"
        raise error("T3012", message, spec._places.get(place_of(view, one.name)))
    tree = check_tree(one, view, aggregates, target)
    relations = {name: view for name in own} | ({target: target} if target in known.sources else {})
    reads = (target,) if target in known.views else ()
    name = f"{view} (check {one.name})"
    parameters = tuple(sorted({str(node.this.this) for node in find_all(tree, Param)}))
    text = to_sql(tree)
    planned = ViewSpec(name=name, sql=text, columns=(), depends_on=reads, reads=tuple(1 for _ in reads), parameters=parameters)
    source = Source(f"<constraint>/{one.name}.sql", text)
    made = PlannedView(planned, tree, Schema(()), source, frozen(relations), references(tree), tuple(nodes(tree)))
    return replace(made, staged=frozen(own), staged_schema=schema)


def _refuse_circles(views: Mapping[str, PlannedView], checks: Sequence[CheckView], spec: ExecutionSpec) -> None:
    """Refuse a constraint over a view that itself needs the table which waits for the constraint."""
    reads = {name: set(view.reads()) for name, view in views.items()}
    for check in checks:
        reads[check.output] |= set(views[check.name].reads())
    for cycle in build_graph(reads).cycles:
        at = next((c for c in checks if c.output in cycle), checks[0])
        message = f"views of the specification wait for each other in a circle: {' → '.join(f'`{n}`' for n in cycle)}"
        raise error("T3012", message, spec._places.get(place_of(at.output, at.constraint)), help="drop the constraint that closes it")
