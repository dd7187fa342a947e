"""`delta_history`, `delta_snapshot`, `delta_add_actions`: a table's log as tables, at the pins of the run."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tests.support.command import inside
from tests.support.deletion_vectors import mark
from tests.support.lake import rows
from tests.support.place import Place
from treadle import Project
from treadle import open as open_project

SCHEMA = {
    "type": "struct",
    "fields": [
        {"name": "a", "type": "long", "nullable": True, "metadata": {}},
        {"name": "net.weight", "type": "double", "nullable": True, "metadata": {}},
        {
            "name": "s",
            "type": {"type": "struct", "fields": [{"name": "x.y", "type": "string", "nullable": True, "metadata": {}}]},
            "nullable": True,
            "metadata": {},
        },
    ],
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A table of three versions, declared as a source."""
    made = Place(tmp_path)
    made.file("treadle.toml")
    for number in range(3):
        made.table(rows={"a": [number, number + 10]}, mode="append", configuration={"delta.enableChangeDataFeed": "true"})
    made.sql("CREATE SOURCE t FROM DELTA 'lake/t'; CREATE SOURCE first FROM DELTA 'lake/t' VERSION AS OF 0;")
    return made


def asked(place: Place, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query."""
    ended = inside(place.root, "query", sql, "--json")
    assert ended.status == 0, ended.stdout + ended.stderr
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


def refused(place: Place, sql: str) -> list[tuple[str, str | None]]:
    """Return the codes of a query that fails, with the ways out."""
    return [(one["code"], one.get("help")) for one in place.treadle("query", sql).errors]


def write_log(place: Place, *commits: list[dict[str, Any]], name: str = "lake/h") -> Path:
    """Write a table's log by hand, one list of actions a commit."""
    for version, actions in enumerate(commits):
        place.file(f"{name}/_delta_log/{version:020}.json", "".join(json.dumps(one) + "\n" for one in actions))
    return place.root / name


def first_commit(info: dict[str, Any] | None = None, schema: dict[str, Any] = SCHEMA, **metadata: Any) -> list[dict[str, Any]]:
    """Return the actions of a table's first commit."""
    format = {"provider": "parquet", "options": {}}
    known = {"id": "the-id", "format": format, "schemaString": json.dumps(schema), "partitionColumns": [], "configuration": {}}
    actions = [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": {**known, **metadata}}]
    return [{"commitInfo": info}, *actions] if info is not None else actions


def test_delta_history_has_the_columns_of_describe_history(place: Place) -> None:
    info = {
        "timestamp": 1_700_000_000_123,
        "userId": "7",
        "userName": "ann",
        "operation": "MERGE",
        "operationParameters": {"predicate": "[]", "matchedPredicates": [{"a": 1}], "partitionBy": None},
        "job": {"jobId": "9", "runId": "12"},
        "notebook": {"notebookId": "n"},
        "clusterId": "c",
        "readVersion": 4,
        "isolationLevel": "Serializable",
        "isBlindAppend": False,
        "operationMetrics": {"numOutputRows": "5"},
        "userMetadata": "why",
        "engineInfo": "Spark",
        "txnId": "x",
        "pipeline": "nightly",
    }
    write_log(place, first_commit(info))
    job = dict.fromkeys(("jobId", "jobName", "jobRunId", "runId", "jobOwnerId", "triggerType")) | {"jobId": "9", "runId": "12"}
    assert asked(place, "FROM delta_history('lake/h')") == [
        {
            "version": 0,
            "timestamp": "2023-11-14T22:13:20.123Z",
            "userId": "7",
            "userName": "ann",
            "operation": "MERGE",
            "operationParameters": {"predicate": "[]", "matchedPredicates": '[{"a":1}]', "partitionBy": None},
            "job": job,
            "notebook": {"notebookId": "n"},
            "clusterId": "c",
            "readVersion": 4,
            "isolationLevel": "Serializable",
            "isBlindAppend": False,
            "operationMetrics": {"numOutputRows": "5"},
            "userMetadata": "why",
            "engineInfo": "Spark",
            "customMetadata": {"pipeline": "nightly"},
        }
    ]


def test_a_commit_that_says_nothing_has_its_version_and_time(place: Place) -> None:
    write_log(place, first_commit(), [{"commitInfo": {"inCommitTimestamp": 1_700_000_000_000, "timestamp": 5}}])
    newest, oldest = asked(place, "SELECT version, timestamp, operation, job, operationMetrics FROM delta_history('lake/h')")
    assert (newest["version"], newest["timestamp"]) == (1, "2023-11-14T22:13:20Z")
    assert oldest["version"] == 0 and oldest["timestamp"] is not None
    assert oldest["operation"] is oldest["job"] is oldest["operationMetrics"] is None


def test_a_history_begins_where_the_log_is_left(place: Place) -> None:
    DeltaTable(str(place.root / "lake/t")).create_checkpoint()
    place.table(rows={"a": [9]}, mode="append")
    for version in (0, 1):
        (place.root / f"lake/t/_delta_log/{version:020}.json").unlink()
    assert [one["version"] for one in asked(place, "SELECT version FROM delta_history(t)")] == [3, 2]
    assert refused(place, "FROM delta_history(t, version => 1)") == [("T4004", "the oldest version that is left is 2")]


def test_a_limit_looks_at_no_older_commit(place: Place) -> None:
    DeltaTable(str(place.root / "lake/t")).create_checkpoint()
    place.file(f"lake/t/_delta_log/{1:020}.json", '{"commitInfo" is damaged')
    query = "SELECT version, operation FROM delta_history(t, limit => {})"
    assert asked(place, query.format(1)) == [{"version": 2, "operation": "WRITE"}]
    assert asked(place, query.format(0)) == []
    assert "T4007" in inside(place.root, "query", query.format(2)).stderr


def test_delta_snapshot_describes_the_version(place: Place) -> None:
    write_log(place, first_commit({"timestamp": 1_700_000_000_000}, name="orders", description="all of them", createdTime=86_400_000))
    (one,) = asked(place, "FROM delta_snapshot('lake/h')")
    assert one == {
        "format": "delta",
        "id": "the-id",
        "name": "orders",
        "description": "all of them",
        "location": "lake/h",
        "createdAt": "1970-01-02T00:00:00Z",
        "lastModified": "2023-11-14T22:13:20Z",
        "partitionColumns": [],
        "clusteringColumns": [],
        "numFiles": 0,
        "sizeInBytes": 0,
        "properties": {},
        "minReaderVersion": 1,
        "minWriterVersion": 2,
        "tableFeatures": [],
        "statistics": {"numRowsDeletedByDeletionVectors": 0, "numDeletionVectors": 0},
        "version": 0,
        "numRecords": 0,
    }
    counts = "SELECT version, numFiles, numRecords, properties['delta.enableChangeDataFeed'] AS feed FROM "
    assert asked(place, f"{counts} delta_snapshot(t)") == [{"version": 2, "numFiles": 3, "numRecords": 6, "feed": "true"}]
    assert asked(place, f"{counts} delta_snapshot(first)") == [{"version": 0, "numFiles": 1, "numRecords": 2, "feed": "true"}]
    assert [one["version"] for one in asked(place, f"{counts} delta_snapshot(first, version => 1)")] == [1]


def test_clustering_columns_come_from_commits_and_checkpoints(place: Place) -> None:
    schema = json.loads(json.dumps(SCHEMA))
    schema["fields"][0]["metadata"] = {"delta.columnMapping.id": 1, "delta.columnMapping.physicalName": "col-1"}
    schema["fields"][2]["metadata"] = {"delta.columnMapping.id": 2, "delta.columnMapping.physicalName": "col-2"}
    inner = schema["fields"][2]["type"]["fields"][0]
    inner["metadata"] = {"delta.columnMapping.id": 3, "delta.columnMapping.physicalName": "col-3"}
    schema["fields"][1]["metadata"] = {"delta.columnMapping.id": 4, "delta.columnMapping.physicalName": "col-4"}
    features = {"readerFeatures": ["columnMapping"], "writerFeatures": ["columnMapping", "clustering", "domainMetadata"]}
    clustered = {"clusteringColumns": [["col-1"], ["col-2", "col-3"]], "domainName": "delta.clustering"}
    mapped = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "4"}
    domain = {"domain": "delta.clustering", "configuration": json.dumps(clustered), "removed": False}
    actions = first_commit({"timestamp": 1}, schema, configuration=mapped)
    actions[1] = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}
    write_log(place, [*actions, {"domainMetadata": domain}], [{"commitInfo": {"timestamp": 2}}])
    query = "SELECT clusteringColumns FROM delta_snapshot('lake/h')"
    assert asked(place, query) == [{"clusteringColumns": ["a", "s.x.y"]}]
    DeltaTable(str(place.root / "lake/h")).create_checkpoint()
    (place.root / f"lake/h/_delta_log/{0:020}.json").unlink()
    assert asked(place, query) == [{"clusteringColumns": ["a", "s.x.y"]}]


