"""Opening tables: what they hold, and what is said when they can't be opened."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.delta_log import HandMade, column
from tests.support.lake import raised, without_rights
from treadle.planner.ports import SourceRef
from treadle.runtime.lake import DeltaLake
from treadle.runtime.lake.log import commit_time, entry_path


def delta(path: Path | str, version: int | None = None, timestamp_ms: int | None = None) -> SourceRef:
    return SourceRef("delta", str(path), version, timestamp_ms)


def test_every_type(lake: DeltaLake, corpora: Path) -> None:
    found = lake.schema(delta(corpora / "kernel/parquet-all-types/delta"))
    types = [f.type.sql() for f in found]
    assert types[:13] == [
        "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10, 2)", "BOOLEAN", "VARCHAR", "BYTEA", "DATE",
        "TIMESTAMP WITH TIME ZONE", "TIMESTAMP",
    ]  # fmt: skip
    assert types[13:16] == ['STRUCT("aa" VARCHAR, "ac" STRUCT("aca" INT))', "INT[]", "INT[][]"]
    assert types[-1].startswith("MAP(")


def test_change_columns(lake: DeltaLake, numbers: Path) -> None:
    found = lake.schema(SourceRef("changes", str(numbers)))
    assert [(f.name, f.type.sql()) for f in found] == [
        ("i", "BIGINT"),
        ("_change_type", "VARCHAR"),
        ("_commit_version", "BIGINT"),
        ("_commit_timestamp", "TIMESTAMP WITH TIME ZONE"),
    ]


def test_nothing_there(lake: DeltaLake, numbers: Path, tmp_path: Path) -> None:
    assert "did you mean `numbers`" in raised("T4001", lambda: lake.schema(delta("nmubers")))
    (tmp_path / "notes.csv").write_text("a\n1\n")
    assert "read_csv" in raised("T4002", lambda: lake.schema(delta("notes.csv")))
    assert "it holds tables: `numbers`" in raised("T4002", lambda: lake.schema(delta(".")))
    assert "the folder `lkae` doesn't exist" in raised("T4001", lambda: lake.schema(delta("lkae/x/t")))


def test_versions(lake: DeltaLake, numbers: Path) -> None:
    pins = lake.cut([delta(numbers, v) for v in (0, 1, 2)]).pins
    assert [p.version for p in pins] == [0, 1, 2]
    assert "its head is version 2" in raised("T4003", lambda: lake.schema(delta(numbers, 3)))
    raised("T4003", lambda: lake.schema(delta(numbers, -1)))


def test_times(lake: DeltaLake, numbers: Path) -> None:
    times = [commit_time(numbers, v) or 0 for v in range(3)]
    for version, when in enumerate(times):
        assert lake.cut([delta(numbers, timestamp_ms=when)]).pins[0].timestamp_ms == when, version
    # The library answers with version 0 here, silently.
    assert "its first commit left is version 0" in raised("T4005", lambda: lake.schema(delta(numbers, timestamp_ms=times[0] - 1)))
    assert "future" in raised(
        "T4005", lambda: DeltaLake(numbers, now_ms=lambda: times[2]).schema(delta(numbers, timestamp_ms=times[2] + 1))
    )


def test_cleaned_log(lake: DeltaLake, corpora: Path) -> None:
    path = corpora / "delta-rs/checkpoints_vacuumed"
    assert "oldest version that is left is 5" in raised("T4004", lambda: lake.schema(delta(path, 1)))
    assert lake.cut([delta(path, 12)]).pins[0].version == 12


def test_versions_between_checkpoints_that_were_cleaned_up(lake: DeltaLake, tmp_path: Path) -> None:
    """An older checkpoint is still there, and the entries after it are gone up to the next one."""
    path = tmp_path / "t"
    for value in range(9):
        write_deltalake(str(path), pa.table({"i": [value]}), mode="append")
        if value in (2, 6):
            DeltaTable(str(path)).create_checkpoint()
    for version in range(6):
        entry_path(path, version).unlink()
    opened = [lake.snapshot(lake.cut([SourceRef("delta", str(path), version)]).pins[0]) for version in (2, 6, 7, 8)]
    assert [len(one.active()) for one in opened] == [3, 7, 8, 9]
    said = raised("T4004", lambda: lake.cut([SourceRef("delta", str(path), 5)]))
    assert "version 5" in said and "all versions from 6 on are left" in said


@pytest.mark.parametrize("named", ['{"version":1,"size":4}', "{not json", "[]", None])
def test_a_last_checkpoint_that_lags_or_lies(lake: DeltaLake, numbers: Path, named: str | None) -> None:
    """The library insists on the checkpoint that it names, although the log can be read without."""
    from deltalake import DeltaTable, write_deltalake

    DeltaTable(str(numbers), version=1).create_checkpoint()
    write_deltalake(str(numbers), pa.table({"i": [9]}), mode="append")
    (numbers / "_delta_log" / f"{1:020d}.checkpoint.parquet").unlink()
    last = numbers / "_delta_log" / "_last_checkpoint"
    last.unlink(missing_ok=True)
    if named is not None:
        last.write_text(named)
    found = [lake.snapshot(pin) for pin in lake.cut([delta(numbers), delta(numbers, 1), delta(numbers, 0)]).pins]
    assert [one.active().row_count for one in found] == [3, 3, 2]


def test_a_last_checkpoint_that_can_not_be_passed_by(lake: DeltaLake, numbers: Path) -> None:
    """It is but a hint, and reading does without; the library, which writes, doesn't."""
    (numbers / "_delta_log" / "_last_checkpoint").write_text('{"version":0,"size":4}')
    (pin,) = lake.cut([delta(numbers)]).pins
    assert (pin.version, pin.row_count) == (2, 2)
    assert "delete that file" in raised("T4007", lambda: lake.snapshot(pin).table)


