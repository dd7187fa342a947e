"""Owns the planner `sums`: checked sums over BIGINT are added in 64 bits where that comes to the same.

The binder sums wide integers as decimals and casts back, `CAST(sum(CAST(x AS DECIMAL(38, 0))) AS BIGINT)`, so that what has
no place in BIGINT is an error (ADR 0013). Where the logs of tables say that the values of so many rows have their place, the
sum in 64 bits is the same. Elsewhere two sums in 64 bits tell: that of the values, which may wrap round, and that of their
high halves, `x >> 32`, which can't. With W the first, H the second and S the true sum, S = H * 2^32 + L and 0 <= L < rows * 2^32.
So, with fewer than 2^32 rows, (W >> 32) - H lies between 0 and 2^32 if, and only if, W is S (ADR 0025).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.types import BIGINT, DataType, decimal
from ...dialect.types_sql import node_type
from ...dialect.walk import find_all
from ..functions.packs.arithmetic import SUM
from ..functions.python import PREFIX
from ..integer_bounds import WIDTHS
from ..operand_types import operand_types
from ..views import PlannedView
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome
from .column_types import ColumnTypes
from .sum_bounds import Known

FEW = 200_000
"""Rows up to which decimals cost less than planning anything else. Measured."""
_AROUND = (exp.Filter, exp.Window)
_WIDE = decimal(38, 0)
_NARROW = frozenset({"TINYINT", "SMALLINT", "INT", "TINYINT UNSIGNED", "SMALLINT UNSIGNED", "INT UNSIGNED"})
"""Types whose sums in 64 bits only more than 2^32 rows of one group could fill."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """A checked sum: its outer cast, the call, the inner cast, and the SELECT whose rows it adds."""

    outer: exp.Cast
    call: exp.Anonymous
    inner: exp.Cast
    select: exp.Select

    @property
    def value(self) -> exp.Expr:
        """Return what is summed up."""
        value: exp.Expr = self.inner.this
        return value

    @property
    def is_bare(self) -> bool:
        """Say whether it has neither OVER, nor DISTINCT or ORDER BY."""
        at = self.outer.this
        while at is not self.call and not isinstance(at, exp.Window):
            at = at.this
        return at is self.call and self.call.expressions[0] is self.inner


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with sums of 64 bits for those of decimals."""
    if not any(_read(node) is not None for node in view.find_all(exp.Cast)):
        return NOTHING
    tree = clone(view.tree)
    sums = [found for node in find_all(tree, exp.Cast) if (found := _read(node)) is not None]
    known = Known(view, tree, context)
    rows = {id(one.select): known.read(one.select) for one in sums}
    sums = [one for one in sums if (rows[id(one.select)] or FEW + 1) > FEW]
    types = _types(view, context, tree, sums)
    tried = [(one, _ways(one, types.get(id(one)), rows[id(one.select)], known, context)) for one in sums]
    made = list(_apart([(one, ways) for one, ways in tried if ways is not None]))
    claims = tuple(Claim(True, f"`{to_sql(one.value).replace(chr(34), '')}` is summed {ways.shown}") for one, ways in made)
    for one, ways in reversed(made):
        _replace(one, ways)
    return Outcome(tree if made else None, claims, typed=True)


def _read(node: exp.Expr) -> _Sum | None:
    """Return the sum that a cast checks, or None."""
    if type(node) is not exp.Cast or node_type(node.args["to"]) != BIGINT:
        return None
    at = node.this
    while isinstance(at, _AROUND):
        at = at.this
    if not isinstance(at, exp.Anonymous) or str(at.this).lower() != "sum" or len(at.expressions) != 1:
        return None
    inner = at.expressions[0]
    if isinstance(inner, exp.Distinct) and len(inner.expressions) == 1:
        inner = inner.expressions[0]
    select = node.find_ancestor(exp.Select)
    if type(inner) is not exp.Cast or node_type(inner.args["to"]) != _WIDE or select is None:
        return None
    return _Sum(node, at, inner, select)


def _types(view: PlannedView, context: DomainContext, tree: exp.Query, sums: list[_Sum]) -> Mapping[int, DataType]:
    """Return the types of what is summed up by the sums' `id`; the engine is asked once for all that are more than arithmetic."""
    columns = ColumnTypes(view, context.rules, tree)
    found = {id(one): type_ for one in sums if (type_ := _type(one.value, columns)) is not None}
    others = [one for one in sums if id(one) not in found]
    asked = operand_types(view, context.rules, [one.value for one in others])
    return found | {id(one): asked[id(one.value)] for one in others if id(one.value) in asked}


