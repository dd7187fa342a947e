"""The consistent cut: all heads current together, or one commit time for all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.support.lake import changes_ref, raised
from treadle.dialect.diagnostics import error
from treadle.dialect.types import BIGINT
from treadle.planner.ports import SourceRef
from treadle.planner.values import Value
from treadle.runtime.lake import DeltaLake, lake, opening
from treadle.runtime.lake.log import commit_time, entry_path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("a", "b"):
        write_deltalake(str(tmp_path / name), pa.table({"i": [1]}))
    return tmp_path / "a", tmp_path / "b"


def test_quiet_tables_are_pinned_at_their_heads(pair: tuple[Path, Path], tmp_path: Path) -> None:
    cut = DeltaLake(tmp_path).cut([SourceRef("delta", str(p)) for p in pair])
    assert cut.how == "heads"
    assert [p.version for p in cut.pins] == [0, 0]


def test_one_move_is_read_again(pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moves = iter([True])
    _commit_after_opening(monkeypatch, pair[0], lambda: next(moves, False))
    cut = DeltaLake(tmp_path).cut([SourceRef("delta", str(p)) for p in pair])
    assert (cut.how, [p.version for p in cut.pins]) == ("heads", [1, 0])


def test_tables_that_keep_moving_are_cut_by_time(pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _commit_after_opening(monkeypatch, pair[0], lambda: True)
    cut = DeltaLake(tmp_path).cut([SourceRef("delta", str(p)) for p in pair])
    assert cut.how == "commit timestamps"
    first, second = cut.pins
    instant = max(p.timestamp_ms or 0 for p in cut.pins)
    after = commit_time(pair[0], (first.version or 0) + 1)
    assert after is not None and after > instant  # the newest at that time
    assert second.version == 0


def test_one_table_has_one_pin_in_a_cut(numbers: Path, tmp_path: Path) -> None:
    refs = [SourceRef("delta", str(numbers)), changes_ref(numbers, start_version=Value(BIGINT, 1)), SourceRef("delta", str(numbers), 0)]
    pins = DeltaLake(tmp_path).cut(refs).pins
    assert [p.version for p in pins] == [2, 2, 0]
    assert pins[1].window == (1, 2)


def _commit_after_opening(monkeypatch: pytest.MonkeyPatch, table: Path, when: object) -> None:
    """Let another writer commit whenever the table's head was opened."""
    import time

    real = lake.open_table

    def opened(path: Path, text: str, version: int | None, *base: Any) -> object:
        found = real(path, text, version, *base)
        if path == table and version is None and when():  # type: ignore[operator]
            time.sleep(0.005)
            write_deltalake(str(table), pa.table({"i": [2]}), mode="append")
        return found

    monkeypatch.setattr(lake, "open_table", opened)


def test_a_table_made_anew_while_it_is_opened_is_read_as_the_new_one(
    numbers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = opening._opened, []

    def opened(*arguments: Any) -> Any:
        found = real(*arguments)
        if not done:
            done.append(_make_anew(numbers))
        return found

    monkeypatch.setattr(opening, "_opened", opened)
    (pin,) = DeltaLake(tmp_path).cut([SourceRef("delta", str(numbers))]).pins
    assert (pin.version, pin.schema.names) == (2, ("j",))


def test_a_log_cleaned_up_while_it_is_opened_is_tried_again(numbers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = opening._opened, []

    def opened(*arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 1:
            DeltaTable(str(numbers)).create_checkpoint()
            entry_path(numbers, 0).unlink()
            raise error("T4007", "the entry is gone")
        return real(*arguments)

    monkeypatch.setattr(opening, "_opened", opened)
    assert DeltaLake(tmp_path).cut([SourceRef("delta", str(numbers))]).pins[0].version == 2
    assert len(asked) == 2


def test_pins_stay_what_they_were(numbers: Path, tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    heads = [SourceRef("delta", str(numbers)), SourceRef("delta", str(numbers), 1)]
    before = lake.cut(heads).pins
    _make_anew(numbers)
    assert lake.snapshot(before[1]).table_id == before[1].table_id  # it is open, and stays so within a run
    assert "made anew" in raised("T3014", lambda: DeltaLake(tmp_path).snapshot(before[1]))
    after = lake.cut(heads).pins
    assert {pin.table_id for pin in before}.isdisjoint(pin.table_id for pin in after)
    assert lake.cut(heads[1:]).pins == after[1:]


def _make_anew(table: Path) -> bool:
    shutil.rmtree(table)
    for _ in range(3):
        write_deltalake(str(table), pa.table({"j": ["x"]}), mode="append")
    return True
