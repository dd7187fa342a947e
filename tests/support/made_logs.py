"""Delta tables made by hand for the forms that a log takes: checkpoints of every kind, compacted entries, entries that are gone.

Each maker writes a table of the ids 0 to 6 without 1 into a folder and returns its rows; None where the table is to be refused.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from tests.support.delta_log import HandMade, column

ROWS = pa.table({"id": pa.array([0, 2, 3, 4, 5, 6], pa.int64())})


def _table(path: Path, *, reader: tuple[str, ...] | None = None) -> HandMade:
    """Write seven commits of a file each; the last one but one removes a file."""
    made = HandMade(path)
    made.create(column("id", "long"), reader=reader)
    for i in range(6):
        made.commit(made.file(f"{i}.parquet", pa.table({"id": pa.array([i], pa.int64())})))
    made.commit(made.remove("1.parquet"))
    made.commit(made.file("6.parquet", pa.table({"id": pa.array([6], pa.int64())})))
    return made


def _log(path: Path, name: str) -> Path:
    return path / "_delta_log" / name


def _checkpoint(path: Path) -> Path:
    DeltaTable(str(path), version=7).create_checkpoint()
    return _log(path, f"{7:020}.checkpoint.parquet")


def _forget(path: Path, *, before: int) -> None:
    for version in range(before):
        _log(path, f"{version:020}.json").unlink()


def checkpointed(path: Path) -> pa.Table:
    """One checkpoint, and no entries before it."""
    _table(path)
    _checkpoint(path)
    _forget(path, before=7)
    return ROWS


def checkpoint_alone(path: Path) -> pa.Table:
    """A checkpoint of the newest version, without any entry."""
    made = _table(path)
    DeltaTable(str(path)).create_checkpoint()
    _forget(path, before=made.version + 1)
    return ROWS


def checkpoint_unannounced(path: Path) -> pa.Table:
    """A checkpoint that `_last_checkpoint` doesn't speak of."""
    _table(path)
    _checkpoint(path)
    _forget(path, before=7)
    _log(path, "_last_checkpoint").unlink()
    return ROWS


def checkpoint_announced_wrongly(path: Path) -> pa.Table:
    """`_last_checkpoint` is no JSON."""
    _table(path)
    _checkpoint(path)
    _log(path, "_last_checkpoint").write_text('{"version":')
    return ROWS


def checkpoint_announced_and_gone(path: Path) -> pa.Table:
    """`_last_checkpoint` speaks of an older checkpoint; a newer one is there."""
    _table(path)
    DeltaTable(str(path), version=3).create_checkpoint()
    said = _log(path, "_last_checkpoint").read_text()
    _checkpoint(path)
    _log(path, "_last_checkpoint").write_text(said)
    return ROWS


def checkpoint_in_parts(path: Path) -> pa.Table:
    """A checkpoint of three parts."""
    _table(path)
    whole = _checkpoint(path)
    rows = pq.read_table(whole)
    cuts = (0, 2, 4, rows.num_rows)
    for part in range(3):
        name = f"{7:020}.checkpoint.{part + 1:010}.{3:010}.parquet"
        pq.write_table(rows.slice(cuts[part], cuts[part + 1] - cuts[part]), _log(path, name))
    whole.unlink()
    _forget(path, before=7)
    _log(path, "_last_checkpoint").write_text(json.dumps({"version": 7, "size": rows.num_rows, "parts": 3}))
    return ROWS


