"""Owns the step from a source's evaluated arguments to a `SourceRef`, for binding and specifying alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from ..dialect.diagnostics import error
from .ports import METADATA, SourceKind, SourceRef
from .values import Value

WRITTEN = "write it as `2013-01-31 12:00:00`"


def source_ref(kind: SourceKind, arguments: Mapping[str, Value], canonical: Callable[[str], str]) -> SourceRef:
    """Return the resolved source of a kind.

    Args:
        kind: what is read.
        arguments: evaluated arguments by name; `path` is the location (the name of a frame in memory).
        canonical: makes a location absolute and canonical, as the lake does.

    Raises:
        TreadleError: T2041 for an argument of a wrong type, T2042 for arguments that exclude each other.
    """
    path = arguments.get("path")
    location = ""
    if path is not None:
        if not isinstance(path.value, str) or not path.value:
            raise error("T2041", f"the path must be text, it is {'null' if path.value is None else path.type}", help="write a text")
        location = path.value if kind == "memory" else canonical(path.value)
    given = {name: value for name, value in arguments.items() if name != "path" and value.value is not None}
    version, timestamp_ms = None, None
    if kind == "delta" or kind in METADATA:
        if "version" in given and "timestamp" in given:
            raise error("T2042", "a version and a timestamp are given", help="leave one of them out")
        version = whole_number("version", given.pop("version")) if "version" in given else None
        timestamp_ms = instant_ms("timestamp", given.pop("timestamp")) if "timestamp" in given else None
    if kind == "changes":
        _check_window(given)
    if "limit" in given:
        whole_number("limit", given["limit"])
    if given.get("pin") is not None and given["pin"].value not in ("content", "time"):
        raise error("T2041", f"`pin` is `{given['pin'].value}`", help="write 'content' or 'time'")
    return SourceRef(kind, location, version, timestamp_ms, tuple(sorted(given.items())))


def _check_window(given: Mapping[str, Value]) -> None:
    versions = [n for n in given if n.endswith("_version")]
    timestamps = [n for n in given if n.endswith("_timestamp")]
    if versions and timestamps:
        raise error("T2042", "a change window is given by versions and by timestamps", help="leave one kind out")
    for name in versions:
        whole_number(name, given[name])
    for name in timestamps:
        instant_ms(name, given[name])


def whole_number(name: str, value: Value) -> int:
    """Return an argument as a version number, 0 or more; raises T2041."""
    if isinstance(value.value, int) and not isinstance(value.value, bool) and value.value >= 0:
        return value.value
    help_line = "give 0 or more" if value.type.is_integer else "CAST it"
    raise error("T2041", f"`{name}` must be a whole number from 0, it is {value.value!r} ({value.type})", help=help_line)


def instant_ms(name: str, value: Value) -> int:
    """Return an argument as milliseconds since 1970 in UTC; text is read as ISO 8601; raises T2041."""
    found = value.value
    if isinstance(found, str):
        try:
            found = datetime.fromisoformat(found)
        except ValueError:
            raise error("T2041", f"`{name}` must be a timestamp, `{found}` can't be read as one", help=WRITTEN) from None
    if isinstance(found, datetime):
        at = found if found.tzinfo else found.replace(tzinfo=UTC)
        return int(at.timestamp() * 1000)
    if isinstance(found, date):
        return int(datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp() * 1000)
    raise error("T2041", f"`{name}` must be a timestamp, it is {value.type}", help=WRITTEN)
