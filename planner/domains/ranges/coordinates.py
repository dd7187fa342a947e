"""Owns coordinates: a DOUBLE for a value of any type that has an order, never greater for a lesser value.

A coordinate is only as exact as a DOUBLE, which does no harm: rows that a coordinate brings together still have to
meet the tests as they were written. It must be monotone, and so it must not overflow, nor wrap as integers do.
"""

from __future__ import annotations

from sqlglot import exp

from ....dialect.types import BIGINT, DATE, DOUBLE, FLOATS, INT, DataType
from .nodes import call, cast, copy, number

ENDLESS = "1e300"
"""Beyond this, floats are taken for infinite, so that sums and differences of coordinates stay finite."""

SLACK = "1e-12"
"""By which part of itself a span's end is moved where two types are compared whose DOUBLEs may round apart."""


def family(type_: DataType) -> str | None:
    """Return what a type can be compared with: `number`, `date`, `timestamp`, `instant` or `time`; None for types without coordinates."""
    if type_.is_number:
        return "number"
    if type_.name == "TIMESTAMP":
        return "instant" if type_.zone else "timestamp"
    return {"DATE": "date", "TIME": "time"}.get(type_.name)


def unlike(one: DataType, two: DataType) -> str | None:
    """Return why values of two types have no coordinates that can be compared, or None."""
    for type_ in (one, two):
        if family(type_) is None:
            return f"{type_.sql()} has no coordinates"
    families = {family(one), family(two)}
    single = {one.name, two.name} & {"FLOAT"}
    if (len(families) > 1 and families != {"date", "timestamp"}) or (single and one != two):
        return f"{one.sql()} is compared with {two.sql()}"
    return None


def coordinate(node: exp.Expr, type_: DataType, unit: int | None) -> exp.Expr:
    """Return the coordinate of a value as an expression.

    Args:
        node: the value; it is copied.
        type_: its type.
        unit: digits of the second in which times are counted; None counts each as it is.
    """
    value = copy(node)
    if type_ == DATE:
        days = cast(cast(value, INT), DOUBLE)
        return days if unit is None else exp.Mul(this=days, expression=number(f"864e{2 + unit}"))
    if family(type_) in ("timestamp", "instant"):
        ticks = cast(cast(value, BIGINT), DOUBLE)
        digits = 6 if type_.precision is None else type_.precision
        return ticks if unit in (None, digits) else exp.Mul(this=ticks, expression=number(f"1e{(unit or 0) - digits}"))
    if type_.name == "TIME":
        return cast(cast(value, BIGINT), DOUBLE)
    made = cast(value, DOUBLE)
    if type_.name not in FLOATS:
        return made
    return unless_null(value, clamped(made, exp.Neg(this=number(ENDLESS)), number(ENDLESS)))


def common_unit(types: list[DataType]) -> int | None:
    """Return the unit in which times of some types are counted together; None where they are alike."""
    if len(set(types)) < 2 or not any(family(one) in ("timestamp", "instant") for one in types):
        return None
    return max(6 if one.precision is None else one.precision for one in types if one.name == "TIMESTAMP")


def unit_of(type_: DataType, unit: int | None) -> tuple[str, str]:
    """Return how many coordinates of a type are one of the unit in which people read them, and that unit: `("1e6", "s")`."""
    if type_.name == "TIMESTAMP" or (type_ == DATE and unit is not None):
        return f"1e{unit or (6 if type_.precision is None else type_.precision)}", "s"
    return ("1e9", "s") if type_.name == "TIME" else ("1", "days" if type_ == DATE else "")


def clamped(value: exp.Expr, low: exp.Expr, high: exp.Expr) -> exp.Expr:
    """Return a value held between two others, NaN as the greatest of all; a null becomes the lower one."""
    return call("least", call("greatest", value, low), high)


def unless_null(value: exp.Expr, then: exp.Expr, other: exp.Expr | None = None) -> exp.Expr:
    """Return `then` where a value is not null, else `other` or null."""
    return exp.Case(ifs=[exp.If(this=exp.Is(this=copy(value), expression=exp.Null()), true=other or exp.Null())], default=then)


def loosened(value: exp.Expr, downwards: bool) -> exp.Expr:
    """Return a coordinate moved by a trifle of itself."""
    trifle = exp.Mul(this=call("abs", copy(value)), expression=number(SLACK))
    return exp.Sub(this=value, expression=trifle) if downwards else exp.Add(this=value, expression=trifle)
