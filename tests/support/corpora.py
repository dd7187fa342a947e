"""Delta tables that other implementations wrote: where they lie, which there are, and what is known of their rows."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

import treadle
from tests.support.tree import ROOT

VARIABLE = "TREADLE_CORPORA"
CORPORA = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "corpora")
MISSING = f"tables of other implementations are not at {CORPORA}; `{VARIABLE}` names another folder"


def require_corpora() -> Path:
    """Return the folder of the tables; without it a test skips with the reason, and fails in CI."""
    if not CORPORA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return CORPORA


@cache
def names() -> tuple[str, ...]:
    """Return every table's folder relative to the corpora, nested ones included."""
    found = (log.parent for log in CORPORA.rglob("_delta_log") if log.is_dir())
    return tuple(sorted(path.relative_to(CORPORA).as_posix() for path in found))


def selected(connection: treadle.Connection, name: str, version: int | None = None) -> treadle.Result:
    """Return all rows of a table through `treadle query`'s own way."""
    at = "" if version is None else f", version => {version}"
    return connection.query(f"SELECT * FROM read_delta($path{at})", path=name)


def written_down(name: str) -> pa.Table | None:
    """Return the rows that Spark wrote down for a table, None where it did not."""
    folder = CORPORA / name
    expected = folder.parent / "expected"
    if folder.name != "delta" or not expected.is_dir():
        return None
    return pa.concat_tables([_read(file) for file in sorted(expected.glob("*.parquet"))])


def _read(file: Path) -> pa.Table:
    """Read one file of Spark's: its INT96 are points in time, which reach further than nanoseconds do."""
    table = pq.read_table(file, coerce_int96_timestamp_unit="us", partitioning=None)
    stored = pq.ParquetFile(file).schema
    zoned = {stored.column(i).path.split(".")[0] for i in range(len(stored)) if stored.column(i).physical_type == "INT96"}
    fields = [pa.field(f.name, pa.timestamp("us", "UTC")) if f.name in zoned and pa.types.is_timestamp(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))


def library_rows(path: Path, version: int | None = None) -> pa.Table | str:
    """Return a table's rows as the library's own scan gives them, or its words when it gives none."""
    try:
        return pa.table(DeltaTable(str(path), version=version).scan())
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as problem:  # it panics, too
        return str(problem) or type(problem).__name__


def versions(path: Path) -> tuple[int, ...]:
    """Return the versions of a table that have a log entry, oldest first."""
    entries = (path / "_delta_log").glob("*.json")
    return tuple(sorted(int(entry.stem) for entry in entries if entry.stem.isdigit()))


def features(path: Path) -> tuple[str, ...]:
    """Return what a table asks of its readers and writers, by the protocol's names of features.

    Protocols before features name none: there the metadata says which are in use.
    """
    protocol, metadata = _declared(path)
    named = {*(protocol.get("readerFeatures") or ()), *(protocol.get("writerFeatures") or ())}
    settings = metadata.get("configuration") or {}
    if settings.get("delta.columnMapping.mode", "none") != "none":
        named.add("columnMapping")
    switches = {"delta.enableChangeDataFeed": "changeDataFeed", "delta.appendOnly": "appendOnly"}
    named.update(feature for key, feature in switches.items() if str(settings.get(key)).lower() == "true")
    return tuple(sorted(named))


def _declared(path: Path) -> tuple[dict[str, object], dict[str, object]]:
    """Return the newest protocol and metadata: from the entries, else from the checkpoints."""
    found: dict[str, dict[str, object]] = {}
    for version in reversed(versions(path)):
        for line in (path / "_delta_log" / f"{version:020}.json").read_text("utf-8").splitlines():
            for kind in (k for k in ("protocol", "metaData") if line.startswith(f'{{"{k}"')):
                found.setdefault(kind, json.loads(line)[kind])
    if "protocol" not in found or "metaData" not in found:
        for kind, action in _from_library(path).items():
            found.setdefault(kind, action)
    return found.get("protocol", {}), found.get("metaData", {})


def _from_library(path: Path) -> dict[str, dict[str, object]]:
    try:
        table = DeltaTable(str(path))
    except Exception:
        return {}
    protocol = table.protocol()
    named: dict[str, object] = {"readerFeatures": protocol.reader_features, "writerFeatures": protocol.writer_features}
    return {"protocol": named, "metaData": {"configuration": dict(table.metadata().configuration)}}
