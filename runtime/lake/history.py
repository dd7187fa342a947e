"""Owns what commits say of themselves: the rows of `delta_history`, the newest first, as far as a table's log is left.

Columns and their names are those of DESCRIBE HISTORY (Delta's `DeltaHistory`); `customMetadata` adds what a
writer put into the commit besides. Of each log entry only the line with its `commitInfo` is read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...dialect.diagnostics import error
from ...dialect.types import BIGINT, BOOLEAN, VARCHAR, Field, Schema, map_of, struct, timestamp
from .faults import words
from .log import entry_path, log_files, time_said
from .schemas import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

TEXTS = map_of(VARCHAR, VARCHAR)
JOB = ("jobId", "jobName", "jobRunId", "runId", "jobOwnerId", "triggerType")
HISTORY = Schema(
    (
        Field("version", BIGINT, False),
        Field("timestamp", timestamp(6, "UTC"), False),
        Field("userId", VARCHAR),
        Field("userName", VARCHAR),
        Field("operation", VARCHAR),
        Field("operationParameters", TEXTS),
        Field("job", struct(*(Field(name, VARCHAR) for name in JOB))),
        Field("notebook", struct(Field("notebookId", VARCHAR))),
        Field("clusterId", VARCHAR),
        Field("readVersion", BIGINT),
        Field("isolationLevel", VARCHAR),
        Field("isBlindAppend", BOOLEAN),
        Field("operationMetrics", TEXTS),
        Field("userMetadata", VARCHAR),
        Field("engineInfo", VARCHAR),
        Field("customMetadata", TEXTS),
    )
)
"""The columns of every history."""
_KNOWN = {*(field.name for field in HISTORY), "inCommitTimestamp", "txnId", "clientVersion"}
_TEXT = ("userId", "userName", "operation", "clusterId", "isolationLevel", "userMetadata", "engineInfo")


def history_window(table: Path, version: int, limit: int | None) -> tuple[int, int]:
    """Return the first and last version that a history up to a version tells of; first > last when it tells of none.

    It goes back from the version as far as log entries are left without a gap, and no further than `limit` of them.
    """
    commits = set(log_files(table).commits)
    first = version + 1
    while first - 1 in commits and (limit is None or version - first + 1 < limit):
        first -= 1
    return first, version


def history(table: Path, window: tuple[int, int], text: str) -> pa.Table:
    """Return the commits of a window, the newest first, with the columns of `HISTORY`.

    Args:
        table: canonical folder.
        window: first and last version.
        text: the location as people know it, for messages.

    Raises T4004 for an entry that went away since the window was found, T4007 for a damaged one.
    """
    import pyarrow as pa

    first, last = window
    return pa.Table.from_pylist([_row(table, version, text) for version in range(last, first - 1, -1)], schema=arrow_schema(HISTORY))


def _row(table: Path, version: int, text: str) -> dict[str, Any]:
    info, when = _commit_info(table, version, text)
    row: dict[str, Any] = {"version": version, "timestamp": when}
    row |= {name: _text(info.get(name)) for name in _TEXT}
    row |= {name: _texts(info.get(name)) for name in ("operationParameters", "operationMetrics")}
    row["job"] = _fields(info.get("job"), JOB)
    row["notebook"] = _fields(info.get("notebook"), ("notebookId",))
    row["readVersion"] = _whole(info.get("readVersion"))
    blind = info.get("isBlindAppend")
    row["isBlindAppend"] = blind if isinstance(blind, bool) else None
    row["customMetadata"] = _texts({name: value for name, value in info.items() if name not in _KNOWN}) or None
    return row


def _commit_info(table: Path, version: int, text: str) -> tuple[Mapping[str, Any], dt.datetime]:
    """Return what a commit says of itself, nothing for one that doesn't, and when it was made."""
    path = entry_path(table, version)
    try:
        with path.open("rb") as lines:
            info = next(_infos(lines), {})
        said = time_said(info)
        when = path.stat().st_mtime_ns // 1_000_000 if said is None else said
    except FileNotFoundError as gone:
        message = f"the log entry of version {version} of `{text}` went away after the run was planned"
        raise error("T4004", message, help="run again") from gone
    except (ValueError, OSError) as problem:
        raise error("T4007", f"commit {version} of `{text}` can't be read", cause=words(problem)) from problem
    return info, dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=when)


def _infos(lines: Iterator[bytes]) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        if b'"commitInfo"' in line:
            found = json.loads(line).get("commitInfo")
            if isinstance(found, dict):
                yield found


def _text(value: object) -> str | None:
    """Return a value as text; what isn't text is written as JSON, as Spark's own writer has it in its parameters."""
    return value if value is None or isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _texts(value: object) -> list[tuple[str, str | None]] | None:
    return [(str(name), _text(one)) for name, one in value.items()] if isinstance(value, dict) else None


def _fields(value: object, names: tuple[str, ...]) -> dict[str, str | None] | None:
    return {name: _text(value.get(name)) for name in names} if isinstance(value, dict) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
