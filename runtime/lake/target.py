"""Owns `Target`: where an output goes, found fit for it before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...dialect.diagnostics import TreadleError, error
from ...dialect.types import DataType, Field, Schema, shown
from ...planner.spec import OutputSpec
from .fit import differences
from .opening import open_table
from .schemas import arrow_type, has_type
from .snapshot import Snapshot

Route = Literal["create", "adopt", "library"]

WRITABLE = frozenset({
    "appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping", "deletionVectors",
    "timestampNtz", "v2Checkpoint", "variantType", "variantType-preview",
})  # fmt: skip
"""Writer features that the library takes; others it refuses at the commit, when everything has been computed (measured)."""


@dataclass(frozen=True, slots=True)
class Target:
    """An output's table before the run.

    Args:
        location: canonical folder.
        text: the location as people know it.
        head: the table as it was found, or None where there is none yet.
        schema: the columns that will be written, in the table's order, as Delta stores them.
        partition_by: the partition columns.
        route: how rows get in: `create` (a new table, moved into place), `adopt` (files
            staged beside the table's, then one commit that takes them in), `library` (the
            staged rows written once more by the library, which checks what only it can).
        mode: the output's mode, with the condition of REPLACE WHERE, as commits name it.
        replaces_schema: whether the table's columns are replaced.
    """

    location: Path
    text: str
    head: Snapshot | None
    schema: Schema
    partition_by: tuple[str, ...]
    route: Route
    mode: str
    replaces_schema: bool = False

    @property
    def version(self) -> int | None:
        """Return the head's version when the target was found, or None for a new table."""
        return None if self.head is None else self.head.version


Open = Callable[[Path, str], Snapshot]
"""Opens the head of a table by its folder, and its location for messages."""


def preflight(output: OutputSpec, location: Path, schema: Schema, opened: Open = open_table) -> Target:
    """Find out before execution whether an output can be written; nothing is changed.

    Args:
        output: what is written, and how.
        location: canonical folder.
        schema: the view's columns.
        opened: opens the table's head.

    Raises T4030 to T4033, T4037, T4039, and what opening a table raises.
    """
    text = output.location or str(location)
    mode = output.mode + (f" {output.replace_where}" if output.replace_where else "")
    _require_stored(schema, output)
    if not _is_table(location, text):
        _require_writable(next(p for p in (location, *location.parents) if p.exists()), text)
        _require_partitions(output, schema, output.partition_by, text)
        return Target(location, text, None, _stored(schema), output.partition_by, "create", mode)
    head = opened(location, text)
    _require_writable(location, text)
    _require_mode(output, head, text)
    _require_partitions(output, schema, head.partition_by, text)
    found = differences(schema, head.schema)
    if found and not (output.overwrite_schema and output.mode == "OVERWRITE"):
        raise _misfit(output, head.schema, found, text)
    stored = _stored(schema) if found else head.schema
    route: Route = "library" if found or _needs_library(output, head) else "adopt"
    return Target(location, text, head, stored, head.partition_by, route, mode, bool(found))


def _is_table(location: Path, text: str) -> bool:
    """Say whether a table is there; False for nothing or an empty folder; raises T4030 for anything else."""
    blocking = next((p for p in (location, *location.parents) if p.exists()), location)
    if not blocking.is_dir():
        where = "the output location" if blocking == location else "a part of the output location"
        raise error("T4030", f"{where} `{text}` is a file", help="choose another location")
    if blocking != location:
        return False
    try:
        names = sorted(p.name for p in location.iterdir())
    except PermissionError as problem:
        raise error("T4039", f"`{text}` can't be read", cause=str(problem)) from problem
    if "_delta_log" in names and any((location / "_delta_log").iterdir()):
        return True
    if names:
        what = f"the output location `{text}` holds something that is no Delta table: `{names[0]}`"
        raise error("T4030", what, help="choose an empty or new folder")
    return False


