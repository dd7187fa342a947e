"""Outputs: every mode is one commit, and the table is as it was when there is none."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.lake import found, head, identity, output, put, raised, rows
from treadle.planner.spec import OutputSpec
from treadle.runtime.lake.write import repeat

ONE = pa.table({"p": ["a", "b", None], "i": [1, 2, 3]})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "out"


def commit(path: Path, version: int) -> list[dict[str, Any]]:
    text = (path / "_delta_log" / f"{version:020d}.json").read_text()
    return [json.loads(line) for line in text.splitlines()]


def left_over(path: Path) -> list[str]:
    """Return what a write left beside the table's own files."""
    return [p.name for p in (*path.glob("*treadle*"), *path.parent.glob(".*treadle*"))]


def parts(mode: str = "OVERWRITE", **others: Any) -> OutputSpec:
    return output(mode, partition_by=("p",), **others)


def test_a_new_table(out: Path) -> None:
    done = put(out, ONE, parts())
    assert (done.version, done.previous_version, done.rows, done.files_added, done.files_removed) == (0, None, 3, 3, 0)
    assert done.bytes_written == sum(f.stat().st_size for f in out.rglob("*.parquet"))
    table = DeltaTable(str(out))
    assert table.metadata().configuration == {"delta.enableChangeDataFeed": "true"}
    assert table.metadata().partition_columns == ["p"]
    assert all(field.nullable for field in table.schema().fields)
    assert rows(out) == sorted(ONE.to_pylist(), key=repr)
    assert left_over(out) == []


def test_an_empty_folder_is_as_good_as_none(out: Path) -> None:
    out.mkdir(parents=True)
    assert put(out, ONE).version == 0


def test_what_a_commit_says(out: Path) -> None:
    put(out, ONE)
    put(out, ONE, output(metadata={"team": "planes"}), identity("other"))
    info = DeltaTable(str(out)).history(1)[0]
    said = {name: info[f"treadle.{name}"] for name in ("view", "run_id", "project", "spec", "envelope", "stage", "as_of", "mode")}
    assert said == {
        "view": "v", "run_id": "run", "project": "p", "spec": "s", "envelope": "e", "stage": "other",
        "as_of": "2020-01-01T00:00:00Z", "mode": "OVERWRITE",
    }  # fmt: skip
    assert json.loads(info["treadle.pins"]) == [{"source": "flights", "version": 3}]
    assert info["team"] == "planes"
    table = DeltaTable(str(out))
    assert (table.transaction_version("treadle/v"), table.transaction_version("treadle/v/flights")) == (1, 3)


def test_overwrite(out: Path) -> None:
    put(out, ONE, parts())
    done = put(out, ONE.slice(0, 1), parts())
    assert (done.version, done.previous_version, done.rows, done.files_added, done.files_removed) == (1, 0, 1, 1, 3)
    assert rows(out) == [{"i": 1, "p": "a"}]
    assert sorted(rows(out, 0), key=str) == sorted(ONE.to_pylist(), key=str)
    feed = pa.table(DeltaTable(str(out)).load_cdf(1, 1)).to_pylist()
    assert sorted(r["_change_type"] for r in feed) == ["delete"] * 3 + ["insert"]


def test_append(out: Path) -> None:
    put(out, ONE)
    done = put(out, ONE, output("APPEND"))
    assert (done.version, done.rows, done.files_removed) == (1, 3, 0)
    assert len(rows(out)) == 6


def test_replace_where(out: Path) -> None:
    put(out, ONE)
    done = put(out, pa.table({"p": ["x"], "i": [7]}), output("REPLACE WHERE", replace_where='"i" >= 2'))
    assert (done.version, done.rows) == (1, 1)
    assert rows(out) == [{"p": "a", "i": 1}, {"p": "x", "i": 7}]
    feed = pa.table(DeltaTable(str(out)).load_cdf(1, 1)).to_pylist()
    assert sorted(r["_change_type"] for r in feed) == ["delete", "delete", "insert"]


@pytest.mark.parametrize("start", [True, False])
def test_rows_outside_of_the_condition(out: Path, start: bool) -> None:
    if start:
        put(out, ONE)
    wanted = output("REPLACE WHERE", replace_where="\"p\" = 'a'")
    before = head(out) if start else None
    said = raised("T4035", lambda: put(out, ONE, wanted))
    assert "2 row(s)" in said  # null is not true either
    assert (head(out) if start else None) == before
    assert out.exists() is start
    assert left_over(out) == []


def test_replace_where_with_no_rows_deletes(out: Path) -> None:
    put(out, ONE)
    put(out, ONE.slice(0, 0), output("REPLACE WHERE", replace_where="\"p\" = 'a'"))
    assert [r["i"] for r in rows(out)] == [2, 3] or sorted(r["i"] for r in rows(out)) == [2, 3]


SPECIAL = ["a b", "a/b", "100%", "é=ü", "%20", "x:y", "it's", '"', None]


