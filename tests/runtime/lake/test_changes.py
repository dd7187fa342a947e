"""Change windows: their ends, and what the preflight refuses before a byte is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.changes import FEED
from tests.support.delta_log import START_MS, HandMade, column
from tests.support.lake import changes_ref, raised
from treadle.dialect.types import BIGINT, VARCHAR, timestamp
from treadle.planner.ports import PinnedSource
from treadle.planner.values import Value
from treadle.runtime.lake import DeltaLake
from treadle.runtime.lake.log import commit_time, entry_path
from treadle.runtime.lake.snapshot import shown_time


def pin(lake: DeltaLake, path: Path, **versions: int) -> PinnedSource:
    return lake.cut([changes_ref(path, **{name: Value(BIGINT, v) for name, v in versions.items()})]).pins[0]


def at(ms: int) -> Value:
    return Value(timestamp(zone="UTC"), dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=ms))


def emptied_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [(0, None, (0, 2)), (1, 1, (1, 1)), (2, 2, (2, 2)), (0, 2, (0, 2)), (3, None, (3, 2)), (3, 2, (3, 2))],
)
def test_windows_by_version(lake: DeltaLake, numbers: Path, start: int, end: int | None, window: tuple[int, int]) -> None:
    options = {"start_version": start} if end is None else {"start_version": start, "end_version": end}
    assert pin(lake, numbers, **options).window == window


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"start_version": 4}, "T4021", "starts at version 4, past the pinned version 2"),
        ({"start_version": 0, "end_version": 3}, "T4021", "ends at version 3, past the pinned version 2"),
        ({"start_version": 3, "end_version": 3}, "T4021", "ends at version 3"),
        ({"start_version": 2, "end_version": 1}, "T4020", "after its end"),
        ({"start_version": -1}, "T4020", "no version"),
        ({"end_version": 1}, "T4020", "has no start"),
    ],
)
def test_windows_that_are_refused(lake: DeltaLake, numbers: Path, options: dict[str, int], code: str, said: str) -> None:
    assert said in raised(code, lambda: pin(lake, numbers, **options))


def test_windows_by_time(lake: DeltaLake, numbers: Path) -> None:
    times = [commit_time(numbers, v) or 0 for v in range(3)]

    def window(**options: Value) -> tuple[int, int] | None:
        return lake.cut([changes_ref(numbers, **options)]).pins[0].window

    assert window(start_timestamp=at(0)) == (0, 2)
    assert window(start_timestamp=at(times[1])) == (1, 2)
    assert window(start_timestamp=at(times[0] + 1)) == (1, 2)
    assert window(start_timestamp=at(times[0]), end_timestamp=at(times[1])) == (0, 1)
    assert window(start_timestamp=at(times[2] + 1)) == (3, 2)
    assert window(start_timestamp=Value(VARCHAR, "1970-01-01")) == (0, 2)
    assert "past the pinned version" in raised("T4021", lambda: window(start_timestamp=at(0), end_timestamp=at(times[2] + 1)))
    assert "before every commit" in raised("T4020", lambda: window(start_timestamp=at(0), end_timestamp=at(1)))
    assert "one kind" in raised("T4020", lambda: window(start_timestamp=at(0), end_version=Value(BIGINT, 1)))
    raised("T4020", lambda: window(start_timestamp=Value(VARCHAR, "yesterday")))


def test_windows_by_time_where_clocks_went_back(lake: DeltaLake, tmp_path: Path) -> None:
    """A version is never before an older one: the third commit's clock said an earlier time than its forerunners'."""
    made = HandMade(tmp_path / "t").create(column("i", "long"), settings=FEED)
    for said in (5000, 5000, 3000, 9000):
        made.commit(info={"timestamp": START_MS + said})

    def window(**times: int) -> tuple[int, int] | None:
        return lake.cut([changes_ref(made.path, **{name: at(START_MS + ms) for name, ms in times.items()})]).pins[0].window

    starts = [(3000, 1), (4999, 1), (5000, 1), (5001, 4), (9000, 4), (9001, 5)]
    assert [window(start_timestamp=ms) for ms, _ in starts] == [(first, 4) for _, first in starts]
    ends = [(2999, 0), (3000, 0), (4999, 0), (5000, 3), (8999, 3), (9000, 4)]
    assert [window(start_timestamp=0, end_timestamp=ms) for ms, _ in ends] == [(0, last) for _, last in ends]


def test_an_empty_window_reads_nothing(lake: DeltaLake, numbers: Path) -> None:
    assert lake.select(pin(lake, numbers, start_version=3), None, None).files == ()


def test_feed_off_is_named(lake: DeltaLake, tmp_path: Path) -> None:
    path = tmp_path / "t"
    write_deltalake(str(path), pa.table({"i": [1]}))
    write_deltalake(str(path), pa.table({"i": [2]}), mode="append")
    DeltaTable(str(path)).alter.set_table_properties(FEED)
    write_deltalake(str(path), pa.table({"i": [3]}), mode="append")
    assert "not enabled at version 1" in raised("T4022", lambda: lake.select(pin(lake, path, start_version=1), None, None))
    assert len(lake.select(pin(lake, path, start_version=2), None, None).files) == 1
    DeltaTable(str(path)).alter.set_table_properties({"delta.enableChangeDataFeed": "false"})
    DeltaTable(str(path)).alter.set_table_properties(FEED)
    assert "not enabled at version 4" in raised("T4022", lambda: lake.select(pin(lake, path, start_version=2), None, None))


def test_every_commit_and_file_has_to_be_there(lake: DeltaLake, numbers: Path, corpora: Path) -> None:
    found = pin(lake, numbers, start_version=0)
    victim = next(Path(f.path) for f in lake.select(found, None, None).files if "_change_data" in f.path)
    victim.unlink()
    said = raised("T4024", lambda: lake.select(found, None, None))
    assert f"version 2 ({shown_time(commit_time(numbers, 2) or 0)})" in said and "start the window at version 3" in said
    assert victim.name in raised("T4024", lambda: DeltaLake(numbers.parent).select(found, None, None)), "also when the log is read anew"
    cleaned = corpora / "delta-rs/checkpoint-cdf-table"
    said = raised("T4023", lambda: lake.select(pin(lake, cleaned, start_version=1), None, None))
    assert "version 1" in said and "is version 3 (" in said
    assert "before the first commit that is left" in raised("T4023", lambda: lake.cut([changes_ref(cleaned, start_timestamp=at(0))]))


def test_the_first_fault_in_the_order_of_commits_is_named(lake: DeltaLake, numbers: Path) -> None:
    """A file of version 2 is gone, and the feed is off from version 3 on."""
    DeltaTable(str(numbers)).alter.set_table_properties({"delta.enableChangeDataFeed": "false"})
    for file in (numbers / "_change_data").iterdir():
        file.unlink()
    found = pin(lake, numbers, start_version=0)
    assert "version 2" in raised("T4024", lambda: lake.select(found, None, None))
    assert "version 3" in raised("T4022", lambda: lake.select(pin(lake, numbers, start_version=3), None, None))


@pytest.mark.parametrize(("damage", "how"), [(lambda file: file.write_bytes(b""), "is empty"), (emptied_folder, "is no file")])
def test_files_without_content_are_named(lake: DeltaLake, numbers: Path, damage: Callable[[Path], object], how: str) -> None:
    """The engine would take them for files without rows."""
    found = pin(lake, numbers, start_version=0)
    victim = next(Path(f.path) for f in lake.select(found, None, None).files if "_change_data" in f.path)
    damage(victim)
    assert f"{how}: `{victim.name}`" in raised("T4024", lambda: lake.select(found, None, None))


def test_vacuumed_files_are_named(lake: DeltaLake, numbers: Path) -> None:
    write_deltalake(str(numbers), pa.table({"i": [7]}), mode="overwrite")
    DeltaTable(str(numbers)).vacuum(0, dry_run=False, enforce_retention_duration=False, full=True)
    assert "version 0" in raised("T4024", lambda: lake.select(pin(lake, numbers, start_version=0), None, None))
    assert len(lake.select(pin(lake, numbers, start_version=4), None, None).files) == 0, "vacuum's own commits change nothing"


def test_windows_below_a_checkpoint(lake: DeltaLake, numbers: Path) -> None:
    DeltaTable(str(numbers)).create_checkpoint()
    assert len(lake.select(pin(lake, numbers, start_version=0), None, None).files) == 3
    assert len(lake.select(pin(lake, numbers, start_version=1, end_version=1), None, None).files) == 1


def test_damaged_entry(lake: DeltaLake, numbers: Path) -> None:
    found = pin(lake, numbers, start_version=0)
    entry_path(numbers, 1).write_text('{"add": {}}\n')
    assert "log of `numbers`" in raised("T4007", lambda: lake.select(found, None, None))


def test_where_a_feed_begins(lake: DeltaLake, numbers: Path) -> None:
    """Commits that are gone, a feed that was off, files that are gone, columns that were dropped: the feed begins after them."""

    def first() -> int:
        return DeltaLake(numbers.parent).first_change(changes_ref(numbers))

    assert first() == 0
    DeltaTable(str(numbers)).alter.set_table_properties({"delta.enableChangeDataFeed": "false"})
    assert first() == 3, "there is none: the window itself says why"
    DeltaTable(str(numbers)).alter.set_table_properties(FEED)
    assert first() == 4
    write_deltalake(str(numbers), pa.table({"i": ["x"]}), mode="overwrite", schema_mode="overwrite")
    assert first() == 5 == DeltaTable(str(numbers)).version()
    write_deltalake(str(numbers), pa.table({"i": ["y"]}), mode="append")
    assert first() == 6, "version 5 also deletes rows of the old columns"
    write_deltalake(str(numbers), pa.table({"i": ["z"]}), mode="append")
    assert first() == 6
    next(Path(f.path) for f in lake.select(pin(lake, numbers, start_version=6), None, None).files).unlink()
    assert first() == 7
    DeltaTable(str(numbers)).create_checkpoint()
    entry_path(numbers, 5).unlink()
    assert first() == 7
