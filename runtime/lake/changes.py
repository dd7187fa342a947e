"""Owns the ends of change windows: versions or times as they are asked for, to the first and last version that are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from ...dialect.diagnostics import error
from ...planner.values import Value
from .log import commit_time, last_until, log_files
from .snapshot import Snapshot, shown_time

_VERSIONS = ("start_version", "end_version")
_TIMES = ("start_timestamp", "end_timestamp")


def resolve_window(snapshot: Snapshot, options: Mapping[str, Value], text: str) -> tuple[int, int]:
    """Return the first and last version of a window, both inclusive; (pin + 1, pin) when it is empty.

    Versions or timestamps, not both; an omitted end is the pinned version; a start just
    past the pin is empty. Raises T4020, T4021, T4023.
    """
    given = {name: value.value for name, value in options.items() if name in _VERSIONS + _TIMES and value.value is not None}
    by_version, by_time = [n for n in given if n in _VERSIONS], [n for n in given if n in _TIMES]
    if by_version and by_time:
        raise error("T4020", f"the change window of `{text}` mixes versions and timestamps; expected one kind", help="leave one kind out")
    if "start_version" in given:
        return _ordered(snapshot, _version(given["start_version"], text), _version(given.get("end_version"), text), text)
    if "start_timestamp" in given:
        start = _first_at(snapshot, milliseconds(given["start_timestamp"], text, up=True), text)
        end = given.get("end_timestamp")
        return _ordered(snapshot, start, None if end is None else _last_at(snapshot, milliseconds(end, text), text), text)
    raise error("T4020", f"the change window of `{text}` has no start", help="give `start_version` or `start_timestamp`")


def _version(value: object, text: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise error("T4020", f"`{value}` is no version of `{text}`", help="write a whole number from 0")
    return value


def _ordered(snapshot: Snapshot, start: int | None, end: int | None, text: str) -> tuple[int, int]:
    pin = snapshot.version
    if start is None or start > pin + 1:
        what = f"the change window of `{text}` starts at version {start}, past the pinned version {pin}"
        raise error("T4021", what, help=f"start it at version {pin + 1} at the latest, which is an empty window")
    if end is not None and end > pin:
        raise error(
            "T4021",
            f"the change window of `{text}` ends at version {end}, past the pinned version {pin}",
            help="leave the end out to read up to the pinned version",
        )
    if start == pin + 1 and end in (None, pin):
        return (pin + 1, pin)
    last = pin if end is None else end
    if start > last:
        what = f"the change window of `{text}` starts at version {start}, after its end {last}"
        raise error("T4020", what, help="give an end that is not before the start; both are inclusive")
    return (start, last)


def milliseconds(value: object, text: str, *, up: bool = False) -> int:
    """Return a point in time as milliseconds since 1970 UTC; text is read as ISO 8601, without zone as UTC.

    Args:
        value: a datetime, a date, ISO text, or milliseconds.
        text: the location, for messages.
        up: round parts of a millisecond up (a start) and not down (an end).

    Raises T4020.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    moment = value
    if isinstance(moment, str):
        try:
            moment = dt.datetime.fromisoformat(moment.strip())
        except ValueError as problem:
            raise error("T4020", f"`{value}` is no point in time", help="write it as `2013-01-31 12:00:00`") from problem
    if isinstance(moment, dt.date) and not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day)
    if not isinstance(moment, dt.datetime):
        raise error("T4020", f"`{value}` is no point in time for `{text}`", help="write it as `2013-01-31 12:00:00`")
    aware = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
    micros = (aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    return -(-micros // 1000) if up else micros // 1000


def _first_at(snapshot: Snapshot, when: int, text: str) -> int:
    """Return the first version committed at or after a time; pin + 1 when there is none.

    A version is never before an older one, whatever the clocks of writers said, as for `TIMESTAMP AS OF`.
    """
    commits = _commits(snapshot)
    before = last_until(snapshot.path, when - 1, commits)
    if before is not None or not commits:
        return snapshot.version + 1 if before is None else before + 1
    found = commits[0]
    if found == 0 or commit_time(snapshot.path, found) == when:
        return found
    raise error(
        "T4023",
        f"the change window of `{text}` starts at {shown_time(when)}, before the first commit that is left in the log, version {found}",
        help=f"start at version {found} or later",
    )


def _last_at(snapshot: Snapshot, when: int, text: str) -> int:
    if snapshot.timestamp_ms is not None and when > snapshot.timestamp_ms:
        raise error(
            "T4021",
            f"the change window of `{text}` ends at {shown_time(when)}, past the pinned version {snapshot.version} of "
            f"{shown_time(snapshot.timestamp_ms)}",
            help="leave the end out to read up to the pinned version",
        )
    found = last_until(snapshot.path, when, _commits(snapshot))
    if found is not None:
        return found
    raise error(
        "T4020", f"the change window of `{text}` ends at {shown_time(when)}, before every commit that is left", help="give a later end"
    )


def _commits(snapshot: Snapshot) -> list[int]:
    return [version for version in log_files(snapshot.path).commits if version <= snapshot.version]
