"""Owns what `treadle check --freshness` shows: every source with limits, when it was last loaded, its state.

In: a project. Out: a table for people, or an object for programs; and what limits are passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...dialect.diagnostics import Diagnostic
from ...planner.project import Limit
from ..freshness import SourceAge, freshness, shown_age, shown_interval
from ..workspace import Bound, Workspace
from .console import Console
from .text import Column, visible

COLORS = {"fresh": "green", "late": "yellow", "stale": "bold red", "unknown": "bold red"}


def show_freshness(
    console: Console, workspace: Workspace, bound: Bound, as_of: datetime, found: Sequence[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """Print how old sources are, beside what was found wrong or doubtful; return what limits are passed."""
    ages, passed = freshness(workspace, bound, as_of)
    if console.json:
        console.print_json({"diagnostics": [one.as_json() for one in (*found, *passed)], "sources": [as_json(one) for one in ages]})
        return passed
    console.report([*found, *passed])
    if not ages:
        console.say("no source says how fresh it must be: CREATE SOURCE … OPTIONS (warn_after => INTERVAL '1 day')")
        return passed
    titles = ("source", "state", "age", "warn after", "error after", "last loaded", "by")
    columns = [Column(title, shrinks=title not in ("source", "state")) for title in titles]
    console.table(columns, [_row(one) for one in ages])
    return passed


def _row(one: SourceAge) -> tuple[str, ...]:
    loaded = "never" if one.loaded is None and one.state != "unknown" else "" if one.loaded is None else f"{one.loaded:%Y-%m-%d %H:%M:%S}Z"
    age = "" if one.age is None else shown_age(one.age)
    return (visible(one.name), one.state, age, _limit(one.limits.warn_after), _limit(one.limits.error_after), loaded, visible(one.by))


def _limit(limit: Limit | None) -> str:
    return "" if limit is None else shown_interval(limit)


def as_json(one: SourceAge) -> dict[str, object]:
    """Return one source's age as an object that `json.dumps` takes; times are ISO 8601 in UTC, ages are seconds."""
    return {
        "name": one.name,
        "state": one.state,
        "last_loaded": None if one.loaded is None else one.loaded.isoformat().replace("+00:00", "Z"),
        "by": one.by,
        "age_seconds": None if one.age is None else one.age.total_seconds(),
        "warn_after": _limit(one.limits.warn_after) or None,
        "error_after": _limit(one.limits.error_after) or None,
    }
