"""Owns the planner `temporal`: conditions on functions of time columns become ranges of the columns themselves.

`date_trunc('month', ts) = DATE '2013-05-01'` asks the same as `ts >= … AND ts < …`, which files, row
groups and pages are judged by, and which calls nothing for each row. Only conditions of rows are
claimed (WHERE, ON, FILTER): elsewhere an expression may have to be equal to one that is grouped by.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ...dialect import to_sql
from ...dialect.nodes import clone
from ...dialect.types import DataType
from ...dialect.walk import find_all
from ..views import PlannedView
from .base import NOTHING, Claim, DomainContext, DomainPlanner, Outcome
from .column_types import ColumnTypes
from .temporal_conditions import COMPARED, Asked, read_condition
from .temporal_constants import Constants
from .temporal_parts import merge_parts
from .temporal_ranges import Range, write
from .times import Beyond

_CONDITIONS: tuple[type[exp.Expr], ...] = COMPARED


def plan(view: PlannedView, context: DomainContext) -> Outcome:
    """Return the view with conditions on functions of times as ranges."""
    if not any(read_condition(node) is not None and _asks_rows(node) for node in view.find_all(*_CONDITIONS)):
        return NOTHING
    tree = clone(view.tree)
    types = ColumnTypes(view, context.rules, tree)
    constants = Constants(types, context.rules)
    claims = list(_merged(tree, types))
    for node in find_all(tree, *_CONDITIONS):
        asked = read_condition(node)
        if asked is None or not _asks_rows(node) or not constants.has(asked):
            continue
        claim, made = _planned(asked, types, constants)
        claims.append(claim)
        if made is not None:
            node.replace(made)
    return Outcome(tree if any(one.planned for one in claims) else None, tuple(claims))


def _planned(asked: Asked, types: ColumnTypes, constants: Constants) -> tuple[Claim, exp.Expr | None]:
    kind = types.of(asked.column)
    shown = f"`{asked.steps[0].name}` of `{to_sql(asked.column)}`".replace('"', "")
    if (why := _unfit(kind)) is not None:
        return Claim(False, f"{shown} {why}"), None
    assert kind is not None
    try:
        made = constants.compared(asked, kind)
    except Beyond as beyond:
        return Claim(False, f"{shown} is compared with {beyond}"), None
    if made is None:
        return Claim(False, f"{shown} is not compared with a constant that can be read"), None
    return Claim(True, f"{shown} is asked as a range of the column"), made


def _unfit(kind: DataType | None) -> str | None:
    if kind is None:
        return "is of a type that is not known here"
    if kind.zone not in (None, "UTC"):
        return "depends on a time zone that is not UTC"
    return None if kind.name in ("DATE", "TIMESTAMP") else f"is of type {kind}"


def _merged(tree: exp.Expr, types: ColumnTypes) -> Iterator[Claim]:
    """Make one range of a year and a month of it that both are asked for, and of a day of it."""
    for column, parts, conditions in merge_parts(tree):
        kind = types.of(column)
        if kind is None or _unfit(kind) is not None or not _asks_rows(conditions[0]):
            continue
        try:
            low, high = parts
            made = write(Range(column, kind, low, high), "=", conditions[0])
        except Beyond:
            continue
        for one in conditions[1:]:
            _leave_out(one)
        conditions[0].replace(made)
        names = " and ".join(("year", "month", "day")[: len(conditions)])
        yield Claim(True, f"{names} of `{to_sql(column)}` are asked as a range of the column".replace('"', ""))


def _leave_out(condition: exp.Expr) -> None:
    """Take a condition out of the AND around it."""
    whole: exp.Expr = condition
    while isinstance(whole.parent, exp.Paren):
        whole = whole.parent
    around = whole.parent
    assert isinstance(around, exp.And)
    around.replace(around.expression if around.this is whole else around.this)


def _asks_rows(node: exp.Expr) -> bool:
    """Say whether a node stands in a condition of rows, not behind a GROUP BY."""
    at = node
    while at.parent is not None and not isinstance(at, exp.Query):
        if isinstance(at, exp.Where):
            return True
        if isinstance(at.parent, exp.Join) and at.arg_key == "on":
            return True
        at = at.parent
    return False


PLANNER = DomainPlanner("temporal", "expression", "conditions on functions of time columns become ranges of the columns themselves", plan)