def test_replace_partitions_touches_only_those_that_come(out: Path) -> None:
    put(out, pa.table({"p": pa.array(SPECIAL), "i": range(9)}), parts())
    done = put(out, pa.table({"p": pa.array(["100%", None, "it's", "new"]), "i": [20, 80, 60, 90]}), parts("REPLACE PARTITIONS"))
    assert (done.rows, done.files_added, done.files_removed) == (4, 4, 3)
    assert {r["p"]: r["i"] for r in rows(out)} == {
        "a b": 0, "a/b": 1, "100%": 20, "é=ü": 3, "%20": 4, "x:y": 5, "it's": 60, '"': 7, None: 80, "new": 90,
    }  # fmt: skip
    assert (done.version, head(out)) == (1, 1)


KEYS = {
    "BIGINT": pa.array([1, 2, None]),
    "DOUBLE": pa.array([1.5, float("nan"), None]),
    "BOOLEAN": pa.array([True, False, None]),
    "DATE": pa.array([dt.date(1, 1, 1), dt.date(2020, 1, 2), None]),
    "DECIMAL": pa.array([Decimal("1.50"), Decimal("-2.00"), None]),
    "TIMESTAMP": pa.array([dt.datetime(2020, 1, 2, 3, 4, 5, 6), dt.datetime(1969, 1, 1), None]),
    "TIMESTAMP UTC": pa.array([dt.datetime(2020, 1, 2, 3, 4, 5, 6), dt.datetime(1969, 1, 1), None], pa.timestamp("us", "UTC")),
    "BYTEA": pa.array([b"a", b"b", None]),
}


@pytest.mark.parametrize("kind", list(KEYS))
def test_replace_partitions_of_every_type(out: Path, kind: str) -> None:
    put(out, pa.table({"p": KEYS[kind], "i": [0, 1, 2]}), parts())
    done = put(out, pa.table({"p": KEYS[kind].slice(1, 2), "i": [11, 12]}), parts("REPLACE PARTITIONS"))
    assert done.files_removed == 2
    assert sorted(r["i"] for r in rows(out)) == [0, 11, 12]
    # The removal names the partition as the addition did, so that the change feed does too.
    added = {a["add"]["path"]: a["add"]["partitionValues"] for a in commit(out, 0) if "add" in a}
    removed = {a["remove"]["path"]: a["remove"]["partitionValues"] for a in commit(out, 1) if "remove" in a}
    assert removed == {path: added[path] for path in removed}


def test_replace_partitions_of_two_columns(out: Path) -> None:
    def table(*values: tuple[str | None, int, int]) -> pa.Table:
        return pa.table({n: pa.array(list(c)) for n, c in zip(("p", "q", "i"), zip(*values, strict=True), strict=True)})

    wanted = output(partition_by=("p", "q"))
    put(out, table(("a", 1, 0), ("a", 2, 1), ("b", 1, 2), (None, 1, 3)), wanted)
    put(out, table(("a", 2, 10), (None, 1, 30)), output("REPLACE PARTITIONS", partition_by=("p", "q")))
    assert sorted(r["i"] for r in rows(out)) == [0, 2, 10, 30]


@pytest.mark.parametrize("mode", ["OVERWRITE", "APPEND", "REPLACE PARTITIONS"])
def test_no_rows_make_a_commit_all_the_same(out: Path, mode: str) -> None:
    put(out, ONE, parts())
    done = put(out, ONE.slice(0, 0), parts(mode), identity("later"))
    assert (done.version, done.rows) == (1, 0)
    assert len(rows(out)) == (0 if mode == "OVERWRITE" else 3)
    assert repeat(found(out, ONE, parts(mode)), identity("later"))


def test_wider_columns_take_narrower_values(out: Path) -> None:
    put(out, pa.table({"a": pa.array([1], pa.int64()), "b": pa.array([1.0])}))
    put(out, pa.table({"b": pa.array([2], pa.int32()), "a": pa.array([7], pa.int8())}), output("APPEND"))
    assert {"a": 7, "b": 2.0} in rows(out)


def test_lossy_columns_are_refused_one_by_one(out: Path) -> None:
    """The library cuts 1.5 to 1 here, silently."""
    put(out, pa.table({"a": [1], "b": ["x"], "c": [1]}))
    said = raised("T4031", lambda: put(out, pa.table({"a": [1.5], "B": ["x"], "d": [1]}), output("APPEND")))
    for part in ("a: the view gives DOUBLE, the table holds BIGINT", "b: the view spells it B", "c BIGINT: missing", "d BIGINT: not in"):
        assert part in said
    assert "overwrite_schema" not in said  # of no use to APPEND
    assert (head(out), rows(out)) == (0, [{"a": 1, "b": "x", "c": 1}])


def test_new_columns_only_when_told_so(out: Path) -> None:
    put(out, ONE, parts())
    other = pa.table({"p": ["a"], "z": [dt.datetime(2020, 1, 1)]})
    assert "overwrite_schema => TRUE" in raised("T4031", lambda: put(out, other, parts()))
    done = put(out, other, parts(overwrite_schema=True))
    assert (done.version, done.files_removed) == (1, 3)
    assert rows(out) == other.to_pylist()
    assert left_over(out) == []


