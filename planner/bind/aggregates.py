"""Owns what stands around the call of an aggregate or window that is rewritten: FILTER, OVER, DISTINCT, ORDER BY go to the calls inside.

A rewrite is marked at its root (`Rewritten`), the calls of its own body by the same number; those in its arguments are not touched.
What a clause would mean otherwise there is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from ..functions.python import PREFIX
from .built_in_arguments import heeds_distinct, plain_arguments, put_around
from .columns import copy_place
from .context import Binding
from .scope import Scope

Kind = Literal["aggregate", "window"]
MARK, ROOT = "inner_of", "rewritten"
AROUND = (exp.WithinGroup, exp.Filter, exp.IgnoreNulls, exp.RespectNulls)
SORTED = frozenset("array_agg string_agg first_value last_value nth_value".split())
"""Aggregates whose results depend on the order of their rows."""
INSENSITIVE = frozenset("min max bool_and bool_or bit_and bit_or first_value last_value approx_distinct".split())
"""Aggregates that give the same whether a row is there once or more often."""
NULLABLE = frozenset("first_value last_value nth_value lag lead".split())
"""Functions that take IGNORE NULLS."""
LISTING = frozenset(("listagg", "string_agg"))
"""Functions of packs for which WITHIN GROUP says the order of what is put together, as Oracle, Snowflake and SQL Server have it."""
OVER_VALUES = frozenset(("mode", "percentile_disc", "quantile_disc"))
"""Functions of packs for which WITHIN GROUP says what they go over, as in the SQL standard."""
ROWS_FIRST = "select DISTINCT rows in a subquery first"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a tree was made from.

    Args:
        name: the function as people call it.
        kind: whether it goes over the rows of a group or of a window.
        number: marks the calls of its body.
        outside: arguments without a place of their own inside of aggregates, as they stand in the tree.
        of_rows: whether its one aggregate goes over all of its arguments together.
    """

    name: str
    kind: Kind
    number: int
    outside: tuple[tuple[str, exp.Expr], ...] = ()
    of_rows: bool = False


@dataclass(frozen=True, slots=True)
class Clauses:
    """What stood between the brackets of a call beside its arguments."""

    distinct: exp.Distinct | None = None
    order: exp.Order | None = None
    nulls: exp.Expr | None = None


NO_CLAUSES = Clauses()


def split(call: exp.Expr) -> tuple[list[exp.Expr], Clauses]:
    """Return the arguments of a call alone, and the clauses that stood among them."""
    given, is_distinct, order = plain_arguments(call)
    nulls = None
    for at, one in enumerate(given):
        if isinstance(one, exp.IgnoreNulls | exp.RespectNulls):
            nulls, given[at] = one, one.this
    return given, Clauses(next(call.find_all(exp.Distinct), None) if is_distinct else None, order, nulls)