def as_parquet(checkpoint: Path) -> None:
    """Write a checkpoint in JSON as Parquet, in its place."""
    text, number, texts = pa.string(), pa.int64(), pa.map_(pa.string(), pa.string())
    format = pa.struct({"provider": text, "options": texts})
    metadata = {"id": text, "format": format, "schemaString": text, "partitionColumns": pa.list_(text), "configuration": texts}
    versions = {"minReaderVersion": pa.int32(), "minWriterVersion": pa.int32()}
    kinds = {
        "protocol": pa.struct({**versions, "readerFeatures": pa.list_(text), "writerFeatures": pa.list_(text)}),
        "metaData": pa.struct(metadata),
        "domainMetadata": pa.struct({"domain": text, "configuration": text, "removed": pa.bool_()}),
        "sidecar": pa.struct({"path": text, "sizeInBytes": number, "modificationTime": number, "tags": texts}),
        "checkpointMetadata": pa.struct({"version": number, "tags": texts}),
    }
    lines = [json.loads(line) for line in checkpoint.read_text().splitlines()]
    pq.write_table(pa.Table.from_pylist(lines, pa.schema(kinds)), checkpoint.with_suffix(".parquet"))
    checkpoint.unlink()


@pytest.mark.parametrize("form", ["json", "parquet"])
@pytest.mark.parametrize("plain", [True, False])
def test_clustering_columns_come_from_checkpoints_of_version_2(place: Place, form: str, plain: bool) -> None:
    """They stand in the checkpoint itself; where statistics stand in columns only, the library reads the files in its sidecars."""
    features = {"readerFeatures": ["v2Checkpoint"], "writerFeatures": ["v2Checkpoint", "clustering", "domainMetadata"]}
    domains = [
        {"domain": name, "configuration": json.dumps({"clusteringColumns": columns}), "removed": False}
        for name, columns in (("other", [["x"]]), ("delta.clustering", [["a"]]))
    ]
    actions = first_commit({"timestamp": 1}, SCHEMA)
    actions[1] = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}
    write_log(place, actions, [{"commitInfo": {"timestamp": 2}}])
    log = place.root / "lake/h/_delta_log"
    (log / "_sidecars").mkdir()
    add = {"path": "x.parquet", "partitionValues": [], "size": 7, "modificationTime": 1, "dataChange": True}
    add |= {"stats": '{"numRecords":3}'} if plain else {"stats": None, "stats_parsed": {"numRecords": 3}}
    kinds = {"stats": pa.string(), "partitionValues": pa.map_(pa.string(), pa.string())}
    fields = [pa.field(name, kinds.get(name) or pa.infer_type([value])) for name, value in add.items()]
    pq.write_table(pa.table({"add": pa.array([add], pa.struct(fields))}), log / "_sidecars/s.parquet")
    size = (log / "_sidecars/s.parquet").stat().st_size
    sidecar = {"path": "s.parquet", "sizeInBytes": size, "modificationTime": 0, "tags": {}}
    lines = [
        {"checkpointMetadata": {"version": 1, "tags": {}}},
        {"sidecar": sidecar},
        *actions[1:],
        *({"domainMetadata": one} for one in domains),
    ]
    name = f"{1:020}.checkpoint.{uuid.UUID(int=3)}"
    (log / f"{name}.json").write_text("".join(json.dumps(one) + "\n" for one in lines))
    if form == "parquet":
        as_parquet(log / f"{name}.json")
    for version in range(2):
        (log / f"{version:020}.json").unlink()
    query = "SELECT clusteringColumns, numFiles, numRecords, sizeInBytes FROM delta_snapshot('lake/h')"
    assert asked(place, query) == [{"clusteringColumns": ["a"], "numFiles": 1, "numRecords": 3, "sizeInBytes": 7}]


