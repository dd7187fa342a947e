"""Owns the freshness of sources: when each was last loaded, against the limits that it declares.

In: a bound project, an instant. Out: `SourceAge`s in the order of names, and a diagnostic for
each limit that is passed. Reads rows only where a column says when they were loaded.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from ..dialect.diagnostics import Diagnostic, TreadleError, error
from ..dialect.types import quote
from ..planner.project import BoundSource, Freshness, Limit
from ..planner.resolve import evaluate
from ..planner.source_refs import source_ref

if TYPE_CHECKING:
    from .workspace import Bound, Workspace

State = Literal["fresh", "late", "stale", "unknown"]


@dataclass(frozen=True, slots=True)
class SourceAge:
    """How old a source is.

    Args:
        name: the source.
        loaded: when it was last loaded, UTC; None when it never was, or can't be told.
        by: what told it: `commit`, `file` or the column's name.
        age: how long ago that was, as of the instant.
        limits: what it declares.
        state: `fresh`; `late` beyond `warn_after`; `stale` beyond `error_after`; `unknown` when it could not be read.
    """

    name: str
    loaded: datetime | None
    by: str
    age: timedelta | None
    limits: Freshness
    state: State


def freshness(workspace: Workspace, bound: Bound, as_of: datetime) -> tuple[tuple[SourceAge, ...], tuple[Diagnostic, ...]]:
    """Return the age of every source that says how fresh it must be, and what is wrong with it."""
    ages: list[SourceAge] = []
    found: list[Diagnostic] = []
    for name, source in sorted(bound.project.sources.items()):
        if source.freshness is None:
            continue
        try:
            loaded = _loaded(workspace, bound, source, as_of)
        except TreadleError as problem:
            ages.append(SourceAge(name, None, _by(source), None, source.freshness, "unknown"))
            found.extend(problem.diagnostics)
            continue
        ages.append(_age(source, source.freshness, loaded, as_of))
        found.extend(_passed(ages[-1], as_of))
    return tuple(ages), tuple(found)


def _by(source: BoundSource) -> str:
    column = source.freshness.loaded_at if source.freshness is not None else None
    return column or ("commit" if source.kind == "delta" else "file")


def _loaded(workspace: Workspace, bound: Bound, source: BoundSource, as_of: datetime) -> datetime | None:
    if source.freshness is not None and source.freshness.loaded_at is not None:
        return _by_column(workspace, source, source.freshness.loaded_at)
    _, engine = workspace.engine(bound.policies.runtime_profile, bound.policies.rule_overlay)
    instant = as_of.astimezone(UTC).isoformat(timespec="microseconds")
    values = {name: evaluate(sql, instant, engine, bound.project.values, source.span) for name, sql in source.arguments}
    milliseconds = workspace.lake.last_loaded(source_ref(source.kind, values, workspace.lake.canonical))
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _by_column(workspace: Workspace, source: BoundSource, column: str) -> datetime | None:
    name = ".".join(quote(part) for part in source.name.split("."))
    with workspace.query(f"SELECT max({quote(column)}) AS loaded FROM {name}", {}) as result:
        ((found,),) = result.fetchall()
    if isinstance(found, datetime):
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime(found.year, found.month, found.day, tzinfo=UTC) if isinstance(found, date) else None


def _age(source: BoundSource, limits: Freshness, loaded: datetime | None, as_of: datetime) -> SourceAge:
    state: State = "fresh"
    if limits.error_after is not None and (loaded is None or loaded < before(as_of, limits.error_after.interval)):
        state = "stale"
    elif limits.warn_after is not None and (loaded is None or loaded < before(as_of, limits.warn_after.interval)):
        state = "late"
    age = None if loaded is None else max(as_of - loaded, timedelta(0))
    return SourceAge(source.name, loaded, _by(source), age, limits, state)


def _passed(age: SourceAge, as_of: datetime) -> Iterator[Diagnostic]:
    limit = {"late": age.limits.warn_after, "stale": age.limits.error_after}.get(age.state)
    if limit is None:
        return
    when = "has never been loaded" if age.age is None else f"was last loaded {shown_age(age.age)} ago"
    message = f"`{age.name}` {when}, its limit is {shown_interval(limit)}"
    code, help_line = ("T4051", "load it, or give it more time") if age.state == "stale" else ("T4050", "load it before it is too old")
    severity: Literal["error", "warning"] = "error" if age.state == "stale" else "warning"
    yield from error(code, message, limit.span, help=help_line, severity=severity).diagnostics


def before(instant: datetime, interval: tuple[int, int, int]) -> datetime:
    """Return the point in time that lies an interval (months, days, nanoseconds) before another.

    >>> before(datetime(2024, 3, 31, tzinfo=UTC), (1, 0, 0)).isoformat()
    '2024-02-29T00:00:00+00:00'
    """
    months, days, nanoseconds = interval
    year, month = divmod(instant.year * 12 + instant.month - 1 - months, 12)
    day = min(instant.day, calendar.monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day) - timedelta(days=days, microseconds=nanoseconds // 1000)


def shown_age(age: timedelta) -> str:
    """Return an age for people, in its two largest units.

    >>> shown_age(timedelta(days=3, hours=4, minutes=5)), shown_age(timedelta(seconds=90))
    ('3 days 4 hours', '1 minute 30 seconds')
    """
    seconds = int(age.total_seconds())
    units = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
    counts = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        counts.append((count, name))
    first = next((at for at, (count, _) in enumerate(counts) if count), len(counts) - 1)
    parts = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts[first : first + 2] if count]
    return " ".join(parts) or "0 seconds"


def shown_interval(limit: Limit) -> str:
    """Return a limit for people."""
    months, days, nanoseconds = limit.interval
    parts = [f"{months} month{'' if months == 1 else 's'}"] if months else []
    rest = timedelta(days=days, microseconds=nanoseconds // 1000)
    return " ".join([*parts, shown_age(rest)] if rest or not parts else parts)
