"""Owns what a condition says of two relations: which of its tests bound one by the other, and which are equalities.

A test `x <= y` between an expression of each relation bounds `x` from above and `y` from below. Two tests in opposite
directions make a range: whatever rows meet both have spans, from the lesser to the greater of each side's two
expressions, that have a place in common. That holds for spans that are empty or the wrong way round as well, since each
side's least is at most the expression which the test holds to be at most the other side's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...trees import disjuncts

_UP = (exp.LT, exp.LTE)
_DOWN = (exp.GT, exp.GTE)


@dataclass(frozen=True, slots=True)
class Bound:
    """One test between two relations: `low <= high` or `low < high`.

    Args:
        low: the expression that is less.
        high: the one that is greater.
        owners: the relations of `low` and `high`.
        is_open: whether a null in one of the two means that there is no such bound; the other may be null as well then.
    """

    low: exp.Expr
    high: exp.Expr
    owners: tuple[str, str]
    is_open: bool = False


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
    """Two tests in opposite directions between two relations."""

    left: Side
    right: Side


def find_range(tests: Sequence[exp.Expr], left: str, right: str, known: Callable[[exp.Column], str | None]) -> Range | None:
    """Return the range between two relations that some tests make, or None; one whose side is a point is preferred.

    Args:
        tests: the conjuncts.
        left: alias of one relation.
        right: alias of the other.
        known: gives the relation that a column means, None for one from elsewhere.
    """
    bounds = [bound for test in tests for bound in _bounds(test, known)]
    ups = [b for b in bounds if b.owners == (left, right)]
    downs = [b for b in bounds if b.owners == (right, left)]
    pairs = [(up, down) for up in ups for down in downs]
    if not pairs:
        return None
    up, down = min(pairs, key=lambda pair: (pair[0].low != pair[1].high) and (pair[0].high != pair[1].low))
    keys = [pair for test in tests if (pair := _equality(test, left, right, known)) is not None]
    return Range(
        _side(left, up.low, down.high, up.is_open, down.is_open, tuple(a for a, _ in keys)),
        _side(right, down.low, up.high, down.is_open, up.is_open, tuple(b for _, b in keys)),
    )


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