def test_delta_add_actions_keeps_points_in_names_apart(place: Place) -> None:
    data = {"a": [1, 2, 3], "net.weight": [1.5, None, 0.5], "s": [{"x.y": "p"}, {"x.y": "q"}, None], "day": ["m", "m", "t%u"]}
    place.table("lake/p", rows=data, partition_by=["day"])
    found = asked(place, "FROM delta_add_actions('lake/p') ORDER BY path")
    assert [list(one) for one in found[:1]] == [
        ["path", "size_bytes", "modification_time", "num_records", "deleted_records", "null_count", "min", "max", "partition"]
    ]
    facts = [{name: one[name] for name in ("num_records", "null_count", "min", "max", "partition")} for one in found]
    assert facts == [
        {
            "num_records": 2,
            "null_count": {"a": 0, "net.weight": 1, "s": {"x.y": 0}},
            "min": {"a": 1, "net.weight": 1.5, "s": {"x.y": "p"}},
            "max": {"a": 2, "net.weight": 1.5, "s": {"x.y": "q"}},
            "partition": {"day": "m"},
        },
        {
            "num_records": 1,
            "null_count": {"a": 0, "net.weight": 0, "s": {"x.y": 1}},
            "min": {"a": 3, "net.weight": 0.5, "s": {"x.y": None}},
            "max": {"a": 3, "net.weight": 0.5, "s": {"x.y": None}},
            "partition": {"day": "t%u"},
        },
    ]
    picked = "SELECT f.min['net.weight'] AS w, f.max.s['x.y'] AS s FROM delta_add_actions('lake/p') AS f WHERE f.partition.day = 'm'"
    assert asked(place, picked) == [{"w": 1.5, "s": "q"}]