def test_a_log_without_its_beginning(lake: DeltaLake, numbers: Path) -> None:
    entry_path(numbers, 0).unlink()
    assert "begins with version 1 and has no checkpoint" in raised("T4007", lambda: lake.schema(delta(numbers)))
    raised("T4007", lambda: lake.schema(delta(numbers, 0)))


def test_a_checkpoint_alone(lake: DeltaLake, numbers: Path) -> None:
    from deltalake import DeltaTable

    DeltaTable(str(numbers)).create_checkpoint()
    for version in range(3):
        entry_path(numbers, version).unlink()
    pin = lake.cut([delta(numbers)]).pins[0]
    assert (pin.version, pin.timestamp_ms, pin.row_count) == (2, None, 2)
    assert "only a checkpoint" in raised("T4005", lambda: lake.schema(delta(numbers, timestamp_ms=0)))
    assert "the oldest version that is left is 2" in raised("T4004", lambda: lake.schema(delta(numbers, 1)))


def test_snapshots_are_fixed_values(lake: DeltaLake, corpora: Path) -> None:
    found = lake.snapshot(lake.cut([delta(corpora / "delta-rs/table-with-dv-small")]).pins[0])
    assert (found.reader_features, found.writer_features) == ({"deletionVectors"}, {"deletionVectors"})
    with pytest.raises(AttributeError):
        found.version = 7  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.configuration["a"] = "b"  # type: ignore[index]
    assert found.active() is found.active()


@pytest.mark.parametrize(
    "name",
    ["data-reader-absolute-paths-escaped-chars", "deltalog-state-reconstruction-without-metadata", "update-deleted-directory"],
)
def test_logs_without_state(lake: DeltaLake, corpora: Path, name: str) -> None:
    assert name in raised("T4007", lambda: lake.schema(delta(corpora / "kernel" / name / "delta")))


def test_damaged_log(lake: DeltaLake, numbers: Path) -> None:
    entry_path(numbers, 1).write_text("{not json\n")
    assert "`numbers`" in raised("T4007", lambda: lake.schema(delta(numbers)))


def test_tables_of_a_catalog_and_tables_without_columns(lake: DeltaLake, tmp_path: Path) -> None:
    """Their logs are whole: nothing has to be brought back."""
    managed = HandMade(tmp_path / "managed").create(column("i", "long"), reader=["catalogManaged"])
    assert "`catalogManaged`" in raised("T4006", lambda: lake.cut([SourceRef("delta", str(managed.path))]))
    bare = HandMade(tmp_path / "bare").create()
    assert "has no columns" in raised("T4007", lambda: lake.cut([SourceRef("delta", str(bare.path))]))


