"""Situations that raise the codes of tables and files: prepared lakes, damaged logs, other people's tables."""

from __future__ import annotations

import json
import shutil
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from tests.support.deletion_vectors import mark
from tests.support.lake import without_rights
from tests.support.place import Place, Said

FEED = {"delta.enableChangeDataFeed": "true"}
OUTPUT = "CREATE MATERIALIZED VIEW v INTO 'out/v'"
#: The columns of a table as its log has them.
FIELDS = {"type": "struct", "fields": [{"name": "a", "type": "long", "nullable": True, "metadata": {}}]}


def _reads(place: Place, relation: str, command: str = "check") -> Said:
    place.sql(f"{OUTPUT} AS SELECT * FROM {relation};")
    return place.treadle(command)


def _writes(place: Place, text: str) -> Said:
    place.sql(text)
    return place.treadle("run")


def _log(place: Place, *actions: dict[str, object]) -> None:
    place.file("lake/t/_delta_log/00000000000000000000.json", "".join(json.dumps(one) + "\n" for one in actions))


def _metadata(fields: dict[str, object], **configuration: str) -> dict[str, object]:
    table = {"id": "0" * 32, "format": {"provider": "parquet", "options": {}}, "partitionColumns": [], "createdTime": 0}
    return {"metaData": {**table, "schemaString": json.dumps(fields), "configuration": configuration}}


def t4003(place: Place) -> Said:
    place.table()
    return _reads(place, "read_delta('lake/t', version => 7)")


def t4004(place: Place) -> Said:
    """Version 0 is cleaned up behind a checkpoint of version 1."""
    path = place.table()
    place.table(mode="append")
    DeltaTable(str(path)).create_checkpoint()
    (path / "_delta_log" / "00000000000000000000.json").unlink()
    return _reads(place, "read_delta('lake/t', version => 0)")


def t4005(place: Place) -> Said:
    place.table()
    return _reads(place, "read_delta('lake/t', timestamp => '2001-01-01')")


def t4006(place: Place) -> Said:
    features = {"readerFeatures": ["of2099"], "writerFeatures": ["of2099"]}
    _log(place, {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}, _metadata(FIELDS))
    return _reads(place, "read_delta('lake/t')")


def t4007(place: Place) -> Said:
    place.file("lake/t/_delta_log/00000000000000000000.json", "{not json\n")
    return _reads(place, "read_delta('lake/t')")


def t4008(place: Place) -> Said:
    """What a vacuum leaves of an old version: its log, and no files."""
    path = place.table()
    place.table(mode="overwrite")
    DeltaTable(str(path)).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    return _writes(place, f"{OUTPUT} AS SELECT a FROM read_delta('lake/t', version => 0);")


def t4010(place: Place) -> Said:
    with without_rights() as folder:
        mine = Place(folder)
        path = mine.table()
        path.chmod(0o000)
        try:
            return _reads(mine, "read_delta('lake/t')")
        finally:
            path.chmod(0o755)


def t4011(place: Place) -> Said:
    place.file("data.parquet", "a,b\n1,2\n")
    return _reads(place, "read_parquet('data.parquet')")


def t4012(place: Place) -> Said:
    place.file("data.json", '{"a": 1\n')
    return _reads(place, "read_json('data.json')")


def t4013(place: Place) -> Said:
    place.table()
    place.file("project/views.sql", "CREATE VIEW v AS SELECT 1 AS a;")
    return place.treadle("query", "--safe", "--project", "project", "SELECT * FROM read_delta('../lake/t')")


def t4016(place: Place) -> Said:
    pq.write_table(pa.table({"half": pa.array([1.5], pa.float16())}), place.root / "half.parquet")
    return _reads(place, "read_parquet('half.parquet')")


