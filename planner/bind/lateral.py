"""Owns relations of FROM that may read those before them: UNNEST, LATERAL, LATERAL VIEW, series over columns.

Every list form becomes one node, `UNNEST(list, …) AS u(x, …)` with a name for each list: WITH ORDINALITY and
`posexplode` are one more list, of numbers; a map is the lists of its keys and values. `planner/bind/unnesting.py`
lowers the node, `planner/bind/decorrelate.py` lowers LATERAL subqueries.
"""

from __future__ import annotations

from sqlglot import exp

from ...dialect.diagnostics import counted, did_you_mean
from ...dialect.nodes import clone
from ...dialect.types import BIGINT
from ...dialect.types_sql import type_node
from .columns import copy_place
from .context import Binding
from .infer import infer
from .probe import probe_type
from .query import bind_query, rename_columns
from .scope import Column, Scope

Columns = tuple[Column, ...] | None
SERIES = frozenset({"generate_series", "range"})
EXPLODING = {"explode": False, "explode_outer": True, "posexplode": False, "posexplode_outer": True, "unnest": False}
"""Functions of LATERAL VIEW, with whether they keep rows without elements."""


def is_lateral(node: exp.Expr) -> bool:
    """Say whether a relation may read the relations before it."""
    if isinstance(node, (exp.Unnest, exp.Lateral)):
        return True
    call = node.this if isinstance(node, exp.Table) else None
    if not isinstance(call, exp.Anonymous) or str(call.this).lower() not in SERIES:
        return False
    return bool(node.args.get("ordinality")) or call.find(exp.Column) is not None


def view_joins(select: exp.Select) -> None:
    """Turn the LATERAL VIEWs of a select into joins, in place."""
    for lateral in select.args.get("laterals") or ():
        call = lateral.this
        outer = bool(lateral.args.get("outer")) or EXPLODING.get(str(call.name).lower(), False)
        made = exp.Join(this=lateral, side="LEFT", on=exp.true()) if outer else exp.Join(this=lateral, kind="CROSS")
        copy_place(made, lateral)
        select.append("joins", made)
    select.set("laterals", None)


def bind_lateral(binding: Binding, node: exp.Expr, scope: Scope) -> tuple[exp.Expr, Columns]:
    """Return the bound relation and its columns under the names of its alias."""
    alias = node.args.get("alias")
    inner = node.this if isinstance(node, exp.Lateral) else node
    if isinstance(inner, exp.Subquery):
        query, columns = bind_query(binding, inner.this, scope)
        inner.set("this", query)
        return node, rename_columns(binding, columns, alias)
    ordinality = bool(node.args.get("ordinality"))
    if isinstance(inner, exp.Unnest):
        written, names = list(inner.expressions), ["unnest"] * len(inner.expressions)
        ordinality = ordinality or bool(inner.args.get("offset"))
        alias = alias or inner.args.get("alias")
    else:
        call = inner.this if isinstance(inner, exp.Table) else inner
        if not isinstance(call, exp.Anonymous) or str(call.this).lower() not in (*SERIES, *EXPLODING):
            _refuse_call(binding, call)
            return node, None
        written, names = ([call], ["value"]) if str(call.this).lower() in SERIES else (list(call.expressions), ["col"])
    lists = _lists(binding, written, names, scope)
    if lists is None:
        return node, None
    if not isinstance(inner, exp.Unnest) and str(inner.name).lower().startswith("posexplode"):
        lists.insert(0, (_numbers(lists, 0), Column("pos", BIGINT)))
    if ordinality:
        lists.append((_numbers(lists, 1), Column("ordinality", BIGINT)))
    return _unnest(binding, node, alias, lists)


def _refuse_call(binding: Binding, call: exp.Expr) -> None:
    name = str(call.name)
    help_ = did_you_mean(name, (*EXPLODING, *SERIES)) or "write UNNEST(list), or LATERAL (SELECT …)"
    binding.fail("T2064", f"`{name}` gives no rows that LATERAL can read", call, help=help_)


Lists = list[tuple[exp.Expr, Column]]


def _lists(binding: Binding, written: list[exp.Expr], names: list[str], scope: Scope) -> Lists | None:
    """Bind what is unnested; None after reporting what is no list."""
    from .expressions import bind_expression

    found: Lists = []
    before = len(binding.problems.errors)
    for node, name in zip(written, names, strict=False):
        place = node
        bound = bind_expression(binding, node, scope)
        type_ = infer(bound) or probe_type(binding, bound, scope)
        if type_ is not None and type_.name == "MAP":
            keys, values = type_.fields
            found.append((_call("map_keys", bound), Column("key", keys.type)))
            found.append((_call("map_values", clone(bound)), Column("value", values.type)))
            continue
        if type_ is not None and type_.name != "LIST":
            help_ = "write [value] for a list of one" + (", or `.*` behind the struct" if type_.name == "STRUCT" else "")
            binding.fail("T2064", f"only a list can be unnested, this is {type_}", place, help=help_)
            continue
        found.append((bound, Column(name, type_.fields[0].type if type_ is not None else None)))
    return found if found and len(binding.problems.errors) == before else None


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    made = exp.Anonymous(this=name, expressions=list(arguments))
    copy_place(made, arguments[0])
    return made


def length(value: exp.Expr) -> exp.Expr:
    """Return the number of a list's elements, 0 for NULL."""
    counted_ = exp.Cast(this=_call("array_length", value), to=type_node(BIGINT))
    return exp.Anonymous(this="coalesce", expressions=[counted_, exp.Literal.number(0)])


def _numbers(lists: Lists, start: int) -> exp.Expr:
    """Return the list of the positions of the longest of some lists, from a number on."""
    lengths = [length(clone(one)) for one, _ in lists]
    longest = lengths[0] if len(lengths) == 1 else exp.Anonymous(this="greatest", expressions=lengths)
    last = longest if start == 1 else exp.Sub(this=longest, expression=exp.Literal.number(1))
    made = exp.Anonymous(this="generate_series", expressions=[exp.Literal.number(start), last])
    copy_place(made, lists[0][0])
    return made


def _unnest(binding: Binding, node: exp.Expr, alias: exp.Expr | None, lists: Lists) -> tuple[exp.Expr, Columns]:
    given = list(alias.args.get("columns") or ()) if isinstance(alias, exp.TableAlias) else []
    names = [str((one if isinstance(one, exp.Identifier) else one.find(exp.Identifier)).this) for one in given]
    columns = [column for _, column in lists]
    if len(names) == 1 and len(lists) == 2 and columns[1].name == "ordinality":
        names.append("ordinality")
    if names and len(names) != len(lists):
        message = f"{counted(len(names), 'column name')} for {counted(len(lists), 'column')}"
        binding.fail("T2013", message, given[0], help="name every column, or none")
        return node, None
    columns = [Column(name, column.type) for name, column in zip(names or _distinct(columns), columns, strict=True)]
    listed = [exp.to_identifier(column.name, quoted=True) for column in columns]
    called = alias.this if isinstance(alias, exp.TableAlias) else None
    made = exp.Unnest(expressions=[one for one, _ in lists], alias=exp.TableAlias(this=called, columns=listed))
    copy_place(made, node)
    return made, tuple(columns)


def _distinct(columns: list[Column]) -> list[str]:
    """Return the names of columns, numbered where one is there twice."""
    names = [column.name for column in columns]
    return [name if names.count(name) == 1 else f"{name}_{at}" for at, name in enumerate(names, start=1)]