def _require_writable(folder: Path, text: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise error("T4039", f"`{text}` can't be written: no right to write in `{folder.name or folder}`")


def _require_stored(schema: Schema, output: OutputSpec) -> None:
    if not len(schema):
        raise error("T4033", f"the view `{output.view}` has no columns, so there is nothing to store")
    for field in schema:
        arrow_type(field.type, field.name)
        if has_type(field.type, ("NULL",)):
            what = f"column `{field.name}` is null throughout and has no type, which Delta can't store"
            raise error("T4033", what, help=f"give it one: `CAST(NULL AS VARCHAR) AS {shown(field.name)}`")


def _require_mode(output: OutputSpec, head: Snapshot, text: str) -> None:
    if head.configuration.get("delta.appendOnly", "false").lower() == "true" and output.mode != "APPEND":
        raise error("T4037", f"the table `{text}` is append-only, and the view writes it with {output.mode}", help="write it with APPEND")
    unwritable = sorted(head.features - WRITABLE) or (["identityColumns"] if "delta.identity." in head.schema_json else [])
    if unwritable:
        what = f"the table `{text}` uses the feature `{unwritable[0]}`, which can't be written"
        raise error("T4037", what, help="choose another location")
    if output.mode == "REPLACE PARTITIONS" and (head.deletes_rows or _is_checked(head)):
        raise error(
            "T4037",
            f"REPLACE PARTITIONS can't write the table `{text}`: it has deletion vectors, constraints or column mapping",
            help="use OVERWRITE or REPLACE WHERE",
        )


def _require_partitions(output: OutputSpec, schema: Schema, existing: tuple[str, ...], text: str) -> None:
    wanted = output.partition_by
    if wanted != existing:
        raise error(
            "T4032",
            f"the table `{text}` is partitioned by {_listed(existing)}, and the view says {_listed(wanted)}",
            help=f"write `PARTITION BY {_listed(existing)}`" if existing else "leave PARTITION BY out",
        )
    if output.mode == "REPLACE PARTITIONS" and not wanted:
        raise error("T4032", f"REPLACE PARTITIONS of `{text}` wants partitions, and there are none", help="add PARTITION BY (…)")
    for name in wanted:
        field = schema.get(name)
        if field is None:
            raise error("T4032", f"the partition column `{name}` is no column of the view `{output.view}`")
        if field.type.name in ("LIST", "STRUCT", "MAP"):
            raise error("T4032", f"the column `{name}` of type {field.type.sql()} can't partition a table")
    if wanted and len(set(wanted)) >= len(schema):
        raise error("T4032", f"every column of `{output.view}` is a partition column; at least one other is needed")


def _listed(names: Iterable[str]) -> str:
    listed = ", ".join(shown(n) for n in names)
    return f"({listed})" if listed else "nothing"


def _misfit(output: OutputSpec, table: Schema, found: tuple[str, ...], text: str) -> TreadleError:
    lines = "".join(f"\n  {line}" for line in found)
    out = "cast or alias the columns in the view"
    if output.mode == "OVERWRITE":
        out += ", or replace the table's columns with `OPTIONS (overwrite_schema => TRUE)`"
    return error("T4031", f"the columns of `{output.view}` don't fit the table `{text}`:{lines}", help=out)


def _stored(schema: Schema) -> Schema:
    """Return the columns of a new table: everything may be null, so that later rows and merges fit."""
    return Schema(tuple(Field(f.name, _nullable(f.type)) for f in schema))


def _nullable(type_: DataType) -> DataType:
    fields = tuple(Field(f.name, _nullable(f.type), not (type_.name == "MAP" and f.name == "key")) for f in type_.fields)
    return DataType(type_.name, type_.precision, type_.scale, type_.zone, fields)


def _needs_library(output: OutputSpec, head: Snapshot) -> bool:
    return output.mode == "REPLACE WHERE" or _is_checked(head)


def _is_checked(head: Snapshot) -> bool:
    """Say whether the table has rules or names that only the library's own writer observes."""
    constrained = any(name.startswith("delta.constraints.") for name in head.configuration)
    marks = ("delta.invariants", "delta.generationExpression")
    return constrained or head.mapping != "none" or any(mark in head.schema_json for mark in marks)
