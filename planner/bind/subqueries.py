"""Owns subqueries in the bodies of scalar functions: what the engine can compute of them for columns, and how they move into a caller.

The engine takes a subquery that depends on a row apart only when it is one aggregate over rows
found by `column = something of the row` (measured); anything else is refused where it is written
or called. EXISTS becomes a count, which it computes wherever a value may stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from ...dialect.diagnostics import Label
from ...dialect.source import Span
from ..functions.macros import ARGUMENTS, Macro
from ..trees import table_name, walk_tables
from .columns import copy_place
from .context import Binding, add_relation

SHAPES = ("group", "having", "qualify", "distinct", "limit", "offset", "order", "with_", "windows")
CODE = "T2072"


def settle(binding: Binding, name: str, body: exp.Expr) -> exp.Expr:
    """Turn EXISTS in a bound body into counts; report what can't be computed of any row, each at its place."""
    holder = exp.Paren(this=body)
    for node in [one for one in holder.find_all(exp.Exists) if not _is_nested(one)]:
        query = _inner(node.this)
        if isinstance(query, exp.Select) and not any(query.args.get(key) for key in SHAPES) and not _aggregates(binding, query):
            node.replace(_counted(query, node))
        else:
            help_ = "leave GROUP BY, LIMIT, aggregates and their like out of it: it asks for any row"
            binding.fail(CODE, f"EXISTS in the function `{name}` is more than a SELECT with a condition", node, help=help_)
    for compared in (one for one in holder.find_all(exp.In, exp.Any, exp.All) if not _is_nested(one)):
        if isinstance(compared.args.get("query") or _inner(compared.this), exp.Query):
            message = f"the function `{name}` compares with the rows of a query, which the engine does in WHERE only"
            binding.fail(CODE, message, compared, help="write EXISTS (SELECT 1 FROM … WHERE column = value)")
    for query in _outermost(holder):
        select = _inner(query)
        aggregated = isinstance(select, exp.Select) and _aggregates(binding, select)
        if _arguments(query) and not aggregated:
            help_ = "aggregate it: max(x), any_value(x), count(*)"
            binding.fail(CODE, f"the query in the function `{name}` may give several rows for one argument", query, help=help_)
    settled: exp.Expr = holder.this
    return settled


def _is_nested(node: exp.Expr) -> bool:
    """Say whether a node stands in a subquery of the body, where it is no value of the function's."""
    at = node.parent
    while at is not None and not isinstance(at, exp.Query):
        at = at.parent
    return at is not None


def _inner(node: exp.Expr | None) -> exp.Expr | None:
    while isinstance(node, (exp.Subquery, exp.Paren)) and not node.args.get("alias"):
        node = node.this
    return node


def _counted(query: exp.Select, exists: exp.Expr) -> exp.Expr:
    count = exp.Anonymous(this="count", expressions=[exp.Star()])
    query.set("expressions", [exp.Alias(this=count, alias=exp.to_identifier("rows", quoted=True))])
    made = exp.Paren(this=exp.GT(this=exp.Subquery(this=query), expression=exp.Literal.number(0)))
    for node in (made, made.this, made.this.this, made.this.expression, count):
        copy_place(node, exists)
    return made


def _outermost(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the subqueries of an expression that stand in no other one."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Query):
            yield node
        else:
            waiting += [part for part in node.iter_expressions()]


def _arguments(tree: exp.Expr) -> list[exp.Column]:
    return [column for column in tree.find_all(exp.Column) if column.table == ARGUMENTS]


def _aggregates(binding: Binding, select: exp.Select) -> bool:
    built_ins = binding.catalog.built_ins
    calls = (str(call.name).lower() for item in select.expressions for call in item.find_all(exp.Anonymous))
    return not select.args.get("group") and any(name in built_ins and built_ins[name].kind == "aggregate" for name in calls)


def inner_uses(binding: Binding, body: exp.Expr) -> dict[str, Span | None]:
    """Return the arguments that a settled body uses inside subqueries, with the place of a use that wants a constant, else None."""
    found: dict[str, Span | None] = {}
    for query in _outermost(body):
        select = _inner(query)
        plain = isinstance(select, exp.Select) and not any(select.args.get(key) for key in SHAPES)
        fine = {id(column) for column in _matched(select)} if plain and isinstance(select, exp.Select) else set()
        for column in _arguments(query):
            if id(column) not in fine:
                found[column.name] = binding.span(column)
            else:
                found.setdefault(column.name, None)
    return found


def _matched(select: exp.Select) -> Iterator[exp.Column]:
    """Yield the arguments in conjuncts `column = something of arguments alone` of WHERE."""
    where = select.args.get("where")
    waiting = [where.this] if where is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Paren):
            waiting.append(node.this)
        elif isinstance(node, exp.And):
            waiting += [node.left, node.right]
        elif isinstance(node, exp.EQ):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                columns = list(other.find_all(exp.Column))
                alone = columns and all(c.table == ARGUMENTS for c in columns) and other.find(exp.Query) is None
                if isinstance(one, exp.Column) and one.table != ARGUMENTS and alone:
                    yield from columns


