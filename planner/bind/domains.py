"""Owns the domain of a subquery, the distinct values that it takes from outside, and pushing it into the query.

The domain joins the query's FROM, and stands in its groups, partitions and columns; so one query gives for all values
at once what the subquery gives for each (Neumann and Kemper, "Unnesting Arbitrary Queries", 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from ...dialect.diagnostics import Problems, TreadleError
from ...dialect.nodes import clone
from ...dialect.types import DataType
from ...dialect.types_sql import type_node
from ..ports import EngineRefusal
from .columns import make_column
from .context import Binding
from .correlation import conjuncts
from .engine_text import engine_text
from .folding import aliases, fold
from .refusals import unavailable
from .repeatable import is_volatile, unstable_views

AS_JOIN = "write it as a join, or compute it in a view of its own"
STEADY = "make a view of the rows that are chosen: it is computed once; or let windows order by all columns beside them"
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Domain:
    """The distinct values of some columns of a select.

    Args:
        query: gives them, one column for each.
        columns: relation and name of each column in the select.
        names: the columns' names in `query`.
        types: of the columns, where they are known.
    """

    query: exp.Select
    columns: tuple[Key, ...]
    names: tuple[str, ...]
    types: tuple[DataType | None, ...]

    def joined(self, keys: Sequence[exp.Expr], place: exp.Expr) -> exp.Expr:
        """Return the condition that the columns in the select have the values of some key columns."""
        return same_values([make_column(*key, place, None) for key in self.columns], keys, self.types)

    def relation(self, alias: str) -> exp.Subquery:
        """Return the domain as a derived table."""
        return exp.Subquery(this=clone(self.query), alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def domain_of(binding: Binding, select: exp.Select, taken: list[exp.Column], at: exp.Expr, count: int | None = None) -> Domain | None:
    """Return the domain of columns that a subquery takes from a select; None after refusing.

    Args:
        binding: what is bound.
        select: the select around.
        taken: the columns, as the subquery names them.
        at: the place to name.
        count: how many of the joins are before the subquery; all without it.
    """
    keys = tuple(dict.fromkeys((c.table, c.name) for c in taken))
    joins = list(select.args.get("joins") or ())[:count]
    first = select.args["from_"].this
    owners = {table for table, _ in keys}
    outer = any(str(join.args.get("side") or "").upper() in ("RIGHT", "FULL") for join in joins)
    simple = [first, *(join.this for join in joins if str(join.args.get("side") or "") == "")]
    alone = [node for node in simple if {str(node.alias_or_name)} == owners]
    made = exp.Select(distinct=exp.Distinct())
    if alone and not outer and not alone[0].args.get("joins"):
        made.set("from_", exp.From(this=clone(alone[0])))
    else:
        made.set("from_", exp.From(this=clone(first)))
        made.set("joins", [clone(join) for join in (joins if outer else _needed(joins, owners))])
    if not _is_steady(binding, made, select, at):
        return None
    known = aliases(made)
    if tests := [clone(one) for one in conjuncts(select.args.get("where")) if _is_local(binding, one, known)]:
        made.set("where", exp.Where(this=exp.and_(*tests, copy=False)))
    names = tuple(f"value_{n}" for n in range(1, len(keys) + 1))
    types = {(c.table, c.name): c.meta.get("type") for c in taken}
    items = [
        exp.Alias(this=make_column(*key, at, types[key]), alias=exp.to_identifier(n, quoted=True))
        for key, n in zip(keys, names, strict=True)
    ]
    made.set("expressions", items)
    known_types = tuple(types[key] for key in keys)
    return Domain(made, keys, names, known_types if all(known_types) else _types(binding, made, len(keys)))


def _is_steady(binding: Binding, made: exp.Select, select: exp.Select, at: exp.Expr) -> bool:
    """Say whether a domain reads the rows that the select around reads, computing views once for it; refuse it where not."""
    unstable = unstable_views(binding, made, select.root())
    if unstable is None:
        detail = "a subquery over rows that are read twice, and that LIMIT, rows alike or a volatile function may change in between"
        unavailable(binding, at, "sql.correlated_subquery", detail, STEADY)
        return False
    binding.catalog.once.update(unstable)
    return True


def _types(binding: Binding, query: exp.Select, count: int) -> tuple[DataType | None, ...]:
    """Return the types of a query's columns from the engine; None each where it can't tell."""
    from .functions import finish_sums
    from .lowering import lower_queries

    made = clone(query)
    if binding.ctes:
        made.set("with_", exp.With(expressions=[clone(cte) for cte in binding.ctes], recursive=binding.recursive))
    lower_queries(replace(binding, problems=Problems()), made)
    finish_sums(made)
    try:
        text, values = engine_text(made, binding.catalog.parameters, binding.catalog.values)
        return tuple(field.type for field in binding.catalog.engine_oracle.schema(text, values).fields)
    except (EngineRefusal, TreadleError):
        return (None,) * count


def _needed(joins: list[exp.Join], owners: set[str]) -> list[exp.Join]:
    """Return the joins that some relations need; those left out could only take values away, or repeat them."""
    kept: list[exp.Join] = []
    wanted = set(owners)
    for join in reversed(joins):
        mine = aliases(exp.Select(from_=exp.From(this=clone(join.this))))
        if mine & wanted:
            kept.insert(0, join)
            wanted |= {column.table for column in join.find_all(exp.Column)}
    return kept


def _is_local(binding: Binding, node: exp.Expr, known: frozenset[str]) -> bool:
    if node.find(exp.Query) is not None or is_volatile(binding, node):
        return False
    columns = list(node.find_all(exp.Column))
    return bool(columns) and all(column.table in known for column in columns)


def same_values(one: Sequence[exp.Expr], other: Sequence[exp.Expr], types: Sequence[DataType | None]) -> exp.Expr:
    """Return the condition that two lists of values of the same types are equal, NULL equal to NULL."""
    return exp.and_(*(same_value(left, right, of, of) for left, right, of in zip(one, other, types, strict=True)), copy=False)


def same_value(left: exp.Expr, right: exp.Expr, left_type: DataType | None, right_type: DataType | None) -> exp.Expr:
    """Return the condition that two values of one type, or two numbers, are equal, NULL equal to NULL; it is never NULL.

    Not IS NOT DISTINCT FROM: as soon as one of neighbouring inner joins, or a condition of WHERE over them, is such,
    the engine takes every equality there for one. Lists of one NULL are equal.
    """
    values = instead_of_null(left_type), instead_of_null(right_type)
    if None in values:
        lists = (exp.Anonymous(this="make_array", expressions=[side]) for side in (left, right))
        return exp.EQ(this=next(lists), expression=next(lists))
    sides = tuple(zip((left, right), values, strict=True))
    filled = (exp.Anonymous(this="coalesce", expressions=[side, value]) for side, value in sides)
    nulls = (exp.Paren(this=exp.Is(this=exp.Paren(this=side.copy()), expression=exp.Null())) for side in (left, right))
    same = exp.EQ(this=next(filled), expression=next(filled))
    return exp.and_(same, exp.EQ(this=next(nulls), expression=next(nulls)), copy=False)


def instead_of_null(type_: DataType | None) -> exp.Expr | None:
    """Return some value of a type, or None for types without a plain one."""
    if type_ is None:
        return None
    if type_.is_number:
        return exp.Cast(this=exp.Literal.number(0), to=type_node(type_))
    texts = {"VARCHAR": "", "DATE": "1970-01-01", "TIMESTAMP": "1970-01-01 00:00:00", "TIME": "00:00:00"}
    if type_.name == "BOOLEAN":
        return exp.false()
    if type_.name not in texts:
        return None
    return exp.Cast(this=exp.Literal.string(texts[type_.name]), to=type_node(type_))


def is_tangled(select: exp.Select) -> bool:
    """Say whether FROM has commas beside RIGHT and FULL joins, which are about the tables behind the comma alone."""
    joins = select.args.get("joins") or ()
    return bool(_commas(joins)) and any(str(j.args.get("side") or "").upper() in ("RIGHT", "FULL") for j in joins)


def _commas(joins: Sequence[exp.Expr]) -> list[exp.Expr]:
    return [j for j in joins if not any(j.args.get(k) for k in ("kind", "side", "method", "on", "using"))]


def untangle(binding: Binding, select: exp.Select) -> None:
    """Turn the commas of FROM into cross joins, so that a join behind them may speak of all relations; in place."""
    joins = select.args.get("joins") or ()
    if is_tangled(select):
        fold(binding, select, len(joins))
        return
    for join in _commas(joins):
        join.set("kind", "CROSS")


def take(select: exp.Expr, domain: Domain, alias: str, taken: list[exp.Column]) -> None:
    """Let columns from outside mean the domain under an alias, in place."""
    names = dict(zip(domain.columns, domain.names, strict=True))
    for column in taken:
        made = make_column(alias, names[column.table, column.name], column, column.meta.get("type"))
        column.replace(made)
