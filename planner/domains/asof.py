"""Owns the planner `asof`: an ASOF join becomes a search in an index of its right side, or one sort of both sides.

The index (`asof_kept.py`) is the quick form, for a right side that fits into memory; a larger one, or one of types that an index
can't hold, is sorted together with the left side (`asof_sort.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...dialect.diagnostics import counted
from ...dialect.nodes import clone
from ...dialect.types import DataType
from ...dialect.walk import find_all
from ..asof import AsofJoin, read_asof
from ..lower import types_of
from ..ports import EngineRefusal
from ..views import PlannedView
from .asof_kept import Kept, join_by_index, kept_of, shape_of
from .asof_size import MOST_BYTES, size_of
from .asof_sort import meet, sort_both
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome
from .ranges.nodes import named
from .ranges.steady import unsteady

MARK = "asof"
"""The `meta` of a join that holds its number in the view."""

Pairs = Sequence[tuple[DataType, DataType]]


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with its ASOF joins in a quick form; one that can't be in any keeps its plain form."""
    if not any(join.args.get("method") == "ASOF" for join in view.find_all(exp.Join)):
        return NOTHING
    tree = clone(view.tree)
    claims: list[Claim] = []
    places = [at for at, join in enumerate(find_all(tree, exp.Join)) if join.args.get("method") == "ASOF"]
    for join, number in zip((find_all(tree, exp.Join)[at] for at in reversed(places)), places, strict=True):
        join.meta[MARK] = number  # the innermost first: what packs the others' rows comes last
    for number in places:
        claim, changed = _Work(view, context, tree, number).claim()
        claims.append(claim)
        tree = changed or tree
    return Outcome(tree if any(one.planned for one in claims) else None, tuple(claims))


@dataclass(frozen=True, slots=True)
class _Work:
    """One ASOF join of a view's tree, by the number that it is marked with; the tree is never changed."""

    view: PlannedView
    context: DomainContext
    tree: exp.Query
    number: int

    def claim(self) -> tuple[Claim, exp.Query | None]:
        """Return what becomes of the join, and the tree with it replaced."""
        select, one = _joined(self.tree, self.number)
        what = f"`{one.alias}`"
        if select is None:
            return Claim(False, f"{what} is joined inside of brackets"), None
        kept = kept_of(select, one)
        types = self._types(select, one, kept)
        if types is None:
            return Claim(False, f"the two sides of the join with {what} have types that don't meet in one list"), None
        pairs, kinds = types
        groups = f" in groups of {counted(len(one.keys), 'key')}" if one.keys else ""
        fault, made = self._indexed(one, kept, pairs, kinds)
        if made is not None:
            return Claim(True, f"{what} is kept in memory{groups}, sorted, and searched for each row's match"), made
        if (chance := unsteady(self.view, one.join.this, self.context)) is not None:
            return Claim(False, f"{what} would be read twice: {chance}; and in memory it isn't kept: {fault}"), None
        made = self._changed(lambda select, one: sort_both(select, one, pairs, self.number))
        if made is None:
            return Claim(False, f"the engine has no plan for the sort of {what}"), None
        told = f"one sort of both sides{groups} gives each row the time at which it finds {what}; in memory it isn't kept: {fault}"
        return Claim(True, told), made

    def _indexed(self, one: AsofJoin, kept: Kept, pairs: Pairs, kinds: Sequence[DataType]) -> tuple[str, exp.Query | None]:
        """Return the tree with an index in place of the join, or why not."""
        shape = shape_of(one, kept, pairs, kinds)
        if isinstance(shape, DataType):
            return f"no index holds {shape}", None
        size = size_of(self.view, one.join.this, self.context)
        if size is None:
            return "how many rows it has isn't known before", None
        if (taken := size.of((*shape.keys, shape.time, *shape.columns))) > MOST_BYTES:
            return f"it may take about {taken >> 20:,} MB, more than {MOST_BYTES >> 20}", None
        made = self._changed(lambda select, one: join_by_index(select, one, kept, shape, self.number))
        return "the engine has no plan for it", made

    def _changed(self, change: Callable[[exp.Select, AsofJoin], None]) -> exp.Query | None:
        """Return a copy of the tree with the join changed, as far as the engine has a plan for it."""
        made = clone(self.tree)
        select, one = _joined(made, self.number)
        assert select is not None
        change(select, one)
        try:
            types_of(self.view, self.context.rules, (), made, {})
        except EngineRefusal:
            return None
        return made

    def _types(self, select: exp.Select, one: AsofJoin, kept: Kept) -> tuple[Pairs, Sequence[DataType]] | None:
        """Return the types of each pair of compared values, the deciding one first, and of what is kept; None where a pair doesn't meet."""
        pairs = [(one.main.this, one.main.expression), *((key.this, key.expression) for key in one.keys)]
        joins = list(select.args.get("joins") or ())
        known = joins[: next(at for at, join in enumerate(joins) if join is one.join) + 1]
        values = [*(side for pair in pairs for side in pair), *kept.values]
        items = [named(clone(value), f"v{at}") for at, value in enumerate(values)]
        query = exp.Select(expressions=items, from_=clone(select.args["from_"]), joins=[clone(join) for join in known])
        try:
            found = [field.type for field in types_of(self.view, self.context.rules, find_all(self.view.tree, exp.CTE), query, {}).fields]
        except EngineRefusal:
            return None
        compared, rest = found[: 2 * len(pairs)], found[2 * len(pairs) :]
        typed = list(zip(compared[::2], compared[1::2], strict=True))
        return (typed, rest) if all(meet(*pair) for pair in typed) else None


def _joined(tree: exp.Query, number: int) -> tuple[exp.Select | None, AsofJoin]:
    """Return a marked join and its select, None for one in brackets."""
    join = next(join for join in find_all(tree, exp.Join) if join.meta.get(MARK) == number)
    return join.parent if isinstance(join.parent, exp.Select) else None, read_asof(join)


PLANNER = DomainPlanner("asof", "relation", "ASOF joins become a search in an index of their right side, or one sort of both sides", plan)
