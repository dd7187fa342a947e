"""Owns binding of one view from its statement to a `BoundView`: names, then types from the engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError, did_you_mean
from ...dialect.nodes import Param, clone
from ...dialect.statements.base import Name
from ...dialect.statements.materialized_view import MaterializedViewStatement
from ...dialect.types import Schema
from ..functions.packs import arrow_functions
from ..ports import EngineRefusal
from ..project import BoundExpectation, BoundView
from ..trees import references
from .by_name import match_by_name
from .constant_keys import drop_constant_keys
from .context import Binding, Catalog
from .early import type_early
from .engine_text import engine_text
from .expectations import bind_expectations
from .expressions import bind_expression
from .functions import finish_sums
from .locate import report_refusal
from .lowering import lower_queries
from .names import AnyView
from .python_functions import refuse_python
from .query import Columns, bind_query
from .refusals import unavailable
from .scope import Column, Relation, Scope


@dataclass(frozen=True, slots=True)
class Target:
    """What a materialised view says of its table, bound."""

    partition_by: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    replace_where: exp.Expr | None = None
    expectations: tuple[BoundExpectation, ...] = ()


def bind_view(catalog: Catalog, name: str, statement: AnyView, problems: Problems) -> BoundView | None:
    """Return the bound view, or None; everything wrong in it goes to `problems`."""
    binding = Binding(name, statement.span.source, catalog)
    holder, columns = bind_held(binding, statement.query.tree)
    schema = type_held(binding, holder) if columns is not None else None
    target = Target()
    if schema is not None and isinstance(statement, MaterializedViewStatement):
        target = _bind_target(binding, holder.this, statement, schema)
    problems.add(*binding.problems)
    if schema is None or binding.problems.errors:
        return None
    top = holder.this
    top.pop()
    reads = Counter(one.name for one in references(top) if one.name in catalog.views)
    return BoundView(
        name=name, tree=top, schema=schema, depends_on=tuple(sorted(reads)),
        reads=tuple(reads[one] for one in sorted(reads)), relations=tuple(binding.relations),
        parameters=tuple(sorted(binding.parameters)), statement=statement, functions=tuple(sorted(binding.functions)),
        volatile=binding.volatile, partition_by=target.partition_by, key=target.key, replace_where=target.replace_where,
        expectations=target.expectations,
    )  # fmt: skip


def bind_held(binding: Binding, query: exp.Query) -> tuple[exp.Subquery, Columns]:
    """Return a bound copy of a query inside brackets, so that it can be changed as a whole, and its columns."""
    tree = clone(query)
    holder = exp.Subquery(this=tree)
    bound, columns = bind_query(binding, tree, None)
    holder.set("this", bound)
    return holder, columns


def type_held(binding: Binding, holder: exp.Subquery) -> Schema | None:
    """Finish a bound query in place and return its columns from the engine; None when something in it is wrong or unknown."""
    if binding.problems.errors or binding.doubtful:
        return None
    match_by_name(binding, holder)
    lower_queries(binding, holder)
    drop_constant_keys(binding, holder)
    type_early(binding, holder)
    finish_sums(holder)
    return _type(binding, holder.this) if not binding.problems.errors else None


def _type(binding: Binding, tree: exp.Expr) -> Schema | None:
    try:
        text, values = engine_text(tree, binding.catalog.parameters, binding.catalog.values, binding.source)
        return binding.catalog.engine_oracle.schema(text, values)
    except EngineRefusal as refusal:
        report_refusal(binding, tree, refusal)
    except TreadleError as problem:
        binding.problems.catch(problem)
    return None


def _bind_target(binding: Binding, tree: exp.Expr, statement: MaterializedViewStatement, schema: Schema) -> Target:
    """Bind what a materialised view says of its table; every output column needs a name that was chosen."""
    first = tree
    while not isinstance(first, exp.Select) and isinstance(first.args.get("this"), exp.Expr):
        first = first.this
    for item in first.expressions if isinstance(first, exp.Select) else []:
        if item.meta.get("named") is False:
            binding.fail("T2046", "a column of a materialised view needs a name of its own", item, help="write … AS name")
    key = statement.primary_key.columns if statement.primary_key else ()
    partition_by = [real_column(binding, c, schema, statement) for c in statement.partition_by]
    keys = [real_column(binding, c, schema, statement) for c in key]
    return Target(
        tuple(c for c in partition_by if c),
        tuple(c for c in keys if c),
        _replace_where(binding, statement, schema),
        bind_expectations(binding, statement, schema),
    )


def _replace_where(binding: Binding, statement: MaterializedViewStatement, schema: Schema) -> exp.Expr | None:
    if statement.replace_where is None:
        return None
    columns = tuple(Column(f.name, f.type) for f in schema)
    scope = Scope(relations=[Relation(statement.name.text, columns, statement.name.span)])
    bound = bind_expression(binding, statement.replace_where.tree.copy(), scope)
    refuse_python(binding, bound, "REPLACE WHERE")
    own = next((one for one in bound.find_all(exp.Anonymous) if str(one.name) in arrow_functions()), None)
    if own is not None:
        detail = "REPLACE WHERE is read by the Delta library too, which has none of treadle's own functions"
        unavailable(
            binding, own, "sql.replace_where_function", detail, "compute it in a column of the view, and write the condition over that"
        )
    query = bound.find(exp.Query)
    if query is not None:
        help_ = "write a condition over the table's own columns, with constants and parameters"
        binding.fail("T2073", "REPLACE WHERE reads a query; a commit's condition is about its own rows", query, help=help_)
    for column in bound.find_all(exp.Column):
        column.set("table", None)
    for param in bound.find_all(Param):
        declared = binding.catalog.parameters.get(str(param.name).lower())
        if declared is not None and declared.secret:
            message = f"the secret parameter `{declared.name}` can't be part of REPLACE WHERE"
            binding.fail("T2106", message, param, help="the table's log keeps the condition of every commit")
    return bound


def real_column(binding: Binding, name: Name, schema: Schema, statement: MaterializedViewStatement) -> str | None:
    """Return the output column that a clause names, or None after reporting that there is none."""
    found = [c for c in schema.names if name.matches(c)]
    if len(found) == 1:
        return found[0]
    help_ = did_you_mean(name.text, schema.names) or "its columns are " + ", ".join(f"`{n}`" for n in schema.names[:8])
    binding.fail("T2001", f"`{statement.name.text}` has no column `{name.text}`", name.span, help=help_)
    return None