def inner_calls(binding: Binding, tree: exp.Expr) -> Iterator[tuple[exp.Anonymous, Kind]]:
    """Yield the aggregates and window functions of the engine's in a bound tree, not those in its queries."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        kind = _kind(binding, node)
        if kind is not None:
            yield node, kind  # type: ignore[misc]
        if not isinstance(node, exp.Query):
            waiting += reversed(list(node.iter_expressions()))


def _kind(binding: Binding, node: exp.Expr) -> Kind | None:
    name = str(node.name) if isinstance(node, exp.Anonymous) else ""
    known = binding.catalog.built_ins.get(name.lower())
    if known is not None and known.kind == "aggregate":
        return "aggregate"
    if name.startswith(PREFIX):
        python = binding.catalog.python.get(name.removeprefix(PREFIX))
        return "window" if python is not None and python.flavour == "window" else None
    return "window" if known is not None and known.kind == "window" else None


def mark(binding: Binding, body: exp.Expr, alone: exp.Expr | None = None) -> int:
    """Mark the calls of a body that no arguments are in yet, or one call alone; return the number that they are marked with."""
    binding.rewrites += 1
    if alone is not None:
        alone.meta[MARK] = binding.rewrites
        return binding.rewrites
    for node in body.walk():
        node.meta.pop(MARK, None)
        node.meta.pop(ROOT, None)
    for call, _ in inner_calls(binding, body):
        call.meta[MARK] = binding.rewrites
    return binding.rewrites


def gather(binding: Binding, made: exp.Expr, name: str, number: int) -> exp.Expr:
    """Mark a bound rewrite as one where it goes over rows; what its body called in turn, since `mark`, is its own now."""
    calls = [(call, kind) for call, kind in inner_calls(binding, made) if call.meta.get(MARK, 0) >= number]
    for call, _ in calls:
        call.meta[MARK] = number
    if not calls:
        return made
    return settle(made, Rewritten(name, "window" if any(kind == "window" for _, kind in calls) else "aggregate", number))


def require_over(binding: Binding, node: exp.Expr) -> None:
    """Report a call of a window function without OVER, outside of the bodies of window functions (T2132)."""
    if not is_windowed(node) and not (binding.arguments is not None and binding.arguments.windowed):
        binding.fail(
            "T2132", f"`{node.name}` is a window function, and OVER is missing", node, help=f"write {node.name}(…) OVER (ORDER BY …)"
        )


def of(node: exp.Expr | None) -> Rewritten | None:
    """Return what a bound tree was made from, or None when it is no rewritten aggregate or window."""
    found = node.meta.get(ROOT) if node is not None else None
    return found if isinstance(found, Rewritten) else None


def written_name(call: exp.Expr) -> str:
    """Return the name that people wrote for a call, which may stand in what it was rewritten to."""
    at: exp.Expr | None = call
    while at is not None:
        made = of(at)
        if made is not None and call.meta.get(MARK) == made.number:
            return made.name
        at = at.parent
    return str(call.name)


def settle(root: exp.Expr, made: Rewritten) -> exp.Expr:
    """Mark a tree as what a call was rewritten to."""
    root.meta[ROOT] = made
    return root


def carry_inside(binding: Binding, root: exp.Expr, made: Rewritten, clauses: Clauses, given: list[exp.Expr]) -> exp.Expr:
    """Return a rewrite with the clauses of its call's brackets given to the calls inside.

    Args:
        binding: collects what can't be carried.
        root: the rewrite.
        made: what it was made from.
        clauses: they are bound.
        given: the arguments as they stand in the tree, in the order of the parameters.
    """
    from .functions import refuse_sorted_distinct

    held = exp.Paren(this=root)
    if clauses.distinct is not None:
        _distinct(binding, held, made, clauses.distinct, given)
    if clauses.order is not None:
        _order(binding, held, made, clauses.order)
    if clauses.nulls is not None:
        _nulls(binding, held, made, clauses.nulls)
    for call in marked(held, made):
        if _name(call) == "string_agg" and call.expressions:
            refuse_sorted_distinct(binding, call)
    return released(held, made)


def released(held: exp.Paren, made: Rewritten) -> exp.Expr:
    """Return what brackets hold, as the root of a rewrite."""
    root: exp.Expr = held.this
    root.pop()
    return settle(root, made)


def marked(tree: exp.Expr, made: Rewritten) -> list[exp.Anonymous]:
    """Return the calls of a rewrite's own body, outermost first."""
    return [node for node in tree.find_all(exp.Anonymous) if node.meta.get(MARK) == made.number]


def refuse(binding: Binding, made: Rewritten, clause: str, why: str, place: exp.Expr, help_: str) -> None:
    """Report a clause that a rewrite can't take (T2130)."""
    binding.fail("T2130", f"`{made.name}` can't take {clause}: {why}", place, help=help_)


def _name(call: exp.Expr) -> str:
    return str(call.name).lower()


def _distinct(binding: Binding, held: exp.Expr, made: Rewritten, clause: exp.Expr, given: list[exp.Expr]) -> None:
    """Make each aggregate distinct that repeated rows would change; it must take just the one argument that varies."""
    if made.kind == "window":
        refuse(binding, made, "DISTINCT", "it goes over rows one by one", clause, ROWS_FIRST)
        return
    varying = [bare(one) for one in given if one.find(exp.Column) is not None]
    for call in marked(held, made):
        own, is_distinct, order = plain_arguments(call)
        if _name(call) in INSENSITIVE or is_distinct:
            continue
        plain = len(varying) == 1 and own and _plain_value(own[0]) == varying[0] and not isinstance(call.parent, exp.WithinGroup)
        plain = plain and heeds_distinct(_name(call))
        if not plain and not (made.of_rows and len(marked(held, made)) == 1):
            refuse(binding, made, "DISTINCT", f"its `{call.name}` doesn't go over the argument itself", clause, ROWS_FIRST)
            return
        call.set("expressions", put_around(own, True, order))
        copy_place(next(call.find_all(exp.Distinct)), clause)