def t4018(place: Place) -> Said:
    """A byte of a deletion vector's file was changed: its checksum is wrong."""
    path = place.table(rows={"a": list(range(10))})
    (file,) = path.glob("*.parquet")
    mark(path, {file.name: [1, 2]}, "u")
    (vector,) = path.glob("deletion_vector_*.bin")
    held = vector.read_bytes()
    vector.write_bytes(held[:-6] + bytes([held[-6] ^ 1]) + held[-5:])
    return _writes(place, f"{OUTPUT} AS SELECT a FROM read_delta('lake/t');")


def t4020(place: Place) -> Said:
    place.table(configuration=FEED)
    place.table(mode="append")
    return _reads(place, "read_delta_cdf('lake/t', start_version => 1, end_version => 0)", "plan")


def t4021(place: Place) -> Said:
    place.table(configuration=FEED)
    return _reads(place, "read_delta_cdf('lake/t', start_version => 5)")


def t4022(place: Place) -> Said:
    place.table()
    return _reads(place, "read_delta_cdf('lake/t', start_version => 0)", "plan")


def t4023(place: Place) -> Said:
    path = place.table(configuration=FEED)
    place.table(mode="append")
    DeltaTable(str(path)).create_checkpoint()
    (path / "_delta_log" / "00000000000000000000.json").unlink()
    return _reads(place, "read_delta_cdf('lake/t', start_version => 0)", "plan")


def t4024(place: Place) -> Said:
    path = place.table(configuration=FEED)
    DeltaTable(str(path)).delete("a = 1")
    shutil.rmtree(path / "_change_data")
    return _reads(place, "read_delta_cdf('lake/t', start_version => 0)", "plan")


def t4025(place: Place) -> Said:
    place.table(configuration=FEED)
    place.table(rows={"a": ["x"]}, mode="overwrite", schema_mode="overwrite")
    return _reads(place, "read_delta_cdf('lake/t', start_version => 0)", "plan")


def t4030(place: Place) -> Said:
    place.file("out/v/notes.txt", "mine")
    return _writes(place, f"{OUTPUT} AS SELECT 1 AS a;")


def t4031(place: Place) -> Said:
    place.table("out/v", {"a": ["x"]})
    return _writes(place, f"{OUTPUT} AS SELECT 1 AS a;")


def t4032(place: Place) -> Said:
    place.table("out/v", {"p": ["x"], "a": [1]}, partition_by=["p"])
    return _writes(place, f"{OUTPUT} AS SELECT 'x' AS p, 1 AS a;")


def t4035(place: Place) -> Said:
    place.table("out/v", {"a": [1]})
    return _writes(place, f"{OUTPUT} REPLACE WHERE (a > 5) AS SELECT CAST(1 AS BIGINT) AS a;")


def t4036(place: Place) -> Said:
    place.table("out/v", {"p": ["x"], "a": [1]}, partition_by=["p"])
    return _writes(place, f"{OUTPUT} PARTITION BY (p) AS SELECT '' AS p, CAST(1 AS BIGINT) AS a;")


def t4037(place: Place) -> Said:
    place.table("out/v", {"a": [1]}, configuration={"delta.appendOnly": "true"})
    return _writes(place, f"{OUTPUT} AS SELECT CAST(1 AS BIGINT) AS a;")


def t4039(place: Place) -> Said:
    with without_rights() as folder:
        mine = Place(folder)
        mine.sql(f"{OUTPUT} AS SELECT 1 AS a;")
        mine.file("out/keep")
        (folder / "out").chmod(0o555)
        return mine.treadle("run")


def t6065(place: Place) -> Said:
    place.file("data.csv", "a,a\n1,2\n")
    return _writes(place, f"{OUTPUT} AS SELECT a FROM read_csv('data.csv');")


def t3160(place: Place) -> Said:
    """Maps in many files are read through links; a system without them leaves them to the library."""
    maps = pa.array([[("k", 1)]] * 101, pa.map_(pa.string(), pa.int64()))
    place.table(rows={"m": maps, "a": list(range(101))}, partition_by=["a"])
    with patch("treadle.runtime.lake.reader.can_link", lambda: False):
        return _writes(place, f"{OUTPUT} AS SELECT a, m FROM read_delta('lake/t');")
