"""Owns folding: FROM and joins of a bound select packed into one derived table, and every mention of theirs renamed.

Also what names mean in a bound tree: which columns a tree takes from some relations, and which from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp

from ...dialect.types import DataType
from .columns import make_column
from .context import Binding

Named = tuple[str, exp.Expr]
"""An output column: its name and its expression."""


def relations(select: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the relations of a select's FROM and joins, those in brackets too."""
    from_ = select.args.get("from_")
    waiting = [*([from_.this] if from_ is not None else []), *(join.this for join in select.args.get("joins") or ())]
    while waiting:
        node = waiting.pop(0)
        bracketed = isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Query | exp.Values)
        if bracketed:
            waiting.append(node.this)
        else:
            yield node
        waiting += [join.this for join in node.args.get("joins") or ()]


def aliases(select: exp.Expr) -> frozenset[str]:
    """Return the names of a select's relations."""
    return frozenset(str(node.alias_or_name) for node in relations(select))


def mentions(tree: exp.Expr, names: frozenset[str]) -> Iterator[exp.Column]:
    """Yield the columns of a tree that mean relations of some names, which a select further in may hide.

    Args:
        tree: a select whose own relations have these names, or any other node.
        names: of the relations.
    """
    waiting: list[tuple[exp.Expr, frozenset[str]]] = [(tree, names)]
    while waiting:
        node, seen = waiting.pop()
        if isinstance(node, exp.Column):
            if node.table in seen:
                yield node
            continue
        if isinstance(node, exp.Select) and node is not tree:
            seen -= aliases(node)
        for value in reversed(node.args.values()):
            parts = reversed(value) if type(value) is list else (value,)
            waiting += [(one, seen) for one in parts if isinstance(one, exp.Expr)]


def outside(tree: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns of a query that mean relations outside of it."""
    waiting: list[tuple[exp.Expr, frozenset[str]]] = [(tree, frozenset())]
    while waiting:
        node, known = waiting.pop()
        if isinstance(node, exp.Column):
            if node.table and node.table not in known:
                yield node
            continue
        if isinstance(node, exp.Select):
            known |= aliases(node)
        for value in reversed(node.args.values()):
            parts = reversed(value) if type(value) is list else (value,)
            waiting += [(one, known) for one in parts if isinstance(one, exp.Expr)]


def fold(
    binding: Binding, select: exp.Select, count: int, extra: Sequence[tuple[str, Named]] = (), avoid: frozenset[str] = frozenset()
) -> str:
    """Pack a select's FROM and its first joins into a derived table in its place; return the table's name; see `fold_as`."""
    return fold_as(select, count, binding.fresh_alias(), extra, avoid)


def fold_as(
    select: exp.Select, count: int, alias: str, extra: Sequence[tuple[str, Named]] = (), avoid: frozenset[str] = frozenset()
) -> str:
    """Pack a select's FROM and its first joins into a derived table of some name in its place; return the name.

    Args:
        select: changed in place; its columns of what is packed are renamed, in subqueries too.
        count: how many joins are packed.
        alias: the derived table's name.
        extra: columns that the derived table makes itself, each as the relation and column that mean it, and its expression.
        avoid: names that no column of the derived table gets.
    """
    joins = list(select.args.get("joins") or ())
    inner = exp.Select(expressions=[], from_=select.args["from_"])
    inner.set("joins", joins[:count])
    packed = aliases(inner)
    select.set("joins", joins[count:])
    select.set("from_", None)
    taken: dict[tuple[str, str], str] = {}
    types: dict[tuple[str, str], DataType] = {}
    made = {(relation, name): value for relation, (name, value) in extra}
    mine = packed | {relation for relation, _ in made}
    for column in list(mentions(select, mine)):
        key = (column.table, column.name)
        name = taken.setdefault(key, _free(key, (*avoid, *taken.values())))
        if isinstance(column.meta.get("type"), DataType):
            types.setdefault(key, column.meta["type"])
        column.replace(make_column(alias, name, column, column.meta.get("type")))
    for key in made:
        taken.setdefault(key, _free(key, (*avoid, *taken.values())))
    items = [_aliased(name, made.get(key) or make_column(*key, inner, types.get(key))) for key, name in taken.items()]
    inner.set("expressions", items or [_aliased("one", exp.Literal.number(1))])
    derived = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    select.set("from_", exp.From(this=derived))
    return alias


def _free(key: tuple[str, str], taken: Iterable[str]) -> str:
    used = {name.lower() for name in taken}
    wanted = key[1]
    if wanted.lower() in used:
        wanted = f"{key[0]}_{key[1]}"
    name, at = wanted, 1
    while name.lower() in used:
        at += 1
        name = f"{wanted}_{at}"
    return name


def _aliased(name: str, value: exp.Expr) -> exp.Expr:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))