def test_features_that_nobody_reads(lake: DeltaLake, corpora: Path) -> None:
    raised("T4006", lambda: lake.schema(delta(corpora / "delta-rs/simple_table_features")))
    pin = lake.cut([delta(corpora / "delta-rs/spark-shredded-variant-preview-delta")]).pins[0]
    assert "variantShredding-preview" in raised("T4006", lambda: lake.select(pin, None, None))


def test_unknown_type(lake: DeltaLake, numbers: Path) -> None:
    first = entry_path(numbers, 0)
    first.write_text(first.read_text().replace(r"\"type\":\"long\"", r"\"type\":\"interval year\""))
    with pytest.raises(Exception, match=r"T4016|T4007"):
        lake.schema(delta(numbers))


def test_tables_are_opened_once_and_moves_are_seen(lake: DeltaLake, numbers: Path) -> None:
    from deltalake import write_deltalake

    pin = lake.cut([delta(numbers)]).pins[0]
    assert lake.snapshot(pin) is lake.snapshot(pin)
    write_deltalake(str(numbers), pa.table({"i": [9]}), mode="append")
    assert lake.cut([delta(numbers)]).pins[0].version == 3


def test_a_table_made_anew_is_another(lake: DeltaLake, numbers: Path) -> None:
    from deltalake import write_deltalake

    before = lake.cut([delta(numbers)]).pins[0]
    shutil.rmtree(numbers)
    for _ in range(3):
        write_deltalake(str(numbers), pa.table({"j": ["x"]}), mode="append")
    after = lake.cut([delta(numbers)]).pins[0]
    assert (before.version, after.version) == (2, 2)
    assert after.table_id != before.table_id
    assert after.schema.names == ("j",)


def test_protocol_of_a_pin(lake: DeltaLake, corpora: Path) -> None:
    pin = lake.cut([delta(corpora / "delta-rs/table-with-dv-small")]).pins[0]
    assert pin.protocol == ("3", "7", "deletionVectors")
    assert json.dumps(pin.schema.as_json()) == '[["value", "INT", true]]'


def test_tables_that_can_not_be_read() -> None:
    import datafusion  # noqa: F401  it can't be imported with fewer rights
    import pyarrow.parquet  # noqa: F401
    from deltalake import write_deltalake

    with without_rights() as place:
        table = place / "t"
        write_deltalake(str(table), pa.table({"i": [1]}))
        for closed in (table, table / "_delta_log", entry_path(table, 0)):
            mode = closed.stat().st_mode
            closed.chmod(0)
            assert "`t` can't be read" in raised("T4010", lambda: DeltaLake(place).schema(delta("t")))
            closed.chmod(mode)
        (place / "a.csv").write_text("a\n1\n")
        (place / "a.csv").chmod(0)
        assert "a.csv" in raised("T4010", lambda: DeltaLake(place).schema(SourceRef("csv", "a.csv")))
        assert "a.csv" in raised("T4010", lambda: DeltaLake(place).schema(SourceRef("parquet", "a.csv")))


def test_names_that_are_too_long(lake: DeltaLake) -> None:
    assert "can't be resolved" in raised("T4014", lambda: lake.schema(delta("x" * 5000)))


def test_the_librarys_handle_is_opened_when_it_is_asked_for(lake: DeltaLake, numbers: Path) -> None:
    """It is of the version that was pinned, whatever came after, and of no other table."""
    from deltalake import DeltaTable, write_deltalake

    known = lake.snapshot(lake.cut([delta(numbers)]).pins[0])
    write_deltalake(str(numbers), pa.table({"i": [9]}), mode="append")
    assert known.table.version() == known.version == 2
    handle = known.handle()
    handle.update_incremental()
    assert (handle.version(), known.table.version(), known.adds().num_rows) == (3, 2, 2)
    older = lake.snapshot(lake.cut([delta(numbers, 1)]).pins[0])
    DeltaTable(str(numbers)).create_checkpoint()
    shutil.rmtree(numbers)
    for _ in range(3):
        write_deltalake(str(numbers), pa.table({"i": [9]}), mode="append")
    assert "made anew" in raised("T3014", older.handle)