def refuse_columns(binding: Binding, node: exp.Expr, macro: Macro, arguments: Mapping[str, exp.Expr]) -> None:
    """Report arguments of a call that its subqueries can't take."""
    name = macro.signature.name
    dependent = [parameter for parameter in macro.inside if arguments[parameter].find(exp.Column) is not None]
    for parameter in dependent:
        argument, place = arguments[parameter], macro.inside[parameter]
        if argument.find(exp.Query) is not None or _aggregated(binding, argument):
            what = "a subquery" if argument.find(exp.Query) is not None else "an aggregate or window"
            message = f"the argument `{parameter}` of `{name}` is read inside its query, and can't be {what}"
            binding.fail(CODE, message, _placed(argument, node), help="compute it in a subquery first, and pass its column")
        elif place is not None:
            message = f"the argument `{parameter}` of `{name}` can't be a column: the engine finds rows by `column = {parameter}` alone"
            labels = (Label(place, f"`{parameter}` is used in another way here"),)
            binding.fail(
                CODE, message, argument, help="pass a constant or a parameter, or join with what the function reads", labels=labels
            )
    where = _where(binding, node) if dependent else None
    if where is not None:
        message = f"`{name}` reads rows of a query for each row, which the engine can't do inside {where}"
        binding.fail(CODE, message, node, help="compute it in a subquery first, and use its column")


def _placed(argument: exp.Expr, call: exp.Expr) -> exp.Expr:
    """Return the outermost part of an argument that has a place, else the call."""
    return next((part for part in argument.walk() if part.meta.get("span")), call)


def _aggregated(binding: Binding, node: exp.Expr) -> bool:
    built_ins = binding.catalog.built_ins
    names = (str(call.name).lower() for call in node.find_all(exp.Anonymous))
    return node.find(exp.Window) is not None or any(n in built_ins and built_ins[n].kind in ("aggregate", "window") for n in names)


def _where(binding: Binding, node: exp.Expr) -> str | None:
    """Return in words what stands around a call where the engine takes no subquery that depends on the row, else None."""
    at = node.parent
    while at is not None and not isinstance(at, exp.Query):
        if isinstance(at, exp.Anonymous):
            known = binding.catalog.built_ins.get(str(at.name).lower())
            if known is not None and known.kind in ("aggregate", "window"):
                return f"`{str(at.name).lower()}(…)`"
        for kind, words in CLAUSES.items():
            if isinstance(at, kind):
                return words
        at = at.parent
    return None


CLAUSES: Mapping[type[exp.Expr], str] = {
    exp.Join: "the condition of a join",
    exp.Group: "GROUP BY",
    exp.Order: "ORDER BY",
    exp.Having: "HAVING",
    exp.Qualify: "QUALIFY",
    exp.Window: "a window",
    exp.Filter: "FILTER",
}


def move_in(binding: Binding, macro: Macro, tree: exp.Expr, span: Span) -> None:
    """Make what a body reads the caller's: sources under private names of its own, views as views that it reads."""
    for table, meant in list(walk_tables(tree)):
        if meant is not None:
            continue
        name = table_name(table)
        if name in macro.relations:
            source = binding.catalog.sources.bound[macro.relations[name]]
            table.set("this", exp.to_identifier(add_relation(binding, source, span), quoted=True))
        else:
            binding.reads[name] += 1


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
    if not fresh:
        return
    for node in tree.find_all(exp.TableAlias, exp.Column):
        if isinstance(node, exp.TableAlias) and not isinstance(node.parent, exp.CTE) and node.this is not None:
            node.this.set("this", fresh.get(str(node.this.this), node.this.this))
        elif isinstance(node, exp.Column) and node.table in fresh:
            node.set("table", exp.to_identifier(fresh[node.table], quoted=True))
