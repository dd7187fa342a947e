"""Owns what a condition says of two relations: which of its tests bound one by the other, and which are equalities.

A test `x <= y` between an expression of each relation bounds `x` from above and `y` from below. Two tests in opposite
directions make a range: whatever rows meet both have spans, from the lesser to the greater of each side's two
expressions, that have a place in common. That holds for spans that are empty or the wrong way round as well, since each
side's least is at most the expression which the test holds to be at most the other side's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from sqlglot import exp

from ....dialect import to_sql
from ...trees import disjuncts
from .nodes import copy, number

_UP = (exp.LT, exp.LTE)
_DOWN = (exp.GT, exp.GTE)
TOLD = "told"
"""The `meta` of an expression that holds how it is told to people."""

WIDER = 1e-9
"""By which part a distance between floats is taken for more than it is."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One test between two relations: `low <= high` or `low < high`.

    Args:
        low: the expression that is less.
        high: the one that is greater.
        owners: the relations of `low` and `high`.
        is_open: whether a null in one of the two means that there is no such bound; the other may be null as well then.
        apart: the two expressions whose distance the test limits; then the bound is wider than the test by a trifle.
    """

    low: exp.Expr
    high: exp.Expr
    owners: tuple[str, str]
    is_open: bool = False
    apart: tuple[exp.Expr, exp.Expr] | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What a range takes from one relation: its span from `low` to `high`; the same expression twice is a point.

    Args:
        relation: its alias.
        low: the expression that one test bounds from above.
        high: the expression that the other bounds from below.
        open_low: whether rows with a null in `low` may pass its test: the span has no beginning then.
        open_high: whether those with one in `high` may.
        keys: its sides of equalities beside the range.
    """

    relation: str
    low: exp.Expr
    high: exp.Expr
    open_low: bool
    open_high: bool
    keys: tuple[exp.Expr, ...]

    @property
    def is_point(self) -> bool:
        """Say whether it takes one expression alone, whose nulls mean nothing else."""
        return self.low == self.high and not self.open_low and not self.open_high


@dataclass(frozen=True, slots=True)
class Range:
    """Two tests in opposite directions between two relations.

    Args:
        left: what they take from one relation.
        right: what they take from the other.
        apart: of tests of a distance, the expressions of the left relation and of the right one that it lies between.
    """

    left: Side
    right: Side
    apart: tuple[tuple[exp.Expr, ...], tuple[exp.Expr, ...]] = ((), ())


def find_range(tests: Sequence[exp.Expr], left: str, right: str, known: Callable[[exp.Column], str | None]) -> Range | None:
    """Return the range between two relations that some tests make, or None; one whose side is a point is preferred.

    Args:
        tests: the conjuncts.
        left: alias of one relation.
        right: alias of the other.
        known: gives the relation that a column means, None for one from elsewhere.
    """
    bounds = [bound for test in tests for bound in _bounds(test, known)]
    pairs = _pairs(bounds, left, right) or _pairs([*bounds, *(one for test in tests for one in _distance(test, left, known))], left, right)
    if not pairs:
        return None
    up, down = min(pairs, key=lambda pair: (pair[0].low != pair[1].high) and (pair[0].high != pair[1].low))
    apart = tuple(one for bound in (up, down) for one in bound.apart or ())
    keys = [pair for test in tests if (pair := _equality(test, left, right, known)) is not None]
    return Range(
        _side(left, up.low, down.high, up.is_open, down.is_open, tuple(a for a, _ in keys)),
        _side(right, down.low, up.high, down.is_open, up.is_open, tuple(b for _, b in keys)),
        (apart[::2], apart[1::2]),
    )


def _pairs(bounds: Sequence[Bound], left: str, right: str) -> list[tuple[Bound, Bound]]:
    ups = [b for b in bounds if b.owners == (left, right)]
    downs = [b for b in bounds if b.owners == (right, left)]
    return [(up, down) for up in ups for down in downs]


def _side(relation: str, low: exp.Expr, high: exp.Expr, open_low: bool, open_high: bool, keys: tuple[exp.Expr, ...]) -> Side:
    if low == high:  # a null fails the one test that isn't open
        open_low = open_high = open_low and open_high
    return Side(relation, low, high, open_low, open_high, keys)


