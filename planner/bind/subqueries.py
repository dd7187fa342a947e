"""Owns queries in the bodies of scalar functions: how they move into a caller, whose queries are lowered as a whole later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from ...dialect.diagnostics import Label
from ...dialect.source import Span
from ...dialect.types_sql import type_node
from ..functions.macros import ARGUMENTS, Macro
from ..trees import table_name, walk_tables
from .context import Binding, add_relation


def inner_uses(body: exp.Expr) -> frozenset[str]:
    """Return the arguments that a bound body uses inside queries."""
    return frozenset(column.name for query in _outermost(body) for column in _arguments(query))


def _outermost(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the queries of an expression that stand in no other one."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Query):
            yield node
        else:
            waiting += node.iter_expressions()


def _arguments(tree: exp.Expr) -> list[exp.Column]:
    return [column for column in tree.find_all(exp.Column) if column.table == ARGUMENTS]


def without_arguments(tree: exp.Expr) -> exp.Expr:
    """Return a copy of a bound tree with typed nulls for arguments, by which the engine types it."""
    made = tree.copy()
    for column in _arguments(made):
        null = exp.Cast(this=exp.Null(), to=type_node(column.meta["type"]))
        null.meta.update(column.meta)
        column.replace(null)
    return made


def fenced_uses(body: exp.Expr) -> frozenset[str]:
    """Return the arguments that a bound body uses inside WITH or a subquery in FROM, which no column from outside reaches."""
    return frozenset(column.name for column in _arguments(body) if _is_fenced(column))


def _is_fenced(node: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None:
        in_from = isinstance(at, exp.Subquery | exp.Values) and isinstance(at.parent, exp.From | exp.Join) and at.arg_key == "this"
        if in_from or isinstance(at, exp.CTE):
            return True
        at = at.parent
    return False


def refuse_inside(binding: Binding, node: exp.Expr, macro: Macro, arguments: Mapping[str, exp.Expr]) -> None:
    """Report arguments that a body's queries can't take: aggregates and windows, which would be the query's own, fenced columns."""
    for parameter in sorted(macro.inside):
        argument, name = arguments[parameter], macro.signature.name
        place = next((part for part in argument.walk() if part.meta.get("span")), node)
        if _aggregated(binding, argument):
            message = f"`{name}` reads `{parameter}` inside a query, so it can't be an aggregate or window"
            binding.fail("T2072", message, place, help="compute it in a subquery first, and pass its column")
        elif parameter in macro.fenced and argument.find(exp.Column) is not None:
            message = f"`{name}` reads `{parameter}` inside WITH or a subquery in FROM, so it can't be a column"
            labels = (Label(macro.span, "move the condition out of there, to the query's own WHERE"),)
            binding.fail("T2072", message, place, help="pass a constant or a parameter", labels=labels)


def _aggregated(binding: Binding, node: exp.Expr) -> bool:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        known = binding.catalog.built_ins.get(str(part.name).lower()) if isinstance(part, exp.Anonymous) else None
        if isinstance(part, exp.Window) or (known is not None and known.kind in ("aggregate", "window")):
            return True
        waiting += [] if isinstance(part, exp.Query) else part.iter_expressions()
    return False


def move_in(binding: Binding, macro: Macro, tree: exp.Expr, span: Span) -> None:
    """Make what a body reads the caller's: sources under private names of its own, views as views that it reads."""
    for table, meant in list(walk_tables(tree)):
        if meant is not None:
            continue
        name = table_name(table)
        if name in macro.relations:
            source = binding.catalog.sources.bound[macro.relations[name]]
            table.set("this", exp.to_identifier(add_relation(binding, source, span), quoted=True))


def rename_apart(tree: exp.Expr, taken: Iterable[str]) -> None:
    """Give relations of a body other aliases than those that its arguments refer to, so that none of them is caught."""
    aliases = {str(one.this.this) for one in tree.find_all(exp.TableAlias) if one.this is not None and not isinstance(one.parent, exp.CTE)}
    used = aliases | set(taken)
    fresh: dict[str, str] = {}
    for alias in sorted(aliases & set(taken)):
        made = alias
        while made in used:
            made += "~"
        fresh[alias] = made
        used.add(made)
    for node in tree.find_all(exp.TableAlias, exp.Column) if fresh else ():
        if isinstance(node, exp.TableAlias) and not isinstance(node.parent, exp.CTE) and node.this is not None:
            node.this.set("this", fresh.get(str(node.this.this), node.this.this))
        elif isinstance(node, exp.Column) and node.table in fresh:
            node.set("table", exp.to_identifier(fresh[node.table], quoted=True))
