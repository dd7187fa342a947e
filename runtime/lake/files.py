"""Owns plain files: which files a path, list or glob means, their digest, their columns."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import INTEGERS, VARCHAR, DataType, Field, Schema
from ...planner.values import Value
from .faults import library, near_paths, words
from .locations import is_glob, relative, split_list
from .typed_text import describe_typed

Describe = Callable[[str, tuple[str, ...], Mapping[str, Value]], Schema]
"""Infers the columns of files: kind (`parquet`, `csv`, `json`), absolute paths, options by name."""

_SUFFIXES = {"parquet": (".parquet", ".parq"), "csv": (".csv", ".tsv", ".txt"), "json": (".json", ".ndjson", ".jsonl")}

RELATIVE = "paths are relative to the project's root; globs match within one folder unless they hold `**`"


@dataclass(frozen=True, slots=True)
class PlainFile:
    """One file as it was found: absolute path, size in bytes, time of change in nanoseconds."""

    path: Path
    size: int
    mtime_ns: int


def list_files(kind: str, root: Path, location: str) -> tuple[PlainFile, ...]:
    """Return the files that a location means, sorted by path, each once.

    Args:
        kind: `parquet`, `csv` or `json`; decides which files of a folder count.
        root: folder that relative paths start from.
        location: a path, a folder, a glob, or a JSON array of those.

    Raises T4009 when nothing matches, T4010, and T4011 for the folder of a Delta table.
    """
    found: dict[Path, PlainFile] = {}
    for text in split_list(location):
        matched = [_stat(p) for p in _matches(kind, root, text)]
        if not matched:
            raise _nothing(root, text)
        found.update((one.path, one) for one in matched)
    return tuple(found[path] for path in sorted(found))


def _matches(kind: str, root: Path, text: str) -> list[Path]:
    path = root / text
    if path.is_file():
        return [path]
    if path.is_dir():
        return _inside(kind, path, text)
    if not is_glob(text):
        return []
    return [Path(one) for one in glob.glob(str(path), recursive=True) if os.path.isfile(one)]


def _inside(kind: str, folder: Path, text: str) -> list[Path]:
    if (folder / "_delta_log").is_dir():
        raise error("T4011", f"`{folder.name}` is a Delta table, not a folder of plain files", help="read it with `read_delta`")
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")))
        found += [Path(place, n) for n in names if not n.startswith((".", "_")) and n.lower().endswith(_SUFFIXES[kind])]
    return found


def _stat(path: Path) -> PlainFile:
    try:
        facts = path.stat()
    except OSError as problem:
        raise error("T4010", f"`{path}` can't be read", cause=words(problem)) from problem
    return PlainFile(path, facts.st_size, facts.st_mtime_ns)


def _nothing(root: Path, text: str) -> TreadleError:
    path, shown = root / text, relative(root, root / text)
    if path.is_dir():
        return error("T4009", f"the folder `{shown}` holds no file of that kind", help=RELATIVE)
    if is_glob(text):
        return error("T4009", f"no file matches `{shown}`", help=RELATIVE)
    return error("T4009", f"there is no file `{shown}`", help=near_paths(path) or RELATIVE)


def digest(root: Path, files: Iterable[PlainFile]) -> str:
    """Return a digest over paths (relative to the root), sizes and times of change, 32 hexadecimal characters."""
    state = hashlib.blake2b(digest_size=16)
    for one in files:
        state.update(f"{relative(root, one.path)}\0{one.size}\0{one.mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return state.hexdigest()


def content_digest(root: Path, files: Iterable[PlainFile]) -> str:
    """Return a digest over paths (relative to the root) and contents, 32 hexadecimal characters: the same in every copy."""
    state = hashlib.blake2b(digest_size=16)
    for one in files:
        state.update(f"{relative(root, one.path)}\0{one.size}\n".encode("utf-8", "surrogateescape"))
        state.update(one.path.read_bytes())
    return state.hexdigest()


def describe(kind: str, paths: tuple[str, ...], options: Mapping[str, Value]) -> Schema:
    """Return the columns of files: Parquet by footers, CSV and JSON by the engine's reading of their beginning.

    Files of one source may lack columns of others (they read as null) and have narrower
    numbers; raises T4011, T4012, or T4016 for types that don't agree.
    """
    if kind == "csv" and "columns" in options:
        return describe_typed(paths, options)
    merged: dict[str, tuple[Field, str]] = {}
    for path in paths:
        schema = _parquet(path) if kind == "parquet" else _text(kind, path, options)
        for field in schema:
            merged[field.name] = (_merge(merged.get(field.name), field, kind, path), path)
    return Schema(tuple(field for field, _ in merged.values()))


def _merge(seen: tuple[Field, str] | None, field: Field, kind: str, path: str) -> Field:
    if seen is None or seen[0].type == field.type:
        return Field(field.name, field.type)
    wider = _wider(seen[0].type, field.type)
    if wider is None and kind != "parquet":
        wider = _as_text(seen[0].type, field.type, kind)
    if wider is None:
        raise error(
            "T4016",
            f"column `{field.name}` is {seen[0].type.sql()} in `{seen[1]}` and {field.type.sql()} in `{path}`",
            help="read the files apart and cast the column",
        )
    return Field(field.name, wider)


def _wider(one: DataType, other: DataType) -> DataType | None:
    if one.name in INTEGERS and other.name in INTEGERS:
        return max(one, other, key=lambda t: INTEGERS.index(t.name))
    names = {one.name, other.name}
    if names <= {"FLOAT", "DOUBLE"} or ("DOUBLE" in names and names & {"TINYINT", "SMALLINT", "INT"}):
        return DataType("DOUBLE")
    if "NULL" in names:
        return one if other.name == "NULL" else other
    return None


def _as_text(one: DataType, other: DataType, kind: str) -> DataType | None:
    """Return the type of a column of text files as one file with both kinds of rows would have it."""
    if {one.name, other.name} == {"BIGINT", "DOUBLE"}:
        return DataType("DOUBLE")
    return VARCHAR if kind == "csv" else None


def _parquet(path: str) -> Schema:
    import pyarrow.parquet as pq

    from .arrow_types import from_arrow

    with library(lambda problem: _fault("T4011", f"`{path}` is not a Parquet file, or is damaged", path, problem)):
        with pq.ParquetFile(path) as file:
            schema, columns = file.schema_arrow, file.schema
            old = {columns.column(i).path.split(".")[0] for i in range(len(columns)) if columns.column(i).physical_type == "INT96"}
    return Schema(tuple(_from_int96(f) if f.name in old else f for f in from_arrow(schema, path)))


def _fault(code: str, message: str, path: str, problem: BaseException) -> TreadleError:
    if "permission denied" in str(problem).lower():
        return error("T4010", f"`{path}` can't be read", cause=words(problem))
    return error(code, message, cause=words(problem))


def _from_int96(field: Field) -> Field:
    """Return a column whose INT96 timestamps are microseconds, as the engine reads them."""

    def cut(type_: DataType) -> DataType:
        if type_.name == "TIMESTAMP":
            return DataType("TIMESTAMP", 6, zone=type_.zone)
        fields = tuple(Field(f.name, cut(f.type), f.nullable) for f in type_.fields)
        return DataType(type_.name, type_.precision, type_.scale, type_.zone, fields)

    return Field(field.name, cut(field.type), field.nullable)


def _text(kind: str, path: str, options: Mapping[str, Value]) -> Schema:
    from .arrow_types import from_arrow
    from .text_files import infer

    if os.path.getsize(path) == 0:
        raise error("T4012", f"`{path}` is empty; expected {kind.upper()}")
    with library(lambda problem: _fault("T4012", f"`{path}` can't be read as {kind.upper()}", path, problem)):
        schema = infer(kind, path, {name: value.value for name, value in options.items()})
    if len(schema) == 0:
        raise error("T4012", f"`{path}` has no columns when read as {kind.upper()}")
    return Schema(tuple(Field(_without_mark(f.name), _known(f.type), f.nullable) for f in from_arrow(schema, path)))


def _without_mark(name: str) -> str:
    """Return a column's name without the mark of byte order that the engine takes for its beginning."""
    return name.removeprefix("\ufeff").strip('"') if name.startswith("\ufeff") else name


def _known(type_: DataType) -> DataType:
    """Return a type in which what is null throughout the sample is text."""
    if type_.name == "NULL":
        return VARCHAR
    fields = tuple(Field(f.name, _known(f.type), f.nullable) for f in type_.fields)
    return DataType(type_.name, type_.precision, type_.scale, type_.zone, fields)
