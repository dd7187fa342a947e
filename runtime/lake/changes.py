"""Owns change windows: their ends, and the preflight that proves every change in them can be read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from ...dialect.diagnostics import error
from ...dialect.types import Schema
from ...planner.ports import DataFile
from ...planner.values import Value
from .faults import library, words
from .log import Commit, commit_time, log_files, read_commit
from .paths import data_path
from .schemas import from_delta
from .snapshot import Snapshot, open_table, shown_time

_VERSIONS = ("start_version", "end_version")
_TIMES = ("start_timestamp", "end_timestamp")
# The library's change reader looks for such paths under a name that is encoded once more (FACTS G).
_ESCAPED = re.compile(r"[^ -~]|[%{}\[\]\"#<>^|\\*?~`]")


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
    """Return the first version committed at or after a time; pin + 1 when there is none."""
    files = log_files(snapshot.path)
    found = snapshot.version + 1
    for version in reversed([v for v in files.commits if v <= snapshot.version]):
        at = commit_time(snapshot.path, version)
        if at is None or at < when:
            return found
        found = version
        if at == when and version == files.commits[0]:
            return version
    if found == 0 or found > snapshot.version:
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
    for version in reversed([v for v in log_files(snapshot.path).commits if v <= snapshot.version]):
        at = commit_time(snapshot.path, version)
        if at is not None and at <= when:
            return version
    raise error(
        "T4020", f"the change window of `{text}` ends at {shown_time(when)}, before every commit that is left", help="give a later end"
    )


def preflight(snapshot: Snapshot, window: tuple[int, int], text: str) -> tuple[DataFile, ...]:
    """Prove that a window can be read, and return the files that its changes lie in.

    Every log entry is there, the feed was on throughout, the columns agree, every file
    exists; the first that fails is named. Raises T4022 to T4025, and T4007.
    """
    first, last = window
    if first > last:
        return ()
    if snapshot.mapping != "none":
        what = f"the change feed of `{text}` can't be read: the table uses column mapping"
        raise error("T4025", what, help="compare two versions of it with `read_delta`")
    with library(lambda problem: error("T4007", f"the log of `{text}` can't be read", cause=words(problem))):
        commits = list(_commits(snapshot.path, first, last, text))
        _require_feed(snapshot, commits, text)
        files = [_readable(snapshot.path, path, size, commit, text) for commit in commits for path, size in _changed_files(commit)]
    return tuple({file.path: file for file in files}.values())


def _readable(table: Path, logged: str, size: int, commit: Commit, text: str) -> DataFile:
    path = data_path(table, logged)
    if not path.exists():
        what = f"a file with changes of version {commit.version} of `{text}` is gone: `{path.name}`"
        raise error("T4024", what, help=f"start the window at version {commit.version + 1}")
    if _ESCAPED.search(unquote(logged)):
        what = f"the changes of version {commit.version} of `{text}` can't be read: the path `{unquote(logged)}` needs escaping"
        raise error("T4025", what, help="partition values of plain letters, digits and `_ - . =` need none")
    return DataFile(str(path), size)


def _commits(table: Path, first: int, last: int, text: str) -> Iterator[Commit]:
    for version in range(first, last + 1):
        commit = read_commit(table, version)
        if commit is None:
            left = next((v for v in log_files(table).commits if v > version), None)
            raise error(
                "T4023",
                f"the changes of version {version} of `{text}` are gone: its log entry was cleaned up",
                help=None if left is None else f"the first commit after it that is left is version {left}",
            )
        yield commit


def _require_feed(snapshot: Snapshot, commits: list[Commit], text: str) -> None:
    enabled, schema = _state_before(snapshot, commits, text)
    for commit in commits:
        for action in commit.all("metaData"):
            enabled = is_on(action.get("configuration") or {})
            schema = from_delta(action["schemaString"]) if "schemaString" in action else schema
        if not enabled:
            raise error(
                "T4022",
                f"the change feed of `{text}` was not enabled at version {commit.version}",
                help="start the window at a version where `delta.enableChangeDataFeed` is on",
            )
        _require_types(schema, snapshot.schema, commit.version, text)


def _state_before(snapshot: Snapshot, commits: list[Commit], text: str) -> tuple[bool, Schema]:
    """Return whether the feed was on, and the columns, when the first commit of the window was made."""
    unchanged = not any(commit.all("metaData") for commit in commits) and commits[-1].version == snapshot.version
    if unchanged or commits[0].all("metaData"):  # its own metadata says it
        return is_on(snapshot.configuration), snapshot.schema
    before = open_table(snapshot.path, text, commits[0].version)
    return is_on(before.configuration), before.schema


def is_on(configuration: Mapping[str, str]) -> bool:
    """Say whether table properties switch the change feed on."""
    return configuration.get("delta.enableChangeDataFeed", "false").lower() == "true"


def _require_types(then: Schema, now: Schema, version: int, text: str) -> None:
    for field in then:
        current = now.get(field.name)
        if current is not None and current.type != field.type:
            raise error(
                "T4025",
                f"column `{field.name}` of `{text}` was {field.type.sql()} at version {version} and is {current.type.sql()} now",
                help="start the window after the change of type",
            )


def _changed_files(commit: Commit) -> Iterator[tuple[str, int]]:
    """Yield logged paths and sizes of the files that hold a commit's changes: its change files, or those it added and removed."""
    actions = commit.all("cdc") or tuple(a for kind in ("add", "remove") for a in commit.all(kind) if a.get("dataChange", True))
    for action in actions:
        yield str(action["path"]), int(action.get("size") or 0)
