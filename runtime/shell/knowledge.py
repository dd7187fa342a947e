"""Owns `Knowledge`: what the shell knows of names, columns, functions and parameters, as the binder has them.

In: a workspace. Out: a frozen picture that completion and the listing commands read, and which
is gathered anew when declarations or files change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ...dialect.diagnostics import TreadleError
from ...dialect.statements.function import FunctionStatement
from ...dialect.statements.source import SourceStatement
from ...dialect.types import Schema
from ...planner.codec import to_json
from ...planner.functions.built_ins import described
from ...planner.functions.packs import pack_functions
from ...planner.functions.tables import table_functions
from ...planner.ports import BuiltIn, SourceRef
from ...planner.project import BoundView
from ...planner.project import Parameter as BoundParameter
from ..cli.text import plain_value
from ..selectors import tags_of
from ..workspace import Bound, Workspace

MAX_FILES = 300
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column; the type is empty where it is not known."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """Something to select from: `view`, `table`, `source` or `frame`, `system` for tables of `information_schema`."""

    name: str
    kind: str
    columns: tuple[ColumnInfo, ...]
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ParameterOf:
    """A parameter of a function: its name and, where they are known, its type and default."""

    name: str
    type: str = ""
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function; `kind` is `scalar`, `aggregate`, `window` or `table`, `ours` whether the project declares it."""

    name: str
    kind: str
    signature: str
    parameters: tuple[ParameterOf, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """A declared parameter with its value for people; secrets are covered."""

    name: str
    type: str
    value: str = ""
    origin: str = ""
    comment: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file or folder by its name; folders end with a slash, tables with neither."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """A dot command as completion sees it."""

    name: str
    summary: str
    argument: str = ""
    choices: tuple[str, ...] = ()


def _no_files(prefix: str) -> tuple[FileInfo, ...]:
    return ()


def _no_columns(path: str) -> tuple[ColumnInfo, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that completion can offer.

    Args:
        files: files and folders whose path begins with a text.
        columns_at: columns of a table or file by its path.
    """

    relations: tuple[Relation, ...] = ()
    functions: tuple[Function, ...] = ()
    parameters: tuple[ParameterInfo, ...] = ()
    tags: tuple[str, ...] = ()
    commands: tuple[CommandInfo, ...] = ()
    declared: tuple[str, ...] = ()
    files: Callable[[str], tuple[FileInfo, ...]] = _no_files
    columns_at: Callable[[str], tuple[ColumnInfo, ...]] = _no_columns


def gather(workspace: Workspace) -> Knowledge:
    """Return what a workspace knows now; what is wrong in its files hides what depends on it, and nothing else."""
    from .declarations import declared

    bound = workspace.project({})
    _, engine = workspace.engine(bound.policies.runtime_profile, bound.policies.rule_overlay)
    project = bound.project
    return Knowledge(
        relations=tuple(sorted(_relations(bound, _comments(workspace, bound)), key=lambda one: one.name.lower())),
        functions=(*_own_functions(workspace, bound), *_table_functions(), *_packs(), *_built_ins(engine.built_ins())),
        parameters=tuple(_parameter(bound, name, one) for name, one in sorted(project.parameters.items())),
        tags=tuple(sorted({tag for view in project.views.values() for tag in tags_of(view)})),
        declared=tuple(one.name for one in declared(workspace.additions)),
        files=lambda prefix: tuple(_files(workspace.root, prefix)),
        columns_at=lru_cache(256)(lambda path: _columns_at(workspace, path)),
    )


def _comments(workspace: Workspace, bound: Bound) -> Mapping[str, str | None]:
    statements = (one for script in workspace.scripts(bound.folder) for one in script.statements)
    return {one.name.text: one.comment for one in statements if isinstance(one, SourceStatement)}


def _relations(bound: Bound, comments: Mapping[str, str | None]) -> Iterator[Relation]:
    from ..engine.arrow_types import schema as schema_of
    from ..information_schema import information_schema

    project = bound.project
    for name in project.order:
        view = project.views[name]
        yield Relation(name, _kind(view), _columns(view.schema), getattr(view.statement, "comment", None))
    for source in project.sources.values():
        if source.declared or source.kind == "memory":
            kind = "frame" if source.kind == "memory" else "source"
            yield Relation(source.name, kind, _columns(source.schema), comments.get(source.name))
    for name in project.failed:
        yield Relation(name, "broken", ())
    for name, table in information_schema(project, {}).items():
        yield Relation(name, SYSTEM, _columns(schema_of(table.schema)))


def _kind(view: BoundView) -> str:
    return "table" if view.materialized else "view"


def _columns(schema: Schema) -> tuple[ColumnInfo, ...]:
    return tuple(ColumnInfo(field.name, field.type.sql()) for field in schema)


def _own_functions(workspace: Workspace, bound: Bound) -> Iterator[Function]:
    """Yield the functions of the project with their declared parameters."""
    parameters: dict[str, tuple[ParameterOf, ...]] = {}
    for script in workspace.scripts(bound.folder):
        for one in script.statements:
            if isinstance(one, FunctionStatement):
                parameters[one.name.text.lower()] = tuple(
                    ParameterOf(a.name.text, a.type.type.sql(), None if a.default is None else a.default.span.text) for a in one.arguments
                )
    for function in bound.project.functions.values():
        yield Function(function.name, function.flavour, function.signature, parameters.get(function.name.lower(), ()), ours=True)


def _table_functions() -> Iterator[Function]:
    for one in table_functions().values():
        yield Function(one.name, "table", one.shown, tuple(ParameterOf(p.name, p.type, None if p.required else "") for p in one.parameters))


def _packs() -> Iterator[Function]:
    """Yield the functions of packs, each by its first form; those that add a form to one of the engine's are told of there."""
    known = described()
    for name, (first, *_) in pack_functions().items():
        if name not in known:
            parameters = tuple(ParameterOf(p.name, p.type, None if p.required else p.default or "") for p in first.parameters)
            yield Function(name, first.kind, first.shown, parameters)


def _built_ins(found: Mapping[str, BuiltIn]) -> Iterator[Function]:
    own = table_functions()
    for name, one in found.items():
        if name not in own:
            known = described()[name]
            parameters = tuple(ParameterOf(p.name, p.type, None if p.required else p.default or "") for p in known.parameters)
            yield Function(name, one.kind, known.shown(name), parameters)


def _parameter(bound: Bound, name: str, one: BoundParameter) -> ParameterInfo:
    value = bound.project.values.get(name)
    shown = "" if value is None else "<secret>" if one.secret else plain_value(to_json(value).value, one.type.sql())
    return ParameterInfo(name, one.type.sql(), shown, bound.project.origins.get(name, ""), one.comment, one.secret)


def _files(root: Path, prefix: str) -> Iterator[FileInfo]:
    """Yield what a path may go on with, hidden files only when asked for."""
    folder, _, name = prefix.rpartition("/")
    start = Path(os.path.expanduser(folder + "/")) if folder or prefix.startswith("/") else Path()
    try:
        entries = sorted(os.scandir(root / start), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries[:MAX_FILES]:
        if not entry.name.lower().startswith(name.lower()) or entry.name.startswith(".") > name.startswith("."):
            continue
        path = f"{folder}/{entry.name}" if folder or prefix.startswith("/") else entry.name
        if not entry.is_dir():
            yield FileInfo(path, "file")
        elif os.path.isdir(os.path.join(entry.path, "_delta_log")):
            yield FileInfo(path, "Delta table")
        else:
            yield FileInfo(path + "/", "folder")


def _columns_at(workspace: Workspace, path: str) -> tuple[ColumnInfo, ...]:
    """Return the columns of a Delta table by its path; nothing where there is none."""
    try:
        location = workspace.lake.canonical(path)
        kind = "delta" if os.path.isdir(os.path.join(location, "_delta_log")) else _ENDINGS.get(Path(path).suffix.lower())
        return () if kind is None else _columns(workspace.lake.schema(SourceRef(kind, location)))  # type: ignore[arg-type]
    except TreadleError:
        return ()


_ENDINGS = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".ndjson": "json", ".jsonl": "json"}
