"""Owns `treadle.toml`: its model, how it is read, and where in it a mistake stands.

In: the file's text as a `Source`. Out: a frozen `Config` with the place of every key.
Unknown keys are errors; values are taken strictly, so `"64"` is not the number 64.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from ..dialect.diagnostics import Problems, TreadleError, did_you_mean, error
from ..dialect.source import Source, Span
from ..planner.spec import CachePolicy, Capabilities, Contract, InlinePolicy, Maintenance, Observe, RuleOverlay, RuntimeProfile
from .toml_places import Path, Place, nearest_place, toml_places

CONFIG_NAME = "treadle.toml"
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]i?)?B?", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_TOML_ERROR = re.compile(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def _size(value: object) -> object:
    """Return text such as `1.5 GiB` as bytes; anything else as it is, for validation to judge."""
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(float(match[1]) * _UNITS[(match[2] or "").lower()]) if match else value


class ProfileTable(RuntimeProfile):
    """A runtime profile as `treadle.toml` says it: `memory` may be text such as `"2 GiB"`."""

    @field_validator("memory", mode="before")
    @classmethod
    def _bytes(cls, value: object) -> object:
        return _size(value)


class CacheTable(CachePolicy):
    """The cache policy as `treadle.toml` says it: `memory_budget` may be text such as `"256 MiB"`."""

    @field_validator("memory_budget", mode="before")
    @classmethod
    def _bytes(cls, value: object) -> object:
        return _size(value)


class ProjectTable(Contract):
    """`[project]`: folders of views relative to the root, and patterns of files to leave out.

    Args:
        name, version: what the project is called.
        paths: folders of views.
        exclude: patterns of files to leave out.
        lake: folder of the project's tables; what lies below it keeps its place below another environment's lake.
        environment: the environment in use when none is named.
        seeds: folder of CSV files that are sources under their own names.
    """

    name: str = ""
    version: str = ""
    paths: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()
    lake: str = Field(default="lake", min_length=1)
    environment: str | None = None
    seeds: str = Field(default="seeds", min_length=1)


class SeedTable(Contract):
    """`[seeds.NAME]`: how a CSV file of the folder of seeds is read.

    Args:
        columns: types by name, each with `NOT NULL` or without.
        delimiter, null_value: as options of `read_csv`.
        comment: shown by `treadle show sources`.
    """

    columns: dict[str, str] = {}
    delimiter: str | None = None
    null_value: str | None = None
    comment: str | None = None


class PythonTable(Contract):
    """`[python]`: folders, relative to the root, where modules of Python functions are looked for besides the root."""

    path: tuple[str, ...] = ()


class PlannersTable(Contract):
    """`[planners]`: which domain planners replace parts of plans.

    Args:
        exclude: names of treadle's own that are left out.
        add: the project's own, each as `module:object`.
    """

    exclude: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


class EnvironmentTable(Contract):
    """`[env.NAME]`: what an environment says otherwise.

    Args:
        lake: folder in which all tables of the project are kept apart from production's.
        defer: whether tables that aren't built there are read from production; so by default with a `lake`.
        parameters: values by name.
        locations: paths by name of a source or materialised view.
        profile: name of a profile.
    """

    lake: str | None = Field(default=None, min_length=1)
    defer: bool | None = None
    parameters: dict[str, object] = {}
    locations: dict[str, str] = {}
    profile: str | None = None


class TestTable(Contract):
    """`[test]`: the clock of tests that set none; an instant without an offset is in UTC."""

    __test__ = False  # no test of pytest's

    as_of: datetime | None = None

    @field_validator("as_of", mode="after")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        return value if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Tables(Contract):
    """All tables of `treadle.toml`."""

    project: ProjectTable = ProjectTable()
    parameters: dict[str, object] = {}
    profile: ProfileTable | None = None
    profiles: dict[str, ProfileTable] = {}
    rules: RuleOverlay = RuleOverlay()
    planners: PlannersTable = PlannersTable()
    inline: InlinePolicy = InlinePolicy()
    cache: CacheTable = CacheTable()
    maintenance: Maintenance = Maintenance()
    tuner: Literal["off", "observe", "apply"] = "off"
    capabilities: Capabilities = Capabilities()
    observe: Observe = Observe()
    python: PythonTable = PythonTable()
    test: TestTable = TestTable()
    metadata: dict[str, str] = {}
    env: dict[str, EnvironmentTable] = {}
    seeds: dict[str, SeedTable] = {}

    @field_validator("profile", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        """Read `profile = "small"` as `[profile]` with that name."""
        return {"name": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Config:
    """`treadle.toml` as read; without a file all defaults and no places."""

    tables: Tables = field(default_factory=Tables)
    raw: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[Path, Place] = field(default_factory=dict)
    text: str | None = None

    def key_span(self, *path: str | int) -> Span | None:
        """Return where the key of a path stands, or its nearest parent's, or None."""
        place = nearest_place(self.places, path)
        return None if place is None else place.key

    def value_span(self, *path: str | int) -> Span | None:
        """Return where the value of a path stands, or its nearest parent's, or None."""
        place = nearest_place(self.places, path)
        return None if place is None else place.value

    def environment(self, name: str | None) -> EnvironmentTable:
        """Return an environment's table, an empty one for None; raises T7004 for an unknown name."""
        if name is None:
            return EnvironmentTable()
        if name not in self.tables.env:
            known = ", ".join(f"`{n}`" for n in self.tables.env)
            help_line = did_you_mean(name, self.tables.env) or f"known are {known}" if known else "add `[env.NAME]` to `treadle.toml`"
            span = self.value_span("project", "environment") if name == self.tables.project.environment else None
            raise error("T7004", f"there is no environment `{name}`", span, help=help_line)
        return self.tables.env[name]

    def parameters(self, environment: str | None = None) -> Mapping[str, object]:
        """Return raw values by name from `[parameters]`, or from an environment's when one is named."""
        tables = _table(_table(self.raw.get("env")).get(environment)) if environment else self.raw
        return _table(tables.get("parameters"))


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def load_config(source: Source) -> Config:
    """Read the text of `treadle.toml`; raises T7001 to T7003 with everything that is wrong in it."""
    raw = _parse(source)
    places = toml_places(source)
    try:
        tables = Tables.model_validate_json(json.dumps(raw, default=str, allow_nan=True), strict=True)
    except ValidationError as problem:
        problems = Problems()
        for fault in problem.errors(include_url=False):
            problems.catch(_fault(fault, places))
        problems.raise_if_errors()
        raise
    return Config(tables, raw, places, source.text)