def test_values_that_do_not_fit_stop_the_write(out: Path) -> None:
    put(out, pa.table({"t": [dt.datetime(2020, 1, 1)]}))
    raised("T4036", lambda: put(out, pa.table({"t": pa.array([1001], pa.timestamp("ns"))}), output("APPEND")))
    assert head(out) == 0
    assert put(out, pa.table({"t": pa.array([1000], pa.timestamp("ns"))}), output("APPEND")).version == 1


def test_null_in_a_column_that_is_not_null(out: Path) -> None:
    schema = pa.schema([pa.field("i", pa.int64(), nullable=False)])
    write_deltalake(str(out), pa.table({"i": [1]}, schema=schema))
    assert "NOT NULL" in raised("T4036", lambda: put(out, pa.table({"i": pa.array([None], pa.int64())})))
    assert put(out, pa.table({"i": [5]})).version == 1


def test_other_things_at_the_location(out: Path) -> None:
    out.mkdir(parents=True)
    (out / "thesis.doc").write_text("x")
    assert "`thesis.doc`" in raised("T4030", lambda: put(out, ONE))
    assert [p.name for p in out.iterdir()] == ["thesis.doc"]
    raised("T4030", lambda: put(out / "thesis.doc", ONE))
    raised("T4030", lambda: put(out / "thesis.doc" / "t", ONE))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (parts(), "partitioned by nothing, and the view says (p)"),
        (output(partition_by=("q",)), "the view says (q)"),
        (output("REPLACE PARTITIONS"), "wants partitions"),
    ],
)
def test_other_partitions(out: Path, wanted: OutputSpec, said: str) -> None:
    put(out, ONE)
    assert said in raised("T4032", lambda: put(out, ONE, wanted))


def test_partitions_that_can_not_be(out: Path) -> None:
    assert "no column" in raised("T4032", lambda: put(out, ONE, output(partition_by=("nope",))))
    assert "every column" in raised("T4032", lambda: put(out, ONE, output(partition_by=("p", "i"))))
    assert "can't partition" in raised("T4032", lambda: put(out, pa.table({"p": [[1]], "i": [1]}), parts()))


@pytest.mark.parametrize("array", [pa.array([0], pa.time64("us")), pa.array([None]), pa.array([0], pa.duration("us"))])
def test_types_that_can_not_be_stored(out: Path, array: Any) -> None:
    assert "`c`" in raised("T4033", lambda: put(out, pa.table({"c": array})))
    assert not out.parent.exists()


def test_tables_that_refuse(out: Path, tmp_path: Path) -> None:
    write_deltalake(str(out), ONE, configuration={"delta.appendOnly": "true"})
    assert "append-only" in raised("T4037", lambda: put(out, ONE))
    assert put(out, ONE, output("APPEND")).version == 1
    other = tmp_path / "checked"
    write_deltalake(str(other), ONE)
    DeltaTable(str(other)).alter.add_constraint({"small": "i < 10"})
    before = head(other)
    raised("T4037", lambda: put(other, pa.table({"p": ["a"], "i": [99]})))
    assert head(other) == before
    assert put(other, pa.table({"p": ["a"], "i": [9]})).version == before + 1
    assert "REPLACE PARTITIONS" in raised("T4037", lambda: put(other, ONE, output("REPLACE PARTITIONS")))
    assert left_over(other) == []


def test_features_that_can_not_be_written_are_found_before_anything_runs(corpora: Path, tmp_path: Path) -> None:
    import shutil

    path = tmp_path / "t"
    shutil.copytree(corpora / "delta-rs/cdc_ict_table", path)
    (path / "_delta_log").chmod(0o755)
    path.chmod(0o755)
    table = pa.table(DeltaTable(str(path)).scan())
    assert "inCommitTimestamp" in raised("T4037", lambda: found(path, table, output(partition_by=("birthyear",))))


def test_tables_with_deletion_vectors(corpora: Path, tmp_path: Path) -> None:
    import shutil
    import subprocess

    path = tmp_path / "t"
    shutil.copytree(corpora / "delta-rs/table-with-dv-small", path)
    subprocess.run(["chmod", "-R", "u+w", str(path)], check=True)
    table = pa.table({"value": pa.array([7], pa.int32())})
    assert put(path, table, output("APPEND")).version == 2
    assert put(path, table).version == 3
    assert rows(path) == [{"value": 7}]


def test_tables_with_column_mapping(corpora: Path, tmp_path: Path) -> None:
    import shutil
    import subprocess

    path = tmp_path / "t"
    shutil.copytree(corpora / "delta-rs/table_with_column_mapping", path)
    subprocess.run(["chmod", "-R", "u+w", str(path)], check=True)
    table = pa.table({"Super Name": ["x"], "Company Very Short": ["BME"]})
    wanted = output("APPEND", partition_by=("Company Very Short",))
    assert put(path, table, wanted).version == 1
    assert len(rows(path)) == 6
