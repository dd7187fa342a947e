"""Owns `treadle.lock`: its model, and how it is read and written.

In: pins, a clock, a profile. Out: TOML for people and for Git: sorted, one `[[source]]` a source, locations
relative to the root, nothing of the machine. Every mistake in a file is told at its place.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

from pydantic import ValidationError, field_validator

from ...dialect.diagnostics import Problems, TreadleError, did_you_mean, error
from ...dialect.source import Source, Span
from ...planner.digests import digest
from ...planner.ports import SourceKind
from ...planner.spec import Contract, RuntimeProfile, TypedValue
from ..project import read_source
from ..toml_places import Place, nearest_place, toml_places

HEAD = "head"
RENEW = "`treadle lock` writes a new one"
_CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)", re.MULTILINE)
_WHERE = re.compile(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


class LockedSource(Contract):
    """A source fixed in time.

    Args:
        name: its name in the project: a declared one, or a table function's call.
        kind: how it is read.
        location: relative to the root where inside it.
        asked: what the project asks for: `head`, `version 3` or `timestamp 2013-01-31T12:00:00.000Z`.
        arguments: reader options, the arguments of a change window, the limit of a history.
        table_id, version, timestamp, window, protocol: of a Delta table, as pins have them.
        schema_digest: of its columns.
        content: digest of what plain files hold, in place of a version.
        files, bytes, rows: how much it is; rows by the log's statistics.
    """

    name: str
    kind: SourceKind
    location: str
    asked: str = HEAD
    arguments: dict[str, TypedValue] = {}
    table_id: str | None = None
    version: int | None = None
    timestamp: datetime | None = None
    window: tuple[int, int] | None = None
    protocol: tuple[str, ...] = ()
    schema_digest: str
    content: str | None = None
    files: int = 0
    bytes: int = 0
    rows: int | None = None

    @field_validator("kind", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        if value not in get_args(SourceKind):
            raise ValueError(f"there is no such kind; {did_you_mean(str(value), get_args(SourceKind)) or 'it is `delta` for most'}")
        return value


class Lock(Contract):
    """What a locked run replays.

    Args:
        format: of the file.
        environment: whose lock it is; None without environments.
        as_of: the run clock, ISO 8601 in UTC.
        cut: how the pins were taken together; `apart` when only some were renewed.
        made_from: digest of what the project asks for: names, kinds, locations, arguments.
        profile: resources, which the envelope's digest depends on.
        engines: what it was made with.
        source: sorted by name.
    """

    format: Literal[1] = 1
    environment: str | None = None
    as_of: str
    cut: Literal["none", "heads", "commit timestamps", "apart"] = "heads"
    made_from: str
    profile: RuntimeProfile = RuntimeProfile()
    engines: dict[str, str] = {}
    source: tuple[LockedSource, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Return the digest by which receipts name it."""
        return digest(self.model_dump(mode="json"))

    @property
    def by_name(self) -> Mapping[str, LockedSource]:
        """Return its sources by name."""
        return {one.name: one for one in self.source}

    def instant(self) -> datetime:
        """Return the run clock."""
        return datetime.fromisoformat(self.as_of)


@dataclass(frozen=True, slots=True)
class LockFile:
    """A lock with the file that it was read from, and where its sources stand in it."""

    lock: Lock
    source: Source
    places: Mapping[tuple[str | int, ...], Place] = field(default_factory=dict)

    def span(self, name: str) -> Span | None:
        """Return where a source is named."""
        at = next((i for i, one in enumerate(self.lock.source) if one.name == name), None)
        place = None if at is None else self.places.get(("source", at, "name"))
        return self.source.span(0, 0) if place is None else place.value


def lock_name(environment: str | None) -> str:
    """Return the name of an environment's lock, beside `treadle.toml`.

    >>> lock_name(None), lock_name("prod")
    ('treadle.lock', 'treadle.prod.lock')
    """
    return "treadle.lock" if environment is None else f"treadle.{quote(environment, safe='')}.lock"


def read_lock(root: Path, environment: str | None) -> LockFile:
    """Return the lock of a project's environment; raises T7080 when there is none, T7081 and T7009 to T7012 for a damaged one."""
    name = lock_name(environment)
    if not (root / name).exists():
        option = "" if environment is None else f" --env {environment}"
        raise error("T7080", f"there is no `{name}` in this project", help=f"`treadle lock{option}` writes one; commit it")
    found = parse_lock(read_source(root / name, name))
    if found.lock.environment != environment:
        of = "no environment" if found.lock.environment is None else f"the environment `{found.lock.environment}`"
        place = nearest_place(found.places, ("environment",))
        raise error("T7081", f"`{name}` is the lock of {of}", place.value if place else found.source.span(0, 0), help=RENEW)
    return found


