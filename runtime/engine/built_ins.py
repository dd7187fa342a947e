"""Owns the list of the engine's own functions, read from the live engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ...planner.functions.packs import arrow_functions
from ...planner.ports import BuiltIn, FunctionKind
from ..session import Session
from .errors import refusals

# The engine says whether a function is deterministic, not in which way it isn't: these
# have one value per query. `input_file_name` and the row index depend on where a row was read.
STABLE = frozenset({"now", "current_timestamp", "current_date", "current_time", "today"})
VOLATILE = frozenset({"random", "rand", "uuid", "input_file_name", "file_row_index"})
TABLES = ("generate_series", "range", "unnest")

_KINDS: Mapping[str, FunctionKind] = {"SCALAR": "scalar", "AGGREGATE": "aggregate", "WINDOW": "window"}
_ROUTINES = "SELECT DISTINCT routine_name, function_type, is_deterministic FROM information_schema.routines"


def built_ins(session: Session) -> Mapping[str, BuiltIn]:
    """Return every function of the engine by lower-case name; aliases are entries of their own.

    A name that is an aggregate and a window function, or a scalar and a table function,
    stands once: as the first of scalar, aggregate, window, table.
    """
    # Under the lock, since functions of the users' own are registered there while others plan.
    with session.planning({}), refusals("plan"):
        routines = session.context.sql(_ROUTINES).to_pylist()
    found: dict[str, BuiltIn] = {name: BuiltIn(name, "table") for name in TABLES}
    order = {"WINDOW": 0, "AGGREGATE": 1, "SCALAR": 2}
    for row in sorted(routines, key=lambda row: (order.get(row["function_type"], -1), row["routine_name"])):
        name, kind = row["routine_name"].lower(), _KINDS.get(row["function_type"])
        if kind is not None and name not in arrow_functions():
            found[name] = BuiltIn(name, kind, _volatility(name, row["is_deterministic"]))
    return dict(sorted(found.items()))


def _volatility(name: str, deterministic: bool) -> Literal["immutable", "stable", "volatile"]:
    if name in STABLE:
        return "stable"
    return "immutable" if deterministic and name not in VOLATILE else "volatile"