def _bounds(test: exp.Expr, known: Callable[[exp.Column], str | None]) -> list[Bound]:
    if isinstance(test, exp.Between) and not test.args.get("symmetric"):
        low, high = test.args["low"], test.args["high"]
        return [*_bound(low, test.this, known), *_bound(test.this, high, known)]
    if isinstance(test, _UP):
        return _bound(test.this, test.expression, known)
    if isinstance(test, _DOWN):
        return _bound(test.expression, test.this, known)
    if isinstance(test, exp.Or):
        return _open_bound(test, known)
    return []


def _bound(low: exp.Expr, high: exp.Expr, known: Callable[[exp.Column], str | None]) -> list[Bound]:
    owners = _owner(low, known), _owner(high, known)
    if owners[0] is None or owners[1] is None or owners[0] == owners[1]:
        return []
    return [Bound(low, high, (owners[0], owners[1]))]


def _open_bound(test: exp.Or, known: Callable[[exp.Column], str | None]) -> list[Bound]:
    """Return the bound of `x IS NULL OR x > y`, in which a null means that there is none."""
    parts = disjuncts(test)
    nulls = [one.this for one in parts if isinstance(one, exp.Is) and isinstance(one.expression, exp.Null)]
    others = [one for one in parts if not (isinstance(one, exp.Is) and isinstance(one.expression, exp.Null))]
    if len(others) != 1 or not nulls or not isinstance(others[0], (*_UP, *_DOWN)):
        return []
    found = _bounds(others[0], known)
    if not found or any(one not in (found[0].low, found[0].high) for one in nulls):
        return []
    bound = found[0]
    return [Bound(bound.low, bound.high, bound.owners, True)]


def _distance(test: exp.Expr, left: str, known: Callable[[exp.Column], str | None]) -> list[Bound]:
    """Return the two bounds of `abs(x - y) <= 3`, as `y - 3 <= x` and `x <= y + 3`, where `x` is of the left relation.

    They are in DOUBLE, and 3 is taken for a trifle more, since a difference of floats is rounded before it is compared.
    """
    if not isinstance(test, (*_UP, *_DOWN)):
        return []
    small, great = (test.this, test.expression) if isinstance(test, _UP) else (test.expression, test.this)
    most = _bare(great)
    called = small if isinstance(small, exp.Anonymous) and str(small.name).lower() == "abs" and len(small.expressions) == 1 else None
    apart = _bare(called.expressions[0]) if called is not None else None
    if not isinstance(apart, exp.Sub) or not isinstance(most, exp.Literal) or most.is_string:
        return []
    one, other = _bare(apart.this), _bare(apart.expression)
    owners = _owner(one, known), _owner(other, known)
    if owners[1] == left:
        one, other, owners = other, one, owners[::-1]
    if owners[0] != left or owners[1] is None or owners[1] == left:
        return []
    width = float(str(most.this)) * (1 + WIDER)
    if not isfinite(width):
        return []
    low, high = (kind(this=exp.Paren(this=copy(other)), expression=number(repr(width))) for kind in (exp.Sub, exp.Add))
    shown = f"{other.table}.{other.name}" if isinstance(other, exp.Column) else to_sql(other)
    low.meta[TOLD], high.meta[TOLD] = (f"{shown} {sign} {most.this}" for sign in "-+")
    return [
        Bound(low, one, (owners[1], left), apart=(one, other)),
        Bound(one, high, (left, owners[1]), apart=(one, other)),
    ]


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _equality(test: exp.Expr, left: str, right: str, known: Callable[[exp.Column], str | None]) -> tuple[exp.Expr, exp.Expr] | None:
    if not isinstance(test, exp.EQ):
        return None
    owners = _owner(test.this, known), _owner(test.expression, known)
    if owners == (left, right):
        return test.this, test.expression
    return (test.expression, test.this) if owners == (right, left) else None


def _owner(node: exp.Expr, known: Callable[[exp.Column], str | None]) -> str | None:
    """Return the one relation that an expression's columns mean; None where there are others, none, or a subquery."""
    owners = set()
    for part in node.walk():
        if isinstance(part, exp.Query | exp.Subquery):
            return None
        if isinstance(part, exp.Column):
            owners.add(known(part))
    return owners.pop() if len(owners) == 1 else None