def parse_lock(source: Source) -> LockFile:
    """Return the lock that a text holds; raises T7081 with all that is wrong in it."""
    conflict = _CONFLICT.search(source.text)
    if conflict is not None:
        message = "a merge left its conflict markers in the lock"
        help_line = "take either side whole, then `treadle lock`"
        raise error("T7081", message, source.span(conflict.start(), conflict.end()), help=help_line)
    raw = _toml(source)
    places = toml_places(source)
    if raw.get("format", 1) != 1:
        message = f"the lock has the format {raw['format']}, this treadle reads 1"
        raise error("T7081", message, _place(source, places, ("format",)), help="take a newer treadle, or `treadle lock`")
    try:
        lock = Lock.model_validate(_texts(raw))
        _require_instant(lock, source, places)
    except ValidationError as problem:
        problems = Problems()
        for fault in problem.errors(include_url=False):
            problems.catch(_fault(source, places, tuple(fault["loc"]), str(fault["msg"]), fault["type"]))
        problems.raise_if_errors()
        raise
    _require_once(lock, source, places)
    return LockFile(lock, source, places)


def _toml(source: Source) -> dict[str, object]:
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as problem:
        match = _WHERE.match(str(problem))
        start = source.line_starts[int(match[2]) - 1] + int(match[3]) - 1 if match and match[2] else max(len(source.text.rstrip()) - 1, 0)
        span = source.span(min(start, len(source.text)), min(start + 1, len(source.text)))
        words = match[1] if match else str(problem)
        raise error("T7081", f"`{source.name}` is not valid TOML: {words[:1].lower()}{words[1:]}", span, help=RENEW) from None


def _texts(raw: dict[str, object]) -> dict[str, object]:
    """Return the raw tables with the clock as text, since TOML has instants of its own."""
    clock = raw.get("as_of")
    return {**raw, "as_of": shown_instant(clock)} if isinstance(clock, datetime) else raw


def shown_instant(moment: datetime) -> str:
    """Return an instant as the specification writes it: microseconds, UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _require_instant(lock: Lock, source: Source, places: Mapping[tuple[str | int, ...], Place]) -> None:
    try:
        lock.instant()
    except ValueError:
        message = f"`as_of` is `{lock.as_of}`, which is no point in time"
        raise error("T7081", message, _place(source, places, ("as_of",)), help=RENEW) from None


def _require_once(lock: Lock, source: Source, places: Mapping[tuple[str | int, ...], Place]) -> None:
    seen: set[str] = set()
    problems = Problems()
    for at, one in enumerate(lock.source):
        if one.name in seen:
            span = _place(source, places, ("source", at, "name"))
            problems.catch(error("T7081", f"the source `{one.name}` stands in the lock twice", span, help=RENEW))
        seen.add(one.name)
    problems.raise_if_errors()


def _fault(
    source: Source, places: Mapping[tuple[str | int, ...], Place], path: tuple[str | int, ...], message: str, kind: str
) -> TreadleError:
    span, name = _place(source, places, path), str(path[-1])
    if kind == "extra_forbidden":
        return error("T7081", f"there is no key `{name}` in a lock", span, help=RENEW)
    if kind == "missing":
        return error("T7081", f"the lock lacks the key `{name}`", span, help=RENEW)
    message = message.removeprefix("Value error, ")
    return error("T7081", f"`{name}`: {message[:1].lower()}{message[1:]}", span, help=RENEW)


def _place(source: Source, places: Mapping[tuple[str | int, ...], Place], path: tuple[str | int, ...]) -> Span:
    place = nearest_place(places, path)
    return source.span(0, 0) if place is None else place.value


def write_lock(lock: Lock) -> str:
    """Return a lock as TOML that `parse_lock` reads back to an equal one."""
    option = "" if lock.environment is None else f" --env {lock.environment}"
    head = f"# Written by `treadle lock{option}`, to be committed: what `treadle run --locked{option}` reads.\n"
    top = {"format": lock.format, "environment": lock.environment, "as_of": lock.instant(), "cut": lock.cut, "made_from": lock.made_from}
    profile = lock.profile.model_dump(mode="json", exclude_none=True, exclude_defaults=True) | {"name": lock.profile.name}
    settings = profile.pop("settings", {})
    parts = [head + _pairs(top), "[profile]\n" + _pairs(profile)]
    parts += ["[profile.settings]\n" + _pairs(dict(sorted(settings.items())))] if settings else []
    parts.append("[engines]\n" + _pairs(dict(sorted(lock.engines.items()))))
    parts += ["[[source]]\n" + _pairs(_source(one)) for one in lock.source]
    return "\n".join(parts)


def _source(one: LockedSource) -> dict[str, object]:
    facts = one.model_dump(exclude_none=True, exclude_defaults=True)
    return {"name": one.name, "kind": one.kind, "location": one.location, "asked": one.asked, **facts}


def _pairs(values: Mapping[str, object]) -> str:
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in values.items() if value is not None)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        digits = "microseconds" if aware.microsecond % 1000 else "milliseconds"
        return aware.isoformat(timespec=digits).replace("+00:00", "Z")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(name)} = {_value(one)}' for name, one in value.items() if one is not None)} }}"
    return _text(str(value))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