def _version_2(path: Path, form: str) -> pa.Table:
    made = _table(path, reader=("v2Checkpoint",))
    whole = _checkpoint(path)
    rows = pq.read_table(whole)
    files = rows.filter(pc.or_(pc.is_valid(rows["add"]), pc.is_valid(rows["remove"]))).select(["add", "remove"])
    sidecar = _log(path, f"_sidecars/{uuid.UUID(int=7)}.parquet")
    sidecar.parent.mkdir()
    pq.write_table(files, sidecar)
    entry = (
        json.loads(_log(path, f"{0:020}.json").read_text().splitlines()[1]),
        json.loads(_log(path, f"{0:020}.json").read_text().splitlines()[2]),
    )
    known = {"path": sidecar.name, "sizeInBytes": sidecar.stat().st_size, "modificationTime": 0, "tags": {}}
    actions = [{"checkpointMetadata": {"version": 7, "tags": {}}}, {"sidecar": known}, *entry]
    name = f"{7:020}.checkpoint.{uuid.UUID(int=9)}.{form}"
    if form == "json":
        _log(path, name).write_text("".join(json.dumps(one) + "\n" for one in actions))
    else:
        kept = [row for row in rows.to_pylist() if row["protocol"] or row["metaData"]]
        text = pa.map_(pa.string(), pa.string())
        known_by = pa.struct([("path", pa.string()), ("sizeInBytes", pa.int64()), ("modificationTime", pa.int64()), ("tags", text)])
        fields = [pa.field(f.name, _nullable(f.type)) for f in rows.schema if f.name not in ("checkpointMetadata", "sidecar")]
        fields += [pa.field("checkpointMetadata", pa.struct([("version", pa.int64()), ("tags", text)])), pa.field("sidecar", known_by)]
        pq.write_table(pa.Table.from_pylist([*kept, *actions[:2]], pa.schema(fields)), _log(path, name))
    whole.unlink()
    _forget(path, before=7)
    _log(path, "_last_checkpoint").write_text(json.dumps({"version": 7, "size": made.version}))
    return ROWS


def _nullable(type_: pa.DataType) -> pa.DataType:
    """Return a type whose fields may be null, as those of a null struct are."""
    return pa.struct([pa.field(f.name, _nullable(f.type)) for f in type_]) if pa.types.is_struct(type_) else type_


def checkpoint_version_2_json(path: Path) -> pa.Table:
    """A checkpoint of the second version as JSON, its files in a sidecar."""
    return _version_2(path, "json")


def checkpoint_version_2_parquet(path: Path) -> pa.Table:
    """A checkpoint of the second version as Parquet, its files in a sidecar."""
    return _version_2(path, "parquet")


def compacted(path: Path) -> pa.Table:
    """Entries 2 to 6 once more as one."""
    _table(path)
    lines = [line for version in range(2, 7) for line in _log(path, f"{version:020}.json").read_text().splitlines()]
    kept = [line for line in lines if "commitInfo" not in line and "1.parquet" not in line]
    _log(path, f"{2:020}.{6:020}.compacted.json").write_text("\n".join(kept) + "\n")
    return ROWS


def entry_missing(path: Path) -> None:
    """An entry is missing in the middle, and no checkpoint bridges it."""
    _table(path)
    _log(path, f"{3:020}.json").unlink()


def metadata_missing(path: Path) -> None:
    """No entry says which columns there are."""
    HandMade(path).commit({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}})


def entry_broken(path: Path) -> None:
    """An entry ends in the middle of a line."""
    made = _table(path)
    entry = _log(path, f"{made.version:020}.json")
    entry.write_text(entry.read_text()[:-40])


def odd_files_in_the_log(path: Path) -> pa.Table:
    """The log's folder holds files that are none of its entries: checksums, temporary files, a folder."""
    made = _table(path)
    _log(path, f"{made.version:020}.crc").write_text("{}")
    _log(path, f".{made.version:020}.json.crc").write_bytes(b"crc")
    _log(path, "_commit_0.json.tmp").write_text("")
    _log(path, f"{99:020}.json.tmp").write_text("")
    _log(path, "_staged_commits").mkdir()
    return ROWS


MAKERS = (
    checkpointed, checkpoint_alone, checkpoint_unannounced, checkpoint_announced_wrongly, checkpoint_announced_and_gone,
    checkpoint_in_parts, checkpoint_version_2_json, checkpoint_version_2_parquet, compacted, entry_missing, metadata_missing,
    entry_broken, odd_files_in_the_log,
)  # fmt: skip