def test_statistics_stand_under_the_tables_own_names(place: Place) -> None:
    schema = json.loads(json.dumps(SCHEMA))
    for number, field in enumerate((*schema["fields"], schema["fields"][2]["type"]["fields"][0])):
        field["metadata"] = {"delta.columnMapping.id": number + 1, "delta.columnMapping.physicalName": f"col-{number}"}
    mapped = {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": "4"}
    actions = first_commit({"timestamp": 1}, schema, configuration=mapped)
    actions[1] = {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}}
    bounds = {"col-0": 4, "col-2": {"col-3": "z"}}
    stats = {"numRecords": 3, "minValues": bounds, "maxValues": bounds, "nullCount": {"col-0": 0, "col-1": 3, "col-2": {"col-3": 1}}}
    add = {"path": "x.parquet", "partitionValues": {}, "size": 5, "modificationTime": 86_400_000, "dataChange": True}
    bare = {"add": {**add, "path": "y.parquet"}}
    write_log(place, [*actions, {"add": {**add, "stats": json.dumps(stats)}}, bare])
    known, unknown = asked(place, "FROM delta_add_actions('lake/h')")
    assert known["modification_time"] == "1970-01-02T00:00:00Z"
    assert known["min"] == {"a": 4, "net.weight": None, "s": {"x.y": "z"}}
    assert known["null_count"] == {"a": 0, "net.weight": 3, "s": {"x.y": 1}}
    assert unknown["num_records"] is None
    assert asked(place, "SELECT numRecords FROM delta_snapshot('lake/h')") == [{"numRecords": None}]


def test_rows_that_deletion_vectors_mark_are_counted(place: Place) -> None:
    path = place.table("lake/d", rows={"a": list(range(10))})
    (file,) = (one.name for one in path.glob("*.parquet"))
    mark(path, {file: [1, 2, 5]})
    found = asked(place, "SELECT num_records, deleted_records FROM delta_add_actions('lake/d')")
    assert found == [{"num_records": 10, "deleted_records": 3}]
    (one,) = asked(place, "SELECT numRecords, statistics FROM delta_snapshot('lake/d')")
    assert one == {"numRecords": 7, "statistics": {"numRowsDeletedByDeletionVectors": 3, "numDeletionVectors": 1}}


VIEWS = """
CREATE SOURCE t FROM DELTA 'lake/t';
CREATE MATERIALIZED VIEW seen INTO 'out/seen' AS
  SELECT
    (SELECT count(*) FROM t) AS rows,
    (SELECT max(version) FROM delta_history(t)) AS newest,
    (SELECT count(*) FROM delta_history('lake/t', limit => 2)) AS shown,
    (SELECT numRecords FROM delta_snapshot(t)) AS described,
    (SELECT sum(num_records) FROM delta_add_actions(t)) AS listed,
    (SELECT max(_commit_version) FROM read_delta_cdf(t, start_version => 0)) AS changed;
"""


def test_all_of_a_run_is_at_its_pins(place: Place) -> None:
    place.sql(VIEWS)
    with open_project(place.root) as project:
        planned = project.plan()
        place.table(rows={"a": [100]}, mode="append")
        place.table(rows={"a": [101]}, mode="append")
        assert {pin.version for pin in planned.spec.pins} == {2}
        assert ran(project, planned) == "done"
    wanted = {"rows": 6, "newest": 2, "shown": 2, "described": 6, "listed": 6, "changed": 2}
    assert rows(place.root / "out/seen") == [wanted]
    assert place.treadle("run").status == 0
    assert rows(place.root / "out/seen") == [{"rows": 8, "newest": 4, "shown": 2, "described": 8, "listed": 8, "changed": 4}]


def ran(project: Project, planned: Any) -> str:
    """Run what was planned, and say how it ended."""
    return str(project._workspace.run(planned.bundle).receipt.status)