def _parse(source: Source) -> dict[str, object]:
    try:
        return tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as problem:
        match = _TOML_ERROR.match(str(problem))
        message = match[1] if match else str(problem)
        end = len(source.text.rstrip())
        start = source.line_starts[int(match[2]) - 1] + int(match[3]) - 1 if match and match[2] else max(end - 1, 0)
        span = source.span(min(start, len(source.text)), min(start + 1, len(source.text)))
        help_line = "strings stand in quotes, each key once in its table, each table's header on a line of its own"
        raise error("T7001", f"`{source.name}` is not valid TOML: {message[:1].lower()}{message[1:]}", span, help=help_line) from None


def _fault(fault: ErrorDetails, places: Mapping[Path, Place]) -> TreadleError:
    path = tuple(fault["loc"])
    place = nearest_place(places, path)
    shown = ".".join(str(p) for p in path)
    if fault["type"] == "extra_forbidden":
        return _unknown_key(path, place)
    found = json.dumps(fault["input"], ensure_ascii=False, default=str)
    found = found if len(found) <= 40 else found[:39] + "…"
    wanted = fault["msg"].removeprefix("Input ").replace("valid array", "list").replace("valid dictionary", "table")
    choices = re.findall(r"'([^']*)'", str(fault.get("ctx", {}).get("expected", "")))
    help_line = did_you_mean(str(fault["input"]), choices) or f"write it as {_kind(fault['type'])}"
    if path[-1] in ("memory", "memory_budget") and fault["type"].startswith("int"):
        wanted, help_line = "should be an amount of memory", 'write it with its unit in quotes, such as `"2 GiB"`, or as a number of bytes'
    return error("T7003", f"`{shown}` is `{found}`, but {wanted[:1].lower()}{wanted[1:]}", place.value if place else None, help=help_line)


def _kind(fault: str) -> str:
    """Return what a value should look like, by the kind of its fault."""
    kinds = {
        "int": "a number without quotes, such as `64`", "float": "a number without quotes, such as `0.5`", "bool": "`true` or `false`",
        "datetime": "an instant, such as `2013-01-31 06:00:00`", "string": "text in quotes",
        "tuple": "a list, such as `['a', 'b']`", "list": "a list, such as `['a', 'b']`", "dict": "a table",
        "model": "a table", "literal": "one of these", "greater": "a number in this range", "less": "a number in this range",
    }  # fmt: skip
    return next((text for kind, text in kinds.items() if fault.startswith(kind)), "the message says")


def _unknown_key(path: Path, place: Place | None) -> TreadleError:
    known = _known_keys(path[:-1])
    name, table = str(path[-1]), ".".join(str(p) for p in path[:-1])
    where = f"in `[{table}]`" if table else "at the top of `treadle.toml`"
    help_line = did_you_mean(name, known) or f"known are {', '.join(f'`{k}`' for k in known)}"
    return error("T7002", f"there is no key `{name}` {where}", place.key if place else None, help=help_line)


def _known_keys(path: Iterable[str | int]) -> tuple[str, ...]:
    model: type[BaseModel] = Tables
    steps = list(path)
    while steps:
        step = steps.pop(0)
        info = model.model_fields.get(str(step))
        nested = [a for a in _models(info.annotation)] if info else []
        if not nested:
            continue
        model = nested[0]
        if info and str(info.annotation).startswith(("dict", "tuple")) and steps:
            steps.pop(0)
    return tuple(model.model_fields)


def _models(annotation: object) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)