def _plain_value(node: exp.Expr) -> exp.Expr:
    """Return what an aggregate goes over, without the exact decimal around integers that are summed up."""
    node = bare(node)
    return bare(node.this) if isinstance(node, exp.Cast) and node.meta.get("checked") else node


def bare(node: exp.Expr) -> exp.Expr:
    """Return an expression without brackets around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _order(binding: Binding, held: exp.Expr, made: Rewritten, clause: exp.Order) -> None:
    """Sort the rows of each aggregate that order changes, behind the order of its own."""
    if made.kind == "window":
        refuse(binding, made, "ORDER BY in its brackets", "its rows are sorted by OVER", clause, "write OVER (ORDER BY …)")
        return
    calls = _sortable(held, made)
    if not calls:
        why = "the order of rows changes nothing that it gives"
        refuse(binding, made, "ORDER BY in its brackets", why, clause, "leave it out")
        return
    for call in calls:
        own, is_distinct, order = plain_arguments(call)
        keys = [key.copy() for key in clause.expressions]
        sorted_ = exp.Order(this=exp.Null(), expressions=[*(order.expressions if order is not None else ()), *keys])
        copy_place(sorted_, clause)
        call.set("expressions", put_around(own, is_distinct, sorted_))
    _once(binding, made, "ORDER BY", clause, calls)


def _sortable(held: exp.Expr, made: Rewritten) -> list[exp.Anonymous]:
    """Return the calls of a rewrite whose results a further order would change."""
    found = []
    for call in marked(held, made):
        own, _, order = plain_arguments(call)
        settled = order is not None and own and any(key.this == own[0] for key in order.expressions)
        around = outermost(call).parent
        resorted = isinstance(around, exp.Anonymous) and _name(around) == "array_sort"
        if _name(call) in SORTED and not settled and not resorted:
            found.append(call)
    return found


def _once(binding: Binding, made: Rewritten, clause: str, node: exp.Expr, calls: list[exp.Anonymous]) -> None:
    """Refuse a clause that gives another value each time where several calls would get it."""
    from .functions import volatile_call

    call = volatile_call(binding, node) if len(calls) > 1 else None
    if call is not None:
        message = f"`{made.name}` uses this {clause} more than once, and `{call}` gives another value each time"
        binding.fail("T2027", message, node, help="compute it in a subquery first, and use its column")


def _nulls(binding: Binding, held: exp.Expr, made: Rewritten, clause: exp.Expr) -> None:
    words = "IGNORE NULLS" if isinstance(clause, exp.IgnoreNulls) else "RESPECT NULLS"
    calls = marked(held, made)
    other = next((call for call in calls if _name(call) not in NULLABLE), None)
    if other is not None:
        why = f"its `{other.name}` knows no such clause"
        refuse(binding, made, words, why, clause, "write FILTER (WHERE … IS NOT NULL)" if made.kind == "aggregate" else "filter rows first")
        return
    for call in calls:
        own = plain_arguments(call)[0]
        at = outermost(call)
        if any(isinstance(one, exp.Filter) for one in _up(call)):
            refuse(binding, made, words, f"its `{call.name}` chooses its rows by itself", clause, "leave it out")
            return
        said = next((type(one) for one in _up(call) if isinstance(one, exp.IgnoreNulls | exp.RespectNulls)), None)
        if said is not None and said is not type(clause):
            refuse(binding, made, words, f"its `{call.name}` says the opposite", clause, "leave it out")
            return
        if not own or not isinstance(bare(own[0]), exp.Column):
            why = f"its `{call.name}` goes over an expression, whose nulls are others"
            refuse(binding, made, words, why, clause, "filter rows first")
            return
        if said is None:
            wrapper = type(clause)(this=exp.Null())
            copy_place(wrapper, clause)
            at.replace(wrapper)
            wrapper.set("this", at)


def _up(call: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what stands around a call, from the inside out, without OVER."""
    at: exp.Expr = call
    while isinstance(at.parent, AROUND) and at.parent.this is at:
        at = at.parent
        yield at


