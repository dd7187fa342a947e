"""Owns calls under the names of neighbouring systems: they become what they stand for before they are bound.

A project's own function of the same name wins. Other names of the engine's functions are rows of
`planner/functions/aliases.py`, those of treadle's own stand in their packs; differences of times by a unit, and sums, are made here.
"""

from __future__ import annotations

from functools import cache

from sqlglot import exp

from ...dialect import parse_expression
from ..functions.aliases import RENAMED
from ..functions.packs import pack_functions, renamed
from .columns import copy_place
from .context import Binding
from .units import fail_part

#: Seconds of the units that have a length, for differences; weeks begin on Mondays.
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_MONTHS = {"month": ("month", 12), "quarter": ("quarter", 4), "year": ("year", 1)}
UNITS = frozenset((*_SECONDS, *_MONTHS, "week"))
_BETWEEN = ("date_diff", "datediff", "timestampdiff", "timestamp_diff", "time_diff", "timediff")
_LATER = ("dateadd", "date_add", "timestampadd", "timestamp_add", "timeadd")


def spelt_here(binding: Binding, node: exp.Expr) -> exp.Expr | None:
    """Return what stands for a call, unbound, or None when its name has no other meaning here."""
    name = str(node.name).lower()
    catalog = binding.catalog
    if any(name in known for known in (catalog.macros, catalog.python, catalog.failed_functions, catalog.tables, catalog.overloads)):
        return None
    if name in _BETWEEN or name in _LATER:
        return _by_unit(binding, node, name)
    if name in renamed() and name not in catalog.built_ins:
        node.set("this", renamed()[name])
        return None
    if name in RENAMED and name not in pack_functions() and name not in catalog.built_ins:
        node.set("this", RENAMED[name])
    return None


@cache
def _template(text: str) -> exp.Expr:
    return parse_expression(text)


def _by_unit(binding: Binding, node: exp.Expr, name: str) -> exp.Expr | None:
    """Return a difference or a sum of times by a unit, wherever the unit stands, or None when there is none."""
    given = list(node.expressions)
    if any(isinstance(one, exp.Kwarg) for one in given):
        return None
    if len(given) == 3:
        at = next((at for at in (0, 2) if _unit(given[at])), None)
        if at is None:
            return _placed(exp.Null(), node) if _is_told(binding, given[0], given[2]) else None
        unit = _unit(given.pop(at)) or ""
        first, second = given if at == 0 else (given[1], given[0])  # BigQuery: the unit last, the later time first
        return _difference(node, unit, first, second) if name in _BETWEEN else _later(node, unit, *(given if at == 0 else (second, first)))
    if len(given) != 2:
        return None
    if name in _BETWEEN:  # Spark and MySQL: days, the later time first
        return _difference(node, "day", given[1], given[0])
    if isinstance(given[1], exp.Interval):
        return _placed(exp.Add(this=given[0], expression=given[1]), node)
    return _later(node, "day", given[1], given[0])


def _is_told(binding: Binding, first: exp.Expr, last: exp.Expr) -> bool:
    """Report a constant that stands where a unit is due, and is none."""
    for one in (first, last):
        if isinstance(one, exp.Literal) and one.is_string and str(one.this).isalpha():
            fail_part(binding, one, str(one.this), UNITS)
            binding.doubtful = True
            return True
    return False


def _unit(node: exp.Expr) -> str | None:
    """Return the unit that a literal or a bare word names."""
    written = str(node.this) if isinstance(node, exp.Literal) and node.is_string else ""
    if isinstance(node, exp.Column) and not node.table:
        written = str(node.name)
    unit = written.lower().removesuffix("s")
    return unit if unit in UNITS else None


def _difference(node: exp.Expr, unit: str, start: exp.Expr, end: exp.Expr) -> exp.Expr:
    """Return how many bounds of a unit lie between two times."""
    if unit in _MONTHS:
        part, count = _MONTHS[unit]
        text = f"(date_part('year', b) - date_part('year', a)) * {count}" if count > 1 else ""
        text = f"{text} + date_part('{part}', b) - date_part('{part}', a)".removeprefix(" + ")
        made = f"CAST({text} AS BIGINT)"
    elif unit == "week":  # the first of January 1970 was a Thursday
        made = "CAST(floor((date_part('epoch', b) + 259200) / 604800) - floor((date_part('epoch', a) + 259200) / 604800) AS BIGINT)"
    else:
        made = f"CAST(floor(date_part('epoch', b) / {_SECONDS[unit]}) - floor(date_part('epoch', a) / {_SECONDS[unit]}) AS BIGINT)"
    return _with(node, made, {"a": start, "b": end})


def _later(node: exp.Expr, unit: str, count: exp.Expr, time: exp.Expr) -> exp.Expr:
    text = f"t + n * INTERVAL '{'3 month' if unit == 'quarter' else f'1 {unit}'}'"
    return _with(node, text, {"n": count, "t": time})


def _with(node: exp.Expr, text: str, arguments: dict[str, exp.Expr]) -> exp.Expr:
    made = exp.Paren(this=_template(text).copy())
    for part in made.walk():
        part.meta.clear()
        copy_place(part, node)
    for column in [one for one in made.find_all(exp.Column) if one.name in arguments]:
        column.replace(arguments[column.name].copy())
    return made.this  # type: ignore[no-any-return]


def _placed(made: exp.Expr, like: exp.Expr) -> exp.Expr:
    copy_place(made, like)
    return made