def _type(node: exp.Expr, columns: ColumnTypes) -> DataType | None:
    """Return the type of a column, or of arithmetic over signed integers of which one is BIGINT, as literals are; None for all else."""
    if isinstance(node, exp.Column):
        return columns.of(node)
    if isinstance(node, exp.Paren):
        return _type(node.this, columns)
    if isinstance(node, exp.Literal):
        return BIGINT if not node.is_string and str(node.this).isdigit() and int(str(node.this)) < 2**63 else None
    if type(node) not in (exp.Add, exp.Sub, exp.Mul):
        return None
    sides = [_type(side, columns) for side in (node.this, node.expression)]
    known = [side for side in sides if side is not None and side.sql() in WIDTHS]
    return BIGINT if len(known) == 2 and BIGINT in known else None


@dataclass(frozen=True, slots=True)
class _Ways:
    """How a sum is computed instead: the values alone or their high halves beside them, and that in words."""

    halves: bool
    shown: str


def _ways(one: _Sum, type_: DataType | None, rows: int | None, known: Known, context: DomainContext) -> _Ways | None:
    if type_ is None or not type_.is_integer:
        return None
    if type_.sql() in _NARROW:
        return _Ways(False, f"in 64 bits, being {type_.sql()}")
    if type_ != BIGINT:
        return None
    bounds = known.range(one.value, one.select) if rows is not None else None
    if rows is not None and bounds is not None and max(-bounds[0], bounds[1], 0) * rows < 2**63:
        return _Ways(False, f"in 64 bits, where {rows:,} values from {bounds[0]:,} to {bounds[1]:,} have their place")
    if not one.is_bare or not _is_repeatable(one.value, context):
        return None
    return _Ways(True, "in 64 bits, and its high halves beside it to check that")


def _is_repeatable(node: exp.Expr, context: DomainContext) -> bool:
    """Say whether an expression may stand twice: it asks no query, gives the same each time, and calls nothing of the project's."""
    if any(True for _ in find_all(node, exp.Query)):
        return False
    calls = {str(one.this).lower() for one in find_all(node, exp.Anonymous)}
    return not calls & (context.rules.volatile | context.rules.functions) and not any(one.startswith(PREFIX) for one in calls)


def _apart(made: list[tuple[_Sum, _Ways]]) -> Iterator[tuple[_Sum, _Ways]]:
    """Yield the sums of those SELECTs in which the engine takes none for another one: it names calls without their casts."""
    for select in {id(one.select): one.select for one, _ in made}.values():
        own = [(one, ways) for one, ways in made if one.select is select]
        calls = {id(one.call) for one, _ in own}
        given = [(node, part) for node in find_all(select, exp.Anonymous) if id(node) not in calls for part in _given(node)]
        given += [(one.call, value) for one, ways in own for value in (one.value, *((_high(one.value),) if ways.halves else ()))]
        texts: dict[str, str] = {}
        if all(texts.setdefault(_name(call, value), to_sql(value)) == to_sql(value) for call, value in given):
            yield from own


def _given(call: exp.Anonymous) -> Iterator[exp.Expr]:
    """Yield what a sum adds; nothing for other calls."""
    for part in call.expressions if str(call.this).lower() == "sum" else ():
        at = part.this if isinstance(part, exp.Order) else part
        yield from at.expressions if isinstance(at, exp.Distinct) else [at]


def _name(call: exp.Anonymous, value: exp.Expr) -> str:
    """Return how the engine tells sums of values apart: by their text without casts, and whether they are distinct."""
    held = exp.Tuple(expressions=[clone(value)])
    for part in find_all(held, exp.Cast, exp.Paren):
        part.replace(part.this)
    return f"{any(isinstance(one, exp.Distinct) for one in call.expressions)} {to_sql(held.expressions[0])}"


def _replace(one: _Sum, ways: _Ways) -> None:
    """Put the sum of 64 bits in the place of that of decimals, in place."""
    value = one.value
    one.inner.replace(value)
    if not ways.halves:
        return
    high = clone(one.outer.this)
    call = next(node for node in find_all(high, exp.Anonymous) if str(node.this).lower() == "sum")
    call.set("expressions", [_high(value)])
    one.outer.replace(exp.Anonymous(this=SUM, expressions=[one.outer.this, high]))


def _high(value: exp.Expr) -> exp.Expr:
    inner = clone(value) if isinstance(value, exp.Column) else exp.Paren(this=clone(value))
    return exp.BitwiseRightShift(this=inner, expression=exp.Literal.number(32))


PLANNER = DomainPlanner("sums", "expression", "checked sums over BIGINT are added in 64 bits", plan)