def test_plan_receipt_and_lineage_name_them(place: Place) -> None:
    place.sql(VIEWS)
    scans = json.loads(inside(place.root, "run", "--json").stdout)["stages"][0]["scans"]
    assert {(one["source"], one["reader"], one["rows"]) for one in scans if one["reader"] == "log"} == {
        ("delta_history('lake/t')", "log", 3),
        ("delta_history('lake/t', limit => 2)", "log", 2),
        ("delta_snapshot('lake/t')", "log", 1),
        ("delta_add_actions('lake/t')", "log", 3),
    }
    assert "delta_history('lake/t')" in inside(place.root, "plan").stdout
    assert "delta_snapshot('lake/t').numRecords" in inside(place.root, "lineage", "seen.described").stdout
    shown = json.loads(inside(place.root, "show", "sources", "--json").stdout)["sources"]
    assert {one["kind"] for one in shown} >= {"history", "snapshot", "add_actions"}


def test_a_table_that_the_run_writes_is_refused(place: Place) -> None:
    place.sql("CREATE MATERIALIZED VIEW v INTO 'lake/t' AS SELECT version FROM delta_history('lake/t');")
    assert place.treadle("run").codes == {"T3009"}


def test_treadle_commits_name_their_run(place: Place) -> None:
    place.sql("CREATE SOURCE t FROM DELTA 'lake/t'; CREATE MATERIALIZED VIEW v INTO 'out/v' AS FROM t;")
    run_id = json.loads(inside(place.root, "run", "--json").stdout)["run_id"]
    assert asked(place, "SELECT customMetadata['treadle.run_id'] AS run FROM delta_history('out/v')") == [{"run": run_id}]


def test_what_is_wrong_is_told_at_its_place(place: Place) -> None:
    place.file("lake/c.csv", "a\n1\n")
    assert refused(place, "FROM delta_histroy('lake/t')") == [("T2012", "did you mean `delta_history`?")]
    assert refused(place, "FROM delta_history(tt)")[0][0] == "T2002"
    assert refused(place, "FROM delta_history('lake/nope')")[0][0] == "T4001"
    assert refused(place, "FROM delta_snapshot('lake/c.csv')") == [("T4002", "read it with `read_csv`")]
    assert refused(place, "FROM delta_history(t, version => 3)") == [("T4003", "ask for a version from 0 to 2")]
    assert refused(place, "FROM delta_history(t, version => -1)") == [("T2041", "give 0 or more")]
    assert refused(place, "FROM delta_history(t, limit => -1)") == [("T2041", "give 0 or more")]
    assert refused(place, "FROM delta_history(t, version => 0, timestamp => '2024-01-01')")[0][0] == "T2042"
    later = datetime.now(UTC).year + 2
    assert refused(place, f"FROM delta_add_actions(t, timestamp => '{later}-01-01')") == [("T4005", "ask for a time up to now")]
    place.sql("CREATE VIEW v AS SELECT 1 AS a; CREATE SOURCE c FROM CSV 'lake/c.csv';")
    assert refused(place, "FROM delta_history(v)")[0][0] == "T2040"
    assert refused(place, "FROM delta_history(c)")[0][0] == "T2044"


def test_describe_history_and_detail_ask_the_same(place: Place) -> None:
    place.sql(
        "CREATE SOURCE t FROM DELTA 'lake/t'; CREATE SOURCE raw.t FROM DELTA 'lake/t' VERSION AS OF 1; CREATE VIEW history AS FROM t;"
    )
    history = asked(place, "FROM delta_history(t, limit => 2)")
    for text in ("DESCRIBE HISTORY t LIMIT 2", "describe history 'lake/t' limit 2;", "DESC HISTORY delta.`lake/t` LIMIT 2"):
        assert asked(place, text) == history and len(history) == 2
    assert asked(place, "DESCRIBE DETAIL t") == asked(place, "FROM delta_snapshot('lake/t')")
    assert [one["version"] for one in asked(place, 'DESCRIBE HISTORY raw."t"')] == [1, 0]
    assert [one["column_name"] for one in asked(place, "DESCRIBE history")] == ["a"]
    (wrong,) = place.treadle("query", "DESCRIBE HISTORY tt").errors
    assert (wrong["code"], wrong["column"], wrong["end_column"]) == ("T2002", 18, 20)
    assert refused(place, "DESCRIBE HISTORY t LIMIT x")[0][0] == "T1009"
    assert refused(place, "DESCRIBE DETAIL t LIMIT 1")[0][0] == "T1009"
