"""Owns the tree nodes that sqlglot lacks: `Param` (`PARAM name`) and `Clock` (the run clock)."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

ClockPart = Literal["now", "date", "time"]


class Param(exp.Expression, exp.Condition):
    """`PARAM name` or `$name`; `this` is an `exp.Identifier`."""

    arg_types = {"this": True}


class Clock(exp.Expression, exp.Condition):
    """The run clock, or its date or time; `this` is a `ClockPart`. The binder puts it where `now()` and its kin stood."""

    arg_types = {"this": True}


def param(name: str) -> Param:
    """Return the node of a parameter by its real name."""
    return Param(this=exp.to_identifier(name, quoted=True))


def clock(part: ClockPart) -> Clock:
    """Return the node of the run clock (`now`), its date or its time."""
    return Clock(this=part)
