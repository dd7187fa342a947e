"""Owns integers that can't overflow: ranges of types, and how far leaves of an arithmetic expression may go without any harm.

Interval arithmetic as in R. E. Moore, Interval Analysis, 1966: bounds of `+ - *` from bounds of the operands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Bounds = tuple[int, int]
WIDTHS: Mapping[str, int] = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
WIDEST, LEAST = 62, 8
"""Powers of two between which leaves are tried: beyond the first nothing fits, below the last a guard would let nothing through."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An operand that is no arithmetic itself.

    Args:
        name: equal for equal operands.
        type: of its values.
        value: of a literal, else None.
    """

    name: str
    type: str
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """`left sign right`, of an integer type; the sign is one of `+ - *`."""

    sign: str
    left: Operand
    right: Operand
    type: str


Operand = Leaf | Operation


def range_of(type_: str) -> Bounds:
    """Return the least and the greatest value of an integer type.

    >>> range_of("TINYINT"), range_of("TINYINT UNSIGNED")
    ((-128, 127), (0, 255))
    """
    word, _, unsigned = type_.partition(" ")
    bits = WIDTHS[word]
    return (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def room(operation: Operation) -> int | None:
    """Return the greatest power of two up to which all leaves may go, above and below zero, so that nothing overflows.

    None where literals alone, or the smallest leaves, overflow already.

    >>> room(Operation("*", Leaf("a", "BIGINT"), Leaf("b", "BIGINT"), "BIGINT"))
    31
    >>> room(Operation("+", Leaf("a", "INT"), Leaf("1", "BIGINT", 1), "BIGINT"))
    62
    """
    return next((power for power in range(WIDEST, LEAST - 1, -1) if _bounds(operation, _limited(2**power)) is not None), None)


def value_of(operation: Operation) -> int | None:
    """Return the value of an expression of literals, None where it overflows or has other leaves."""
    found = _bounds(operation, lambda leaf: range_of(leaf.type) if leaf.value is None else (leaf.value, leaf.value))
    return found[0] if found is not None and found[0] == found[1] else None


def _limited(limit: int) -> Callable[[Leaf], Bounds]:
    def bounds(leaf: Leaf) -> Bounds:
        if leaf.value is not None:
            return leaf.value, leaf.value
        low, high = range_of(leaf.type)
        return max(low, -limit), min(high, limit)

    return bounds


def _bounds(operand: Operand, of_leaf: Callable[[Leaf], Bounds]) -> Bounds | None:
    """Return the bounds of an expression, None where one of its operations may leave its type."""
    if isinstance(operand, Leaf):
        return of_leaf(operand)
    left, right = _bounds(operand.left, of_leaf), _bounds(operand.right, of_leaf)
    if left is None or right is None:
        return None
    if operand.sign == "+":
        low, high = left[0] + right[0], left[1] + right[1]
    elif operand.sign == "-":
        low, high = left[0] - right[1], left[1] - right[0]
    else:
        products = [a * b for a in left for b in right]
        low, high = min(products), max(products)
    least, greatest = range_of(operand.type)
    return (low, high) if least <= low and high <= greatest else None