def outermost(call: exp.Expr) -> exp.Expr:
    """Return a call with FILTER, WITHIN GROUP and IGNORE NULLS around it."""
    return [call, *_up(call)][-1]


def carry_filter(binding: Binding, root: exp.Expr, made: Rewritten, where: exp.Expr) -> exp.Expr:
    """Return a rewrite whose aggregates all have a condition, beside those of their own."""
    held = exp.Paren(this=root)
    calls = marked(held, made)
    _once(binding, made, "FILTER", where, calls)
    for call in calls:
        if _kind(binding, call) == "window":
            refuse(binding, made, "FILTER", f"its `{call.name}` is no aggregate", where, "filter rows in a subquery first")
            break
        at: exp.Expr = call.parent if isinstance(call.parent, exp.WithinGroup) and call.parent.this is call else call
        condition = exp.Paren(this=where.this.copy())
        copy_place(condition, where)
        if isinstance(at.parent, exp.Filter) and at.parent.this is at:
            inside = at.parent.expression
            inside.set("this", exp.And(this=exp.Paren(this=inside.this), expression=condition))
            copy_place(inside.this, where)
            continue
        wrapper = exp.Filter(this=exp.Null(), expression=exp.Where(this=condition.this.copy()))
        copy_place(wrapper, where)
        at.replace(wrapper)
        wrapper.set("this", at)
    return released(held, made)


def carry_nulls(binding: Binding, root: exp.Expr, made: Rewritten, clause: exp.Expr) -> exp.Expr:
    """Return a rewrite with IGNORE NULLS or RESPECT NULLS at each of its calls."""
    held = exp.Paren(this=root)
    _nulls(binding, held, made, clause)
    return released(held, made)


def bind_around(binding: Binding, node: exp.Expr, scope: Scope) -> exp.Expr:
    """Bind FILTER, OVER, IGNORE NULLS and WITHIN GROUP around a call; around a rewrite they go to the calls inside."""
    from .expressions import bind_children, bind_expression
    from .over import carry_window

    if (call := _over_values(binding, node)) is not None:
        return bind_expression(binding, call, scope)
    is_argument = isinstance(node.parent, exp.Anonymous)
    bind_children(binding, node, scope)
    made = of(node.this)
    if made is None or is_argument and not isinstance(node, exp.Window):
        return node
    if isinstance(node, exp.Window):
        return carry_window(binding, node.this, made, node)
    if isinstance(node, exp.Filter):
        return carry_filter(binding, node.this, made, node.expression)
    if isinstance(node, exp.WithinGroup):
        held = exp.Paren(this=node.this)
        if made.name.lower() in LISTING and isinstance(node.expression, exp.Order):
            _order(binding, held, made, node.expression)
            return released(held, made)
        help_ = f"write {made.name}(… ORDER BY …)" if _sortable(held, made) else "leave it out"
        refuse(binding, made, "WITHIN GROUP", "its values are its arguments", node.expression, help_)
        return released(held, made)
    return carry_nulls(binding, node.this, made, node)


def _over_values(binding: Binding, node: exp.Expr) -> exp.Expr | None:
    """Return `f(p) WITHIN GROUP (ORDER BY x)` of a pack's function as `f(x, p)`, in its place in the tree; None for all else."""
    call = node.this
    name = str(call.name).lower() if isinstance(call, exp.Anonymous) else ""
    own = any(name in known for known in (binding.catalog.macros, binding.catalog.python, binding.catalog.overloads))
    if not isinstance(node, exp.WithinGroup) or name not in OVER_VALUES or own or not isinstance(node.expression, exp.Order):
        return None
    keys = node.expression.expressions
    if len(keys) != 1 or keys[0].args.get("desc"):
        message = f"`{call.name}` can't take WITHIN GROUP so: it goes over one value, in ascending order"
        binding.fail("T2130", message, node.expression, help=f"write {call.name}(…) WITHIN GROUP (ORDER BY value)")
        binding.doubtful = True
    made: exp.Expr = call
    made.set("expressions", [keys[0].this, *made.expressions])
    node.replace(made)
    return made


def is_windowed(call: exp.Expr) -> bool:
    """Say whether OVER stands behind a call that is not bound yet."""
    at = outermost(call)
    return isinstance(at.parent, exp.Window) and at.parent.this is at
