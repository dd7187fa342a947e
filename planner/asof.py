"""Owns the plain meaning of ASOF joins, as a join that the engine has: every row of the right side holds from its time to the next one's.

In: bound trees with ASOF joins in the form of `planner/bind/asof.py`. Out: the same trees, with a derived table in place
of each right side that says when the next row of its group comes, and that time as one more condition. So each row of the
left side meets one row at most. It is exact on any data, and slow within large groups; the planner `asof` is quick there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ..dialect.nodes import Match, clone
from ..dialect.walk import find_all

NEXT = "next~"
_BEFORE: dict[type[exp.Expr], type[exp.Binary]] = {exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT, exp.LT: exp.GTE}


@dataclass(frozen=True, slots=True)
class AsofJoin:
    """The parts of a bound ASOF join.

    Args:
        join: its node.
        main: the inequality that decides, the left side first.
        within: conditions on the distance, which may drop a match.
        keys: equalities, the left side first.
        order: which of several right rows at one time is taken: the first in this order.
    """

    join: exp.Join
    main: exp.Expr
    within: tuple[exp.Expr, ...]
    keys: tuple[exp.Expr, ...]
    order: tuple[exp.Ordered, ...]

    @property
    def alias(self) -> str:
        """Return the name of the right side."""
        return str(self.join.this.alias_or_name)

    @property
    def descends(self) -> bool:
        """Say whether the match is the nearest row from above, so that a row's next one is the next lower."""
        return isinstance(self.main, exp.LTE | exp.LT)


def asof_joins(tree: exp.Expr) -> list[AsofJoin]:
    """Return the ASOF joins of a bound tree, outer ones first."""
    return [read_asof(join) for join in find_all(tree, exp.Join) if join.args.get("method") == "ASOF"]


def read_asof(join: exp.Join) -> AsofJoin:
    """Return the parts of a bound ASOF join."""
    match = join.args["match_condition"]
    assert isinstance(match, Match)
    main, *within = _conjuncts(match.this)
    order = match.args.get("order")
    return AsofJoin(
        join, main, tuple(within), tuple(_conjuncts(join.args.get("on"))), tuple(order.expressions if order is not None else ())
    )


def _conjuncts(tree: exp.Expr | None) -> Iterator[exp.Expr]:
    waiting = [tree] if tree is not None else []
    while waiting:
        node = waiting.pop(0)
        bare = node.this if isinstance(node, exp.Paren) else node
        if isinstance(bare, exp.And):
            waiting[:0] = [bare.this, bare.expression]
        else:
            yield bare


def lower_asof(tree: exp.Expr) -> None:
    """Put plain joins in place of the ASOF joins of a bound tree, in place."""
    from .bind.folding import mentions  # that package types its trees by way of this file

    for one in asof_joins(tree):
        select = one.join.find_ancestor(exp.Select)
        assert select is not None
        read = list(dict.fromkeys(column.name for column in mentions(select, frozenset({one.alias}))))
        marked = spans(one, read, free_name(NEXT, read))
        one.join.set("this", marked)
        _settle(one, exp.column(exp.to_identifier(free_name(NEXT, read), quoted=True), exp.to_identifier(one.alias, quoted=True)))


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """Return a name that none of some columns has, in whatever case.

    >>> free_name("next~", ["a", "NEXT~"])
    'next~~'
    """
    used = {name.lower() for name in taken}
    while wanted in used:
        wanted += "~"
    return wanted


def spans(one: AsofJoin, columns: Sequence[str], next_name: str) -> exp.Subquery:
    """Return the right side with the columns that are read and the time of the next row of its group.

    Rows without a time or a key are left out: they match nothing.
    """
    values = [one.main.expression, *(key.expression for key in one.keys)]
    items = [_named(_column(one.alias, name), name) for name in columns]
    items.append(_named(_next(one), next_name))
    present = [exp.Not(this=exp.Is(this=exp.Paren(this=clone(value)), expression=exp.Null())) for value in values]
    made = exp.Select(expressions=items, from_=exp.From(this=one.join.this), where=exp.Where(this=exp.and_(*present, copy=False)))
    return exp.Subquery(this=made, alias=exp.TableAlias(this=exp.to_identifier(one.alias, quoted=True)))


def _next(one: AsofJoin) -> exp.Expr:
    """Return the time of the row behind in its group; of several at one time the one that is taken comes last."""
    time = exp.Ordered(this=clone(one.main.expression), desc=one.descends, nulls_first=False)
    ties = [exp.Ordered(this=clone(o.this), desc=not o.args.get("desc"), nulls_first=not o.args.get("nulls_first")) for o in one.order]
    call = exp.Anonymous(this="lead", expressions=[clone(one.main.expression)])
    groups = [clone(key.expression) for key in one.keys]
    return exp.Window(this=call, partition_by=groups, order=exp.Order(expressions=[time, *ties]), over="OVER")


def _settle(one: AsofJoin, following: exp.Expr) -> None:
    """Make a plain join of an ASOF join whose right side has the time of the next row, in place."""
    last = exp.Is(this=following, expression=exp.Null())
    before = _BEFORE[type(one.main)](this=clone(one.main.this), expression=clone(following))
    conditions = [*one.keys, one.main, exp.Paren(this=exp.or_(last, before, copy=False)), *one.within]
    one.join.set("method", None)
    one.join.set("match_condition", None)
    one.join.set("on", exp.and_(*conditions, copy=False))


def _column(alias: str, name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True))


def _named(value: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))
