"""Writes Delta tables by hand: log entries as JSON beside Parquet files, for what no library here writes.

In: columns in Delta's own spelling, rows as Arrow. Out: a table, as the protocol (PROTOCOL.md of delta-io/delta) says.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

Action = dict[str, Any]
Column = dict[str, Any]
START_MS = 1_600_000_000_000
"""When version 0 of a table made by hand was committed; every version after it is a second later."""


def column(name: str, type_: Any, *, nullable: bool = True, **metadata: Any) -> Column:
    """Return a column as it stands in a schema string; dots in names of metadata are written as two underscores."""
    return {"name": name, "type": type_, "nullable": nullable, "metadata": {k.replace("__", "."): v for k, v in metadata.items()}}


def mapped(name: str, type_: Any, number: int, physical: str | None = None) -> Column:
    """Return a column under column mapping: its number, and its name in files, made up when not given."""
    metadata = {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": physical or f"col-{number:08x}"}
    return {"name": name, "type": type_, "nullable": True, "metadata": metadata}


def struct(*columns: Column) -> dict[str, Any]:
    """Return a struct type."""
    return {"type": "struct", "fields": list(columns)}


def array(element: Any) -> dict[str, Any]:
    """Return a list type."""
    return {"type": "array", "elementType": element, "containsNull": True}


def map_of(key: Any, value: Any) -> dict[str, Any]:
    """Return a map type."""
    return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}


@dataclass
class HandMade:
    """A table that is written entry by entry.

    Args:
        path: its folder, made when missing.
        version: the newest version; -1 before the first.
    """

    path: Path
    version: int = -1
    active: dict[str, Action] = field(default_factory=dict)

    def create(
        self,
        *columns: Column,
        by: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
        reader: Sequence[str] | None = None,
        writer: Sequence[str] | None = None,
        versions: tuple[int, int] = (1, 2),
        adds: Sequence[Action] = (),
    ) -> HandMade:
        """Commit version 0: protocol, metadata, and files; with features the protocol is that of table features."""
        protocol: Action = {"minReaderVersion": versions[0], "minWriterVersion": versions[1]}
        if reader is not None or writer is not None:
            protocol = {"minReaderVersion": 3 if reader else 1, "minWriterVersion": 7}
            if reader:
                protocol["readerFeatures"] = list(reader)
            protocol["writerFeatures"] = [*(reader or ()), *(writer or ())]
        self.commit({"protocol": protocol}, self.metadata(*columns, by=by, settings=settings), *adds)
        return self

    def metadata(self, *columns: Column, by: Sequence[str] = (), settings: Mapping[str, str] | None = None) -> Action:
        """Return the action that says which columns there are."""
        return {
            "metaData": {
                "id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
                "format": {"provider": "parquet", "options": {}},
                "schemaString": json.dumps(struct(*columns)),
                "partitionColumns": list(by),
                "configuration": dict(settings or {}),
                "createdTime": START_MS,
            }
        }

    def commit(self, *actions: Action, info: Action | None = None) -> int:
        """Write the next entry and return its version."""
        self.version += 1
        said = {"timestamp": START_MS + 1000 * self.version, "operation": "WRITE", "operationParameters": {}, **(info or {})}
        entry = self.path / "_delta_log" / f"{self.version:020}.json"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ({"commitInfo": said}, *actions)), "utf-8")
        for action in actions:
            if "remove" in action:
                self.active.pop(action["remove"]["path"], None)
            if "add" in action:
                self.active[action["add"]["path"]] = action["add"]
        return self.version

    def file(
        self,
        name: str,
        rows: pa.Table,
        values: Mapping[str, str | None] | None = None,
        *,
        stats: Mapping[str, Any] | str | None = None,
        at: str | None = None,
        others: Mapping[str, Any] | None = None,
        **written: Any,
    ) -> Action:
        """Write a data file, and return the action that adds it.

        Args:
            name: its path in the table, as it is on disk.
            rows: what is in it, under the names of files.
            values: its partition values, as the log spells them.
            stats: statistics in place of those that it has, text as it is.
            at: its path as the log spells it, in place of the table's own.
            others: further fields of the action.
            written: options of `pyarrow.parquet.write_table`.
        """
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, path, **written)
        known = stats if isinstance(stats, str) else json.dumps(statistics(rows) if stats is None else stats)
        return {
            "add": {
                "path": quote(name) if at is None else at,
                "partitionValues": dict(values or {}),
                "size": path.stat().st_size,
                "modificationTime": START_MS,
                "dataChange": True,
                **({"stats": known} if known else {}),
                **(others or {}),
            }
        }

    def remove(self, path: str) -> Action:
        """Return the action that removes an active file."""
        add = self.active[path]
        kept = {key: add[key] for key in ("path", "partitionValues", "size", "deletionVector") if key in add}
        return {"remove": {**kept, "deletionTimestamp": START_MS, "dataChange": True, "extendedFileMetadata": True}}

    def again(self, path: str, **others: Any) -> Action:
        """Return the action that adds an active file once more, with other fields; None leaves one out."""
        return {"add": {key: value for key, value in {**self.active[path], **others}.items() if value is not None}}


def statistics(rows: pa.Table) -> dict[str, Any]:
    """Return a file's statistics as Spark writes them: NaN left out, text cut at 32 characters, times down to milliseconds."""
    lows, highs, nulls = {}, {}, {}
    for name in rows.column_names:
        values = [v for v in rows[name].to_pylist() if v is not None and not (isinstance(v, float) and math.isnan(v))]
        if pa.types.is_nested(rows[name].type):
            continue
        nulls[name] = rows[name].null_count
        if values and not isinstance(values[0], bool | bytes):
            lows[name], highs[name] = _low(min(values)), _high(max(values))
    return {"numRecords": rows.num_rows, "minValues": lows, "maxValues": highs, "nullCount": nulls}


def _low(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="milliseconds")
        return text + ("Z" if value.tzinfo else "")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value) if abs(value) < 2**50 else None
    return value[:32] if isinstance(value, str) else value


def _high(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 32:
        return value[:32] + "\U0010ffff"
    return _low(value)
